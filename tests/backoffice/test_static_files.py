"""Production serves our modules under names that say their content, and so do their imports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command

MODULES = Path("backoffice/static/policies")
IMPORT = re.compile(r"""^import\s[^"']*["'](\./[^"']+)["'];""", re.M)


@pytest.fixture
def collected(tmp_path: Path, settings) -> Path:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "backoffice.static_files.HashedModulesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path / "policies"


def test_every_import_of_our_modules_leads_to_a_file_named_by_its_content(collected: Path) -> None:
    hashed = [
        path for path in collected.glob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)
    ]
    assert len(hashed) == len(list(MODULES.glob("*.js"))) > 15
    imports = 0
    for path in hashed:
        for name in IMPORT.findall(path.read_text()):
            assert re.search(r"\.[0-9a-f]{12}\.js$", name), f"{path.name} imports {name}"
            assert (collected / name).is_file()
            imports += 1
    assert imports > 30


def test_every_module_is_imported_by_another_or_is_the_pages_own() -> None:
    imported = {
        name.removeprefix("./")
        for path in MODULES.glob("*.js")
        for name in IMPORT.findall(path.read_text())
    }
    assert {path.name for path in MODULES.glob("*.js")} - imported == {"editor.js"}
