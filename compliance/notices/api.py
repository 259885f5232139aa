"""A customer's notices over the API, in the caller's language."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api.views import ApiView
from backoffice.lib import clock
from compliance.notices import queries, services
from compliance.notices.models import Notice


class NoticeAnswer(serializers.Serializer[object]):
    id = serializers.CharField()
    template = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField()
    queued_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


def notice_json(notice: Notice, language: str) -> dict[str, Any]:
    message = queries.rendered(notice, language=language)
    return {
        "id": notice.public_id,
        "template": notice.template,
        "title": message.title,
        "body": message.body,
        "queued_at": notice.queued_at,
        "read_at": notice.read_at,
    }


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
        rows = queries.inbox(recipient=customer_id)
        return self.page(rows, lambda row: notice_json(row, self.language))


class NoticeReadView(ApiView):
    """Marking as read changes one thing once: it needs no idempotency key."""

    required_scopes = {"POST": "notices:write"}
    is_create = False

    @extend_schema(operation_id="notices_read", request=None, responses=NoticeAnswer)
    def post(self, request: Request, customer_id: str, notice_id: str) -> Response:
        notice = services.mark_read(recipient=customer_id, public_id=notice_id, at=clock.now())
        return Response(notice_json(notice, self.language))
