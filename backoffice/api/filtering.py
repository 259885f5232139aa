"""Filters through django-filter; a misspelt or wrong one is an error, never ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import BooleanFilter, CharFilter, FilterSet, IsoDateTimeFilter
from rest_framework import serializers
from rest_framework.request import Request

from backoffice.api import fields
from backoffice.lib.errors import FieldFault, Refused
from backoffice.lib.suggestions import closest

PAGING = ("limit", "cursor")
UNKNOWN_NAMED = 20


def filtered(request: Request, filters: type[FilterSet], queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The rows asked for. Raises: Refused (400) naming every wrong parameter."""
    return asked(request, filters, queryset).qs  # type: ignore[no-any-return]


def asked(request: Request, filters: type[FilterSet], queryset: QuerySet[Any]) -> FilterSet:
    """The filters with what was asked, in `form.cleaned_data`, for a list that reads its rows
    itself. Raises: Refused (400) naming every wrong parameter."""
    faults = _unknown(request, filters) or list(_unclear(request, filters))
    found = filters(request.query_params, queryset=queryset, request=request)
    if not faults and not found.is_valid():
        faults = [
            FieldFault(f"/{name}", "invalid", " ".join(str(text) for text in texts))
            for name, texts in found.errors.items()
        ]
    if faults:
        raise Refused(_("Some query parameters are wrong."), code="bad_filter", faults=faults)
    return found


def refuse_parameters(request: Request) -> None:
    """For what takes none: a `?dry_run=true` that is ignored would be done for real.

    Raises: Refused (400).
    """
    if names := list(request.query_params)[:UNKNOWN_NAMED]:
        raise Refused(
            _("Some query parameters are wrong."),
            code="bad_filter",
            faults=[
                FieldFault(f"/{name}", "unknown_parameter", _("Unknown parameter."))
                for name in names
            ],
        )


def _unknown(request: Request, filters: type[FilterSet]) -> list[FieldFault]:
    known = [*filters.base_filters, *PAGING]
    names = [name for name in request.query_params if name not in known]
    return [
        FieldFault(f"/{name}", "unknown_parameter", _suggest(name, known))
        for name in names[:UNKNOWN_NAMED]
    ]


def _unclear(request: Request, filters: type[FilterSet]) -> Iterator[FieldFault]:
    """What the stock filters would take for "no filter", and so answer with every row."""
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if len(values) > 1:
            yield FieldFault(f"/{name}", "repeated", _("Give this parameter once."))
        elif not values[0].strip():
            yield FieldFault(f"/{name}", "blank", _("Give a value or leave the parameter out."))
        elif isinstance(filters.base_filters.get(name), BooleanFilter) and values[0] not in (
            "true",
            "false",
        ):
            yield FieldFault(f"/{name}", "invalid", _("Must be true or false."))


class NoFilters(FilterSet):  # type: ignore[misc]
    """For lists that take paging parameters only."""


class _SerializerField(forms.Field):
    """A query parameter held to the rules of the same field in a body."""

    def __init__(self, *, field: serializers.Field[Any, Any, Any, Any], **options: Any) -> None:
        self.field = field
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return self.field.run_validation(value)
        except serializers.ValidationError as error:
            raise ValidationError([str(text) for text in error.detail]) from error


class PublicIdFilter(CharFilter):  # type: ignore[misc]
    """Rows of one of our own ids; only the shape is checked."""

    field_class = _SerializerField

    def __init__(self, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        super().__init__(field=fields.PublicId(prefix), **options)


class MomentFilter(IsoDateTimeFilter):  # type: ignore[misc]
    """Rows before, at or after an instant with its offset from UTC."""

    field_class = _SerializerField

    def __init__(self, **options: Any) -> None:
        super().__init__(field=fields.Moment(), **options)


def _suggest(name: str, known: list[str]) -> str:
    if close := closest(name, known):
        return _("Unknown parameter. Did you mean %(name)s?") % {"name": close}
    return _("Unknown parameter.")
