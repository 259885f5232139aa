"""Customers over the API: look up, consents; what a profile looks like on the wire."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.customers import queries, rules, services
from accounts.customers.models import Customer
from backoffice.api.examples import AT, CUSTOMER, example
from backoffice.api.fields import Choice, Day, StrictSerializer, Text
from backoffice.api.views import ApiView
from backoffice.lib import clock
from compliance.ledger.callers import calling_client

PURPOSES = ("credit_decision", "bureau_query", "marketing")


def _optional(most: int) -> Text:
    return Text(max_length=most, required=False, allow_null=True)


@example(
    {
        "reference": "A-1", "legal_name": "张小明", "id_number": "11010519491231002X",
        "phone": "13812345678", "email": "z@example.com", "employment_status": "employed",
        "language": "zh-hans",
    }
)  # fmt: skip
class CustomerRequest(StrictSerializer):
    """Fields left out stay as they are; null clears one."""

    reference = Text(max_length=64, help_text="the lender's own id for this customer")
    legal_name = _optional(rules.LENGTHS["legal_name"])
    id_number = _optional(rules.LENGTHS["id_number"])
    birth_date = Day(required=False, allow_null=True)
    phone = _optional(rules.LENGTHS["phone"])
    email = _optional(rules.LENGTHS["email"])
    address = _optional(rules.LENGTHS["address"])
    employer = _optional(rules.LENGTHS["employer"])
    employment_status = Choice(rules.EMPLOYMENT, required=False)
    language = Choice(rules.LANGUAGES, required=False)


class MaskedProfileAnswer(serializers.Serializer[object]):
    legal_name = serializers.CharField()
    id_number = serializers.CharField()
    birth_date = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    address = serializers.CharField()
    employer = serializers.CharField()


@example(
    {
        "id": CUSTOMER, "reference": "A-1",
        "profile": {
            "legal_name": "张*明", "id_number": "110***********002X", "birth_date": "1949-**-**",
            "phone": "138****5678", "email": "z***@example.com", "address": "", "employer": "",
        },
        "employment_status": "employed", "language": "zh-hans", "created_at": AT, "changed_at": AT,
    }
)  # fmt: skip
class CustomerAnswer(serializers.Serializer[object]):
    """Personal data comes back masked."""

    id = serializers.CharField()
    reference = serializers.CharField()
    profile = MaskedProfileAnswer()
    employment_status = serializers.CharField()
    language = serializers.CharField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


@example({"purpose": "bureau_query", "document_version": "2026-01"})
class ConsentRequest(StrictSerializer):
    purpose = Choice(PURPOSES)
    document_version = Text(max_length=40)


@example({"purpose": "bureau_query"})
class WithdrawalRequest(StrictSerializer):
    purpose = Choice(PURPOSES)


@example(
    {
        "purpose": "bureau_query", "document_version": "2026-01", "granted_at": AT,
        "withdrawn_at": None,
    }
)  # fmt: skip
class ConsentAnswer(serializers.Serializer[object]):
    purpose = serializers.CharField()
    document_version = serializers.CharField()
    granted_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


def customer_json(customer: Customer) -> dict[str, Any]:
    masked = queries.masked_profile(customer)
    return {
        "id": customer.public_id,
        "reference": customer.reference,
        "profile": {name: getattr(masked, name) for name in masked.__dataclass_fields__},
        "employment_status": customer.employment_status,
        "language": customer.language,
        "created_at": customer.created_at,
        "changed_at": customer.changed_at,
    }


class CustomerFilters(django_filters.FilterSet):
    reference = django_filters.CharFilter(max_length=64)

    class Meta:
        model = Customer
        fields = ("reference",)


class CustomerListView(ApiView):
    # The same address is written through `accounts.verification.api.CustomersView`.
    required_scopes = {"GET": "customers:read"}
    filters = CustomerFilters

    @extend_schema(operation_id="customers_list", responses=CustomerAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Customers, newest first; `reference` finds the one with the lender's own id."""
        return self.page(queries.customers(), customer_json)


class CustomerView(ApiView):
    required_scopes = {"GET": "customers:read"}

    @extend_schema(operation_id="customers_get", responses=CustomerAnswer)
    def get(self, request: Request, customer_id: str) -> Response:
        """One customer, personal data masked."""
        return Response(customer_json(queries.by_public_id(customer_id)))


class ConsentsView(ApiView):
    required_scopes = {"GET": "customers:read", "POST": "customers:write"}

    @extend_schema(operation_id="consents_list", responses=ConsentAnswer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """Consents given and withdrawn, newest first."""
        rows = queries.consents(customer_id=queries.resolve_id(customer_id))
        return self.page(rows, consent_json)

    @extend_schema(
        operation_id="consents_give", request=ConsentRequest, responses={201: ConsentAnswer}
    )
    def post(self, request: Request, customer_id: str) -> HttpResponse:
        """Records a consent; one per purpose is in force at a time."""
        given = self.checked(ConsentRequest)

        def work() -> tuple[int, Any]:
            row_id = queries.resolve_id(customer_id)
            services.give_consent(
                customer_id=row_id, actor=calling_client(request), at=clock.now(), **given
            )
            return 201, _newest_consent(row_id, given["purpose"])

        return self.create_once(work)


class WithdrawalsView(ApiView):
    required_scopes = {"POST": "customers:write"}

    @extend_schema(
        operation_id="consents_withdraw", request=WithdrawalRequest, responses={201: ConsentAnswer}
    )
    def post(self, request: Request, customer_id: str) -> HttpResponse:
        """Ends the consent in force for a purpose."""
        given = self.checked(WithdrawalRequest)

        def work() -> tuple[int, Any]:
            row_id = queries.resolve_id(customer_id)
            services.withdraw_consent(
                customer_id=row_id, actor=calling_client(request), at=clock.now(), **given
            )
            return 201, _newest_consent(row_id, given["purpose"])

        return self.create_once(work)


def consent_json(consent: Any) -> dict[str, Any]:
    return {
        name: getattr(consent, name)
        for name in ("purpose", "document_version", "granted_at", "withdrawn_at")
    }


def _newest_consent(customer_id: int, purpose: str) -> dict[str, Any]:
    rows = queries.consents(customer_id=customer_id).filter(purpose=purpose)
    return consent_json(rows.order_by("-id")[0])
