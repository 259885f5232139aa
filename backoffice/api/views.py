"""The base of every API view: thin, scoped, and the same in every room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import translation
from django_filters import FilterSet
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.api.fields import StrictSerializer
from backoffice.api.filtering import NoFilters, filtered
from backoffice.api.idempotency import idempotently
from backoffice.api.pagination import KeysetPagination


class ApiView(APIView):
    """Name a scope for every method in `required_scopes`; a method without one is refused."""

    required_scopes: ClassVar[dict[str, str]] = {}
    filters: ClassVar[type[FilterSet]] = NoFilters
    pagination_class = KeysetPagination

    def checked(self, serializer: type[StrictSerializer]) -> dict[str, Any]:
        """The request body, validated. Raises: ValidationError (422)."""
        form = serializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def create_once(self, work: Callable[[], tuple[int, Any]]) -> HttpResponse:
        """A create under the client's Idempotency-Key."""
        return idempotently(self.request, work)

    def page(self, queryset: QuerySet[Any], show: Callable[[Any], Any]) -> Response:
        """One page of a filtered list."""
        pagination = KeysetPagination()
        found = filtered(self.request, self.filters, queryset)
        rows = pagination.paginate_queryset(found, self.request)
        return pagination.get_paginated_response([show(row) for row in rows])

    @property
    def language(self) -> str:
        """The caller's language: `zh-hans` or `en`."""
        return translation.get_language() or "zh-hans"


class PublicView(APIView):
    """A view anybody may call."""

    authentication_classes = ()
    permission_classes = ()
