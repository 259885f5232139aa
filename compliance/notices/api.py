"""A customer's notices over the API, in the caller's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api.examples import AT, example
from backoffice.api.fields import StrictSerializer
from backoffice.api.views import ApiView
from backoffice.lib import clock
from compliance.notices import queries, services
from compliance.notices.models import Notice


@example(
    {
        "id": "not_agpkt4e5igs4dbmxx4trsjeayi", "template": "access_limited",
        "title": "Your Flex Credit is limited",
        "body": "The phone number on file differs from the credit bureau's record.",
        "queued_at": AT, "read_at": None,
    }
)  # fmt: skip
class NoticeAnswer(serializers.Serializer[object]):
    id = serializers.CharField()
    template = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField()
    queued_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class Nothing(StrictSerializer):
    """No body, or an empty object."""


def notices_json(notices: Sequence[Notice], language: str) -> list[dict[str, Any]]:
    messages = queries.rendered_all(notices, language=language)
    return [
        {
            "id": notice.public_id,
            "template": notice.template,
            "title": message.title,
            "body": message.body,
            "queued_at": notice.queued_at,
            "read_at": notice.read_at,
        }
        for notice, message in zip(notices, messages, strict=True)
    ]


class NoticeFilters(django_filters.FilterSet):
    is_read = django_filters.BooleanFilter(method="filter_is_read")

    class Meta:
        model = Notice
        fields = ("is_read",)

    def filter_is_read(self, rows: QuerySet[Notice], name: str, value: bool) -> QuerySet[Notice]:
        return rows.filter(read_at__isnull=not value)


class NoticesView(ApiView):
    required_scopes = {"GET": "notices:read"}
    filters = NoticeFilters

    @extend_schema(operation_id="notices_list", responses=NoticeAnswer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """What one customer was told, newest first; `is_read=false` for the unread."""
        queries.must_be_known(recipient=customer_id)
        rows = queries.inbox(recipient=customer_id)
        return self.page_together(rows, lambda page: notices_json(page, self.language))


class NoticeReadView(ApiView):
    required_scopes = {"POST": "notices:write"}
    is_create = False

    @extend_schema(operation_id="notices_read", request=None, responses=NoticeAnswer)
    def post(self, request: Request, customer_id: str, notice_id: str) -> Response:
        """Marks a notice as read. Doing it twice keeps the first time, so no key is needed."""
        self.checked(Nothing)
        notice = services.mark_read(recipient=customer_id, public_id=notice_id, at=clock.now())
        return Response(notices_json([notice], self.language)[0])
