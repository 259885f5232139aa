"""Asking for decisions and reading them over the API."""

from __future__ import annotations

import json
from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api.fields import PublicId, StrictSerializer, Text
from backoffice.api.views import ApiView
from backoffice.lib import clock
from compliance.ledger.callers import calling_client
from compliance.reasons import queries as reasons
from compliance.reasons.api import ReasonAnswer, reason_json
from risk.decisions import queries, services
from risk.decisions.facts import Decided
from risk.decisions.models import Decision, DecisionState, DecisionTrigger

STATES = list(DecisionState.values)


class DecisionRequest(StrictSerializer):
    customer_id = PublicId("cus", max_length=40)
    product = Text(max_length=40)


class DecisionAnswer(serializers.Serializer[object]):
    """`state` is what the policy says; `effective_state` adds operators and switches."""

    id = serializers.CharField()
    customer_id = serializers.CharField()
    product = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    effective_state = serializers.ChoiceField(STATES)
    reasons = ReasonAnswer(many=True)
    terms = serializers.DictField(allow_null=True)
    limit_cents = serializers.IntegerField(allow_null=True)
    policy_hash = serializers.CharField()
    decided_at = serializers.DateTimeField()


class DecisionDetailAnswer(DecisionAnswer):
    """With the facts seen and the trace of the tables."""

    facts = serializers.DictField()
    trace = serializers.DictField()


def decision_json(decision: Decision, language: str) -> dict[str, Any]:
    answer = json.loads(decision.answer)
    codes = answer["reason_codes"]
    return {
        "id": decision.public_id,
        "customer_id": decision.customer.public_id,
        "product": decision.product.code,
        "state": decision.state,
        "effective_state": decision.effective_state,
        "reasons": [
            reason_json(found) for found in reasons.reasons(codes=codes, language=language)
        ],
        "terms": answer["terms"],
        "limit_cents": answer["limit_cents"],
        "policy_hash": decision.policy_hash,
        "decided_at": decision.decided_at,
    }


class DecisionFilters(django_filters.FilterSet):
    customer_id = django_filters.CharFilter(field_name="customer__public_id", max_length=40)
    product = django_filters.CharFilter(field_name="product__code", max_length=40)
    state = django_filters.ChoiceFilter(choices=DecisionState.choices)

    class Meta:
        model = Decision
        fields = ("customer_id", "product", "state")


class DecisionsView(ApiView):
    required_scopes = {"GET": "decisions:read", "POST": "decisions:write"}
    filters = DecisionFilters

    @extend_schema(operation_id="decisions_list", responses=DecisionAnswer(many=True))
    def get(self, request: Request) -> Response:
        return self.page(queries.decisions(), lambda row: decision_json(row, self.language))

    @extend_schema(
        operation_id="decisions_create", request=DecisionRequest, responses={201: DecisionAnswer}
    )
    def post(self, request: Request) -> HttpResponse:
        """Applies the live policy now; access follows and the customer is told."""
        given = self.checked(DecisionRequest)
        language = self.language

        def work() -> tuple[int, Any]:
            decided = services.decide(
                customer_public_id=given["customer_id"],
                product_code=given["product"],
                trigger=DecisionTrigger.REQUEST,
                actor=calling_client(request),
                at=clock.now(),
            )
            return 201, _created(decided, given, language)

        return self.create_once(work)


class DecisionView(ApiView):
    required_scopes = {"GET": "decisions:read"}

    @extend_schema(operation_id="decisions_get", responses=DecisionDetailAnswer)
    def get(self, request: Request, decision_id: str) -> Response:
        decision = queries.decision(public_id=decision_id)
        detail = {
            "facts": json.loads(decision.facts),
            "trace": json.loads(decision.answer)["trace"],
        }
        return Response({**decision_json(decision, self.language), **detail})


def _created(decided: Decided, given: dict[str, Any], language: str) -> dict[str, Any]:
    """The answer to a fresh decision, from what deciding returned: nothing is read back."""
    answer = decided.answer
    codes = answer["reason_codes"]
    told = reasons.reasons(codes=codes, language=language) if codes else ()
    return {
        "id": decided.public_id,
        "customer_id": given["customer_id"],
        "product": given["product"],
        "state": answer["state"],
        "effective_state": decided.change.effective.value,
        "reasons": [reason_json(reason) for reason in told],
        "terms": answer["terms"],
        "limit_cents": answer["limit_cents"],
        "policy_hash": decided.policy_hash,
        "decided_at": decided.decided_at,
    }
