"""Asking a bureau or an identity provider over the API: queued at once, answered by a worker."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.customers import queries as customers
from accounts.verification import inquiries, queries
from accounts.verification.facts import InquiryKind, InquiryState
from accounts.verification.inquiry_models import Inquiry
from backoffice.api.examples import AT, example
from backoffice.api.fields import Choice, StrictSerializer
from backoffice.api.views import ApiView
from backoffice.lib import clock
from compliance.ledger.callers import calling_client

KINDS = [kind.value for kind in InquiryKind]
STATES = [state.value for state in InquiryState]


@example({"kind": "bureau"})
class InquiryRequest(StrictSerializer):
    kind = Choice(KINDS)


@example(
    {
        "id": "inq_agpkt4dzq7rw3hs5tvxkq2lmny", "kind": "bureau", "state": "queued",
        "attempts": 0, "failure": "", "requested_at": AT, "finished_at": None,
    }
)  # fmt: skip
class InquiryAnswer(serializers.Serializer[object]):
    """How far a question came. What was answered is a bureau record or an identity check; `failure`
    is a code, of the last attempt."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    state = serializers.ChoiceField(STATES)
    attempts = serializers.IntegerField()
    failure = serializers.CharField(allow_blank=True)
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class InquiryFilters(django_filters.FilterSet):
    class Meta:
        model = Inquiry
        fields = ("kind", "state")


def inquiry_json(inquiry: Inquiry) -> dict[str, Any]:
    return {
        "id": inquiry.public_id,
        "kind": inquiry.kind,
        "state": inquiry.state,
        "attempts": inquiry.attempts,
        "failure": inquiry.failure,
        "requested_at": inquiry.requested_at,
        "finished_at": inquiry.finished_at,
    }


class InquiriesView(ApiView):
    required_scopes = {"GET": "verifications:read", "POST": "verifications:write"}
    filters = InquiryFilters

    @extend_schema(operation_id="inquiries_list", responses=InquiryAnswer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """What was asked outside about one customer, newest first."""
        row_id = customers.resolve_id(customer_id)
        return self.page(queries.inquiries(customer_id=row_id), inquiry_json)

    @extend_schema(
        operation_id="inquiries_create", request=InquiryRequest, responses={202: InquiryAnswer}
    )
    def post(self, request: Request, customer_id: str) -> HttpResponse:
        """Asks the credit bureau or the identity provider: queued now, answered by a worker.

        Asking a bureau needs the customer's consent `bureau_query`. One question of a kind at a
        time; refused with 409 are `consent_missing`, `inquiry_open` and, where no such address is
        set, `provider_not_configured`. What was answered appears among the customer's bureau
        records or identity verifications.
        """
        kind = InquiryKind(self.checked(InquiryRequest)["kind"])

        def work() -> tuple[int, Any]:
            made = inquiries.ask(
                customer_public_id=customer_id,
                kind=kind,
                actor=calling_client(request),
                at=clock.now(),
            )
            return 202, inquiry_json(made)

        return self.create_once(work)
