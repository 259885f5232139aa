"""Products, and what a customer may do with them, over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import facts, queries
from accounts.access.models import Product
from accounts.customers import queries as customers
from backoffice.api.examples import AT, CUSTOMER, DECISION, LATER, REASON, TERMS, example
from backoffice.api.views import ApiView
from compliance.reasons.api import ReasonAnswer, reason_json
from compliance.switches.facts import Kind, SwitchOn

STATES = [state.value for state in facts.State]


@example(
    {
        "code": "flex-credit", "name": "Flex Credit", "currency": "CNY",
        "min_amount_cents": 500_000, "max_amount_cents": 20_000_000, "min_term_months": 1,
        "max_term_months": 12, "min_annual_rate": "0.03000", "max_annual_rate": "0.24000",
        "cooldown_minutes": 60,
    }
)  # fmt: skip
class ProductAnswer(serializers.Serializer[object]):
    """Amounts in minor units of the currency; yearly rates as fractions, in strings. After an
    event has changed somebody's access, no further event widens it for `cooldown_minutes`.
    """

    code = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    min_amount_cents = serializers.IntegerField()
    max_amount_cents = serializers.IntegerField()
    min_term_months = serializers.IntegerField()
    max_term_months = serializers.IntegerField()
    min_annual_rate = serializers.CharField()
    max_annual_rate = serializers.CharField()
    cooldown_minutes = serializers.IntegerField()


class TermsAnswer(serializers.Serializer[object]):
    """`limit_cents` is what may be used, in minor units; the yearly rate is a fraction."""

    currency = serializers.CharField()
    limit_cents = serializers.IntegerField()
    annual_rate = serializers.CharField()
    max_term_months = serializers.IntegerField()


class RestrictionAnswer(serializers.Serializer[object]):
    id = serializers.CharField()
    reason_code = serializers.CharField()
    # DRF's own `source` is a string; declaring a field of that name is allowed all the same.
    source = serializers.ChoiceField(  # type: ignore[assignment]
        [source.value for source in facts.Source]
    )
    effect = serializers.ChoiceField(["LIMITED", "CLOSED"])
    limit_cents = serializers.IntegerField(allow_null=True)
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class SwitchOnAnswer(serializers.Serializer[object]):
    """One switch that narrows this access now."""

    id = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in Kind])
    effect = serializers.ChoiceField(["LIMITED", "CLOSED"])
    limit_cents = serializers.IntegerField(allow_null=True)
    reason_code = serializers.CharField()
    turned_on_at = serializers.DateTimeField()
    expected_end_at = serializers.DateTimeField(allow_null=True)


_ACCESS = {
    "customer_id": CUSTOMER, "product": "flex-credit", "state": "LIMITED",
    "stored_state": "LIMITED", "terms": TERMS, "reasons": [REASON],
    "restrictions": [
        {
            "id": "rst_agpkt4e5hzvd7fkyk5dqeg3jwu", "reason_code": "PHONE_MISMATCH",
            "source": "policy", "effect": "LIMITED", "limit_cents": 1_000_000, "started_at": AT,
            "ends_at": None,
        }
    ],
    "switches": [], "since": AT, "next_review_at": LATER, "decision_id": DECISION,
}  # fmt: skip


@example(_ACCESS)
class AccessAnswer(serializers.Serializer[object]):
    """`state` is effective, switches included; `stored_state` is what lies under them.

    `terms` is null while CLOSED. `reasons` say why access is not OPEN and what helps.
    """

    customer_id = serializers.CharField()
    product = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    stored_state = serializers.ChoiceField(STATES, allow_null=True)
    terms = TermsAnswer(allow_null=True)
    reasons = ReasonAnswer(many=True)
    restrictions = RestrictionAnswer(many=True)
    switches = SwitchOnAnswer(many=True)
    since = serializers.DateTimeField(allow_null=True)
    next_review_at = serializers.DateTimeField(allow_null=True)
    decision_id = serializers.CharField(allow_null=True)


def product_json(product: Product | facts.Product, language: str) -> dict[str, Any]:
    is_chinese = language.startswith("zh")
    return {
        "code": product.code,
        "name": product.name_zh if is_chinese else product.name_en,
        "currency": product.currency,
        "min_amount_cents": product.min_amount_cents,
        "max_amount_cents": product.max_amount_cents,
        "min_term_months": product.min_term_months,
        "max_term_months": product.max_term_months,
        "min_annual_rate": str(product.min_annual_rate),
        "max_annual_rate": str(product.max_annual_rate),
        "cooldown_minutes": product.cooldown_minutes,
    }


def access_json(access: facts.EffectiveAccess, *, customer_id: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "product": access.product.code,
        "state": access.state.value,
        "stored_state": access.stored_state.value if access.stored_state else None,
        "terms": _terms_json(access),
        "reasons": [reason_json(reason) for reason in access.reasons],
        "restrictions": [_restriction_json(row) for row in access.restrictions],
        "switches": [_switch_json(switch) for switch in access.mask.switches],
        "since": access.since,
        "next_review_at": access.next_review_at,
        "decision_id": access.decision_public_id or None,
    }


def _terms_json(access: facts.EffectiveAccess) -> dict[str, Any] | None:
    if access.state is facts.State.CLOSED or access.terms is None:
        return None
    return {
        "currency": access.product.currency,
        "limit_cents": access.limit_cents,
        "annual_rate": str(access.terms.annual_rate),
        "max_term_months": access.terms.max_term_months,
    }


def _restriction_json(row: facts.ActiveRestriction) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "reason_code": row.reason_code,
        "source": row.source.value,
        "effect": row.effect.value,
        "limit_cents": row.limit_cents,
        "started_at": row.started_at,
        "ends_at": row.ends_at,
    }


def _switch_json(switch: SwitchOn) -> dict[str, Any]:
    return {
        "id": switch.public_id,
        "kind": switch.kind.value,
        "effect": switch.effect.value,
        "limit_cents": switch.limit_cents,
        "reason_code": switch.reason_code,
        "turned_on_at": switch.turned_on_at,
        "expected_end_at": switch.expected_end_at,
    }


class ProductsView(ApiView):
    required_scopes = {"GET": "products:read"}

    @extend_schema(operation_id="products_list", responses=ProductAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Every product on offer."""
        return self.page(queries.products(), lambda row: product_json(row, self.language))


