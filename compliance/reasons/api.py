"""The reason catalogue over the API, in the caller's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api.examples import REASON, example
from backoffice.api.views import ApiView
from compliance.reasons import facts, queries
from compliance.reasons.models import Reason, ReasonLevel


@example(REASON)
class ReasonAnswer(serializers.Serializer[object]):
    code = serializers.CharField()
    level = serializers.ChoiceField([level.value for level in facts.Level])
    text = serializers.CharField()
    remedy = serializers.CharField()
    is_appealable = serializers.BooleanField()
    ends_by = serializers.ChoiceField([end.value for end in facts.EndsBy])
    legal_basis = serializers.CharField(allow_blank=True)


def reason_json(reason: facts.Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "level": reason.level.value,
        "text": reason.text,
        "remedy": reason.remedy,
        "is_appealable": reason.is_appealable,
        "ends_by": reason.ends_by.value,
        "legal_basis": reason.legal_basis,
    }


def reasons_json(codes: Iterable[str], catalogue: Iterable[facts.Reason]) -> list[dict[str, Any]]:
    """Those of `catalogue` that `codes` names, in the catalogue's order."""
    wanted = set(codes)
    return [reason_json(reason) for reason in catalogue if reason.code in wanted]


class ReasonFilters(django_filters.FilterSet):
    level = django_filters.ChoiceFilter(choices=ReasonLevel.choices)

    class Meta:
        model = Reason
        fields = ("level",)


class ReasonsView(ApiView):
    required_scopes = {"GET": "reasons:read"}
    filters = ReasonFilters

    @extend_schema(operation_id="reasons_list", responses=ReasonAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Every reason in use."""
        rows = queries.catalogue().filter(is_active=True)
        return self.page(
            rows, lambda row: reason_json(queries.in_language(row, language=self.language))
        )


class ReasonView(ApiView):
    required_scopes = {"GET": "reasons:read"}

    @extend_schema(operation_id="reasons_get", responses=ReasonAnswer)
    def get(self, request: Request, code: str) -> Response:
        """One reason, even when it is no longer in use: old decisions name it."""
        return Response(reason_json(queries.reason(code=code, language=self.language)))
