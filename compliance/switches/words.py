"""Switches in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from compliance.switches.facts import PLATFORM_SCOPE


def scope_words(scope: str) -> str:
    """`platform` and `product:<code>` as people say them."""
    if scope == PLATFORM_SCOPE:
        return _("The whole platform")
    kind, _separator, code = scope.partition(":")
    return _("Product %(code)s") % {"code": code} if kind == "product" else scope
