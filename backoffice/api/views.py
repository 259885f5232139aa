"""The base of every API view: thin, scoped, and the same in every room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import translation
from django_filters import FilterSet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.fields import StrictSerializer, prototype
from backoffice.api.filtering import NoFilters, filtered, refuse_parameters
from backoffice.api.idempotency import idempotently, required_key
from backoffice.api.pagination import KeysetPagination


class _View(APIView):
    # No OPTIONS: the description is at /api/v1/schema.
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]


class ApiView(_View):
    """Name a scope for every method in `required_scopes`; a method without one is refused.

    A POST is a create and needs an Idempotency-Key, unless the view says `is_create = False`.
    """

    required_scopes: ClassVar[dict[str, str]] = {}
    is_create: ClassVar[bool] = True
    names_others: ClassVar[bool] = False  # the body names things that may not exist (404)
    filters: ClassVar[type[FilterSet]] = NoFilters
    pagination_class = KeysetPagination

    def initial(self, request: Request, *arguments: Any, **named: Any) -> None:
        super().initial(request, *arguments, **named)
        if any(character < " " for text in named.values() for character in text):
            raise Http404  # no id has such a character, and a query could not carry it
        if request.method == "POST" and hasattr(self, "post"):
            refuse_parameters(request)
            if self.is_create:
                required_key(request)

    def checked(self, serializer: type[StrictSerializer]) -> dict[str, Any]:
        """The request body, validated. Raises: ValidationError (422)."""
        return dict(prototype(serializer, self.language).run_validation(self.request.data))

    def create_once(self, work: Callable[[], tuple[int, Any]]) -> HttpResponse:
        """A create under the client's Idempotency-Key."""
        return idempotently(self.request, work)

    def page(self, queryset: QuerySet[Any], show: Callable[[Any], Any]) -> Response:
        """One page of a filtered list."""
        return self.page_together(queryset, lambda rows: [show(row) for row in rows])

    def page_together(
        self, queryset: QuerySet[Any], show_all: Callable[[list[Any]], list[Any]]
    ) -> Response:
        """The same, for rows that share what has to be looked up to show them."""
        pagination = KeysetPagination()
        found = filtered(self.request, self.filters, queryset)
        rows = pagination.paginate_queryset(found, self.request)
        return pagination.get_paginated_response(show_all(rows))

    @property
    def language(self) -> str:
        """The caller's language: `zh-hans` or `en`."""
        return translation.get_language() or "zh-hans"


class PublicView(_View):
    """A view anybody may call."""

    authentication_classes = ()
    permission_classes = ()