class ProductView(ApiView):
    required_scopes = {"GET": "products:read"}

    @extend_schema(operation_id="products_get", responses=ProductAnswer)
    def get(self, request: Request, code: str) -> Response:
        """One product on offer."""
        return Response(product_json(queries.product(code=code), self.language))


class AccessView(ApiView):
    required_scopes = {"GET": "access:read"}

    @extend_schema(operation_id="access_get", responses=AccessAnswer)
    def get(self, request: Request, customer_id: str, product: str) -> Response:
        """What the customer may do with one product now, why not more, and what they can do."""
        access = queries.effective(
            customer_id=customers.resolve_id(customer_id),
            product=queries.product(code=product),
            language=self.language,
        )
        return Response(access_json(access, customer_id=customer_id))


@example({"items": [_ACCESS]})
class AccessListAnswer(serializers.Serializer[object]):
    items = AccessAnswer(many=True)


class AccessListView(ApiView):
    required_scopes = {"GET": "access:read"}

    @extend_schema(operation_id="access_list", responses=AccessListAnswer)
    def get(self, request: Request, customer_id: str) -> Response:
        """What the customer may do with each product on offer; not paged."""
        found = queries.effective_all(
            customer_id=customers.resolve_id(customer_id),
            products=queries.products_on_offer(),
            language=self.language,
        )
        return Response({"items": [access_json(row, customer_id=customer_id) for row in found]})
