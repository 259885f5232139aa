"""Static files in production: compressed, named by content, our own modules' imports too.

Django rewrites imports in every script or in none; those of libraries name files that are not
there, so only the folders of our own modules are rewritten.
"""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage

OUR_MODULES = "policies/*.js"
_IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]


class HashedModulesStorage(CompressedManifestStaticFilesStorage):
    patterns = (*CompressedManifestStaticFilesStorage.patterns, (OUR_MODULES, _IMPORTS))
