"""Filters through django-filter; a misspelt or wrong one is an error, never ignored."""

from __future__ import annotations

import difflib
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import FilterSet
from rest_framework.request import Request

from backoffice.lib.errors import FieldFault, Refused

PAGING = ("limit", "cursor")


def filtered(request: Request, filters: type[FilterSet], queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The rows asked for. Raises: Refused (400) naming every wrong parameter."""
    known = list(filters.base_filters)
    faults = [
        FieldFault(f"/{name}", "unknown_parameter", _suggest(name, known))
        for name in request.query_params
        if name not in known and name not in PAGING
    ]
    found = filters(request.query_params, queryset=queryset, request=request)
    if not faults and not found.is_valid():
        faults = [
            FieldFault(f"/{name}", "invalid", " ".join(str(text) for text in texts))
            for name, texts in found.errors.items()
        ]
    if not faults and any("\x00" in value for value in request.query_params.values()):
        faults = [FieldFault("", "invalid", _("NUL characters are not allowed."))]
    if faults:
        raise Refused(_("Some query parameters are wrong."), code="bad_filter", faults=faults)
    return found.qs  # type: ignore[no-any-return]


class NoFilters(FilterSet):
    """For lists that take paging parameters only."""


def _suggest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name[:60], [*known, *PAGING], n=1)
    if close:
        return _("Unknown parameter. Did you mean %(name)s?") % {"name": close[0]}
    return _("Unknown parameter.")
