"""Switches over the API: read only. They are turned on by people, in the console."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api.examples import AT, example
from backoffice.api.views import ApiView
from compliance.switches import facts, queries
from compliance.switches.models import Switch


@example(
    {
        "id": "swi_agpkt4e5ipqzmw7yh4aasr2c4q", "scope": "product:flex-credit",
        "kind": "emergency", "effect": "CLOSED", "limit_cents": None,
        "reason_code": "EMERGENCY_STOP", "turned_on_at": AT, "expected_end_at": None,
        "released_at": None,
    }
)  # fmt: skip
class SwitchAnswer(serializers.Serializer[object]):
    """`limit_cents` is in minor units of the currency of each product the switch narrows."""

    id = serializers.CharField()
    scope = serializers.CharField(help_text="`platform` or `product:<code>`")
    kind = serializers.ChoiceField([kind.value for kind in facts.Kind])
    effect = serializers.ChoiceField([effect.value for effect in facts.Effect])
    limit_cents = serializers.IntegerField(allow_null=True)
    reason_code = serializers.CharField()
    turned_on_at = serializers.DateTimeField()
    expected_end_at = serializers.DateTimeField(allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)


def switch_json(switch: Switch) -> dict[str, Any]:
    return {
        "id": switch.public_id,
        "scope": switch.scope,
        "kind": switch.kind,
        "effect": switch.effect,
        "limit_cents": switch.limit_cents,
        "reason_code": switch.reason.code,
        "turned_on_at": switch.turned_on_at,
        "expected_end_at": switch.expected_end_at,
        "released_at": switch.released_at,
    }


class SwitchFilters(django_filters.FilterSet):
    scope = django_filters.CharFilter(max_length=80)
    is_on = django_filters.BooleanFilter(method="filter_is_on")

    class Meta:
        model = Switch
        fields = ("scope", "is_on")

    def filter_is_on(self, rows: QuerySet[Switch], name: str, value: bool) -> QuerySet[Switch]:
        return rows.filter(released_at__isnull=value)


class SwitchesView(ApiView):
    required_scopes = {"GET": "switches:read"}
    filters = SwitchFilters

    @extend_schema(operation_id="switches_list", responses=SwitchAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Every time a switch was on, newest first; `is_on=true` for those on now."""
        return self.page(queries.history(), switch_json)


class SwitchView(ApiView):
    required_scopes = {"GET": "switches:read"}

    @extend_schema(operation_id="switches_get", responses=SwitchAnswer)
    def get(self, request: Request, switch_id: str) -> Response:
        """One time a switch was on."""
        return Response(switch_json(queries.switch(public_id=switch_id)))
