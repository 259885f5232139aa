"""Filters through django-filter; a misspelt or wrong one is an error, never ignored."""

from __future__ import annotations

import difflib
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import BooleanFilter, FilterSet
from rest_framework.request import Request

from backoffice.lib.errors import FieldFault, Refused

PAGING = ("limit", "cursor")
UNKNOWN_NAMED = 20


def filtered(request: Request, filters: type[FilterSet], queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The rows asked for. Raises: Refused (400) naming every wrong parameter."""
    faults = _unknown(request, filters) or _unclear(request, filters)
    found = filters(request.query_params, queryset=queryset, request=request)
    if not faults and not found.is_valid():
        faults = [
            FieldFault(f"/{name}", "invalid", " ".join(str(text) for text in texts))
            for name, texts in found.errors.items()
        ]
    if faults:
        raise Refused(_("Some query parameters are wrong."), code="bad_filter", faults=faults)
    return found.qs  # type: ignore[no-any-return]


def _unknown(request: Request, filters: type[FilterSet]) -> list[FieldFault]:
    known = [*filters.base_filters, *PAGING]
    names = [name for name in request.query_params if name not in known]
    return [
        FieldFault(f"/{name}", "unknown_parameter", _suggest(name, known))
        for name in names[:UNKNOWN_NAMED]
    ]


def _unclear(request: Request, filters: type[FilterSet]) -> list[FieldFault]:
    """The stock truth-value filter takes anything it cannot read for "no filter"."""
    return [
        FieldFault(f"/{name}", "invalid", _("Must be true or false."))
        for name, filter_ in filters.base_filters.items()
        if isinstance(filter_, BooleanFilter)
        and request.query_params.get(name, "true") not in ("true", "false")
    ]


class NoFilters(FilterSet):  # type: ignore[misc]
    """For lists that take paging parameters only."""


def _suggest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name[:60], known, n=1)
    if close:
        return _("Unknown parameter. Did you mean %(name)s?") % {"name": close[0]}
    return _("Unknown parameter.")
