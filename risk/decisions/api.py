"""Asking for decisions and reading them over the API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.api import TermsAnswer
from backoffice.api.examples import AT, CUSTOMER, DECISION, REASON, TERMS, example
from backoffice.api.fields import PublicId, StrictSerializer, Text
from backoffice.api.filtering import MomentFilter, PublicIdFilter
from backoffice.api.views import ApiView
from backoffice.lib import clock
from compliance.ledger.callers import calling_client
from compliance.reasons import queries as reasons
from compliance.reasons.api import ReasonAnswer, reasons_json
from compliance.reasons.facts import Reason
from risk.decisions import queries, services
from risk.decisions.facts import Decided
from risk.decisions.models import Decision, DecisionState, DecisionTrigger
from risk.signals.api import SeenValue
from risk.signals.catalogue import SIGNALS, STORED

STATES = list(DecisionState.values)
RATE_PLACES = Decimal("0.00001")  # as access keeps it: one rate, one text


@example({"customer_id": CUSTOMER, "product": "flex-credit"})
class DecisionRequest(StrictSerializer):
    customer_id = PublicId("cus", max_length=40)
    product = Text(max_length=40)


class PolicyAnswer(serializers.Serializer[object]):
    """What the policy alone says; `hash` names its exact content for ever."""

    hash = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    limit_cents = serializers.IntegerField(allow_null=True)
    reason_codes = serializers.ListField(child=serializers.CharField())


_DECISION = {
    "id": DECISION, "customer_id": CUSTOMER, "product": "flex-credit", "state": "LIMITED",
    "terms": TERMS, "reasons": [REASON],
    "policy": {
        "hash": "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865",
        "state": "LIMITED", "limit_cents": 1_000_000, "reason_codes": ["PHONE_MISMATCH"],
    },
    "decided_at": AT,
}  # fmt: skip


@example(_DECISION)
class DecisionAnswer(serializers.Serializer[object]):
    """`state`, `terms` and `reasons` are what held when it was decided, everything included:
    the policy, restrictions by operators and the regulator, and switches. What holds now is at
    `/customers/{customer_id}/access/{product}`.
    """

    id = serializers.CharField()
    customer_id = serializers.CharField()
    product = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    terms = TermsAnswer(allow_null=True)
    reasons = ReasonAnswer(many=True)
    policy = PolicyAnswer()
    decided_at = serializers.DateTimeField()


class SeenAnswer(serializers.Serializer[object]):
    """Everything the answer depends on besides the policy, as it was. Decimals are strings."""

    at = serializers.DateTimeField()
    product = serializers.DictField()
    signals = serializers.DictField(child=SeenValue())
    stale = serializers.ListField(child=serializers.ChoiceField(list(STORED)))
    capped = serializers.ListField(
        child=serializers.ChoiceField(list(SIGNALS)),
        required=False,
        help_text="of these there were at least so many",
    )


class TraceAnswer(serializers.Serializer[object]):
    """Rows that fired, from 0; and for each input column the rows whose cell matched, as bits of
    a hexadecimal number.
    """

    fired = serializers.ListField(child=serializers.IntegerField(min_value=0))
    columns = serializers.ListField(child=serializers.RegexField("^[0-9a-f]+$"))


@example(
    {
        **_DECISION,
        "facts": {
            "at": AT, "product": {"code": "flex-credit", "max_amount_cents": 20_000_000},
            "signals": {"score": "720", "phone_comparison": "differs", "age_years": None},
            "stale": ["age_years"],
        },
        "trace": {
            "restrictions": {"fired": [3], "columns": ["7ff8", "7fff"]},
            "terms": {"fired": [0], "columns": ["13", "1f"]},
        },
    }
)  # fmt: skip
class DecisionDetailAnswer(DecisionAnswer):
    """With the facts seen and, by table, the trace."""

    facts = SeenAnswer()
    trace = serializers.DictField(child=TraceAnswer())


def decisions_json(decisions: Sequence[Decision], language: str) -> list[dict[str, Any]]:
    """One query for all the reasons named."""
    codes = {code for decision in decisions for code in decision.effective_reason_codes}
    known = reasons.reasons(codes=codes, language=language) if codes else ()
    return [_decision_json(decision, known) for decision in decisions]


def _decision_json(decision: Decision, known: Iterable[Reason]) -> dict[str, Any]:
    answer = json.loads(decision.answer)
    return {
        "id": decision.public_id,
        "customer_id": decision.customer.public_id,
        "product": decision.product.code,
        "state": decision.effective_state,
        "terms": _terms_json(
            answer,
            limit_cents=decision.effective_limit_cents,
            currency=decision.product.currency,
        ),
        "reasons": reasons_json(decision.effective_reason_codes, known),
        "policy": _policy_json(answer, decision.policy_hash),
        "decided_at": decision.decided_at,
    }


def _created(decided: Decided, given: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The answer to a fresh decision, from what deciding returned: nothing is read back."""
    change = decided.change
    codes = change.reason_codes
    known = reasons.reasons(codes=codes, language=language) if codes else ()
    return {
        "id": decided.public_id,
        "customer_id": given["customer_id"],
        "product": given["product"],
        "state": change.effective.value,
        "terms": _terms_json(
            decided.answer, limit_cents=change.limit_cents, currency=decided.currency
        ),
        "reasons": reasons_json(codes, known),
        "policy": _policy_json(decided.answer, decided.policy_hash),
        "decided_at": decided.decided_at,
    }


def _terms_json(
    answer: Mapping[str, Any], *, limit_cents: int | None, currency: str
) -> dict[str, Any] | None:
    """The policy's terms with the amount that was effective; None while CLOSED."""
    terms = answer["terms"]
    if limit_cents is None or terms is None:
        return None
    return {
        "currency": currency,
        "limit_cents": limit_cents,
        "annual_rate": str(Decimal(terms["annual_rate"]).quantize(RATE_PLACES)),
        "max_term_months": terms["max_term_months"],
    }


def _policy_json(answer: Mapping[str, Any], policy_hash: str) -> dict[str, Any]:
    names = ("state", "limit_cents", "reason_codes")
    return {"hash": policy_hash, **{name: answer[name] for name in names}}


class DecisionFilters(django_filters.FilterSet):
    customer_id = PublicIdFilter("cus", field_name="customer__public_id")
    product = django_filters.CharFilter(field_name="product__code", max_length=40)
    state = django_filters.ChoiceFilter(field_name="effective_state", choices=DecisionState.choices)
    decided_from = MomentFilter(field_name="decided_at", lookup_expr="gte")
    decided_before = MomentFilter(field_name="decided_at", lookup_expr="lt")

    class Meta:
        model = Decision
        fields = ("customer_id", "product", "state", "decided_from", "decided_before")


class DecisionsView(ApiView):
    required_scopes = {"GET": "decisions:read", "POST": "decisions:write"}
    filters = DecisionFilters
    names_others = True

    @extend_schema(operation_id="decisions_list", responses=DecisionAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Decisions, newest first; `customer_id` for those about one customer."""
        return self.page_together(
            queries.decisions(), lambda rows: decisions_json(rows, self.language)
        )

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
        """One decision with the facts it saw and the trace of the policy's tables."""
        decision = queries.decision(public_id=decision_id)
        [shown] = decisions_json([decision], self.language)
        detail = {
            "facts": json.loads(decision.facts),
            "trace": json.loads(decision.answer)["trace"],
        }
        return Response({**shown, **detail})
