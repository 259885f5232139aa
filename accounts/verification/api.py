"""Profiles as written, identity checks, bureau records, the standing answer over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.customers import queries as customers
from accounts.customers.api import (
    CustomerAnswer,
    CustomerListView,
    CustomerRequest,
    customer_json,
)
from accounts.customers.facts import Profile
from accounts.customers.rules import LENGTHS
from accounts.verification import queries, services
from accounts.verification.facts import (
    BureauProfile,
    Cause,
    Comparison,
    Finding,
    IdentityStatus,
    Method,
    Result,
)
from backoffice.api.examples import AT, EARLIER, example
from backoffice.api.fields import Choice, Moment, StrictSerializer, Text
from backoffice.api.views import ApiView
from backoffice.lib import clock
from compliance.ledger.callers import calling_client

METHODS = [method.value for method in Method]
RESULTS = [result.value for result in Result]
COMPARISONS = [comparison.value for comparison in Comparison]
FINDINGS = [finding.value for finding in Finding]


@example({"method": "face", "result": "passed", "provider": "acme", "performed_at": AT})
class CheckRequest(StrictSerializer):
    method = Choice(METHODS)
    result = Choice(RESULTS)
    provider = Text(max_length=40, required=False, allow_blank=True, default="")
    performed_at = Moment()


@example(
    {
        "id": "chk_agpkt4dt3hsgvqyb4v4r2e3dsy", "method": "face", "result": "passed",
        "provider": "acme", "performed_at": AT,
    }
)  # fmt: skip
class CheckAnswer(serializers.Serializer[object]):
    id = serializers.CharField()
    method = serializers.ChoiceField(METHODS)
    result = serializers.ChoiceField(RESULTS)
    provider = serializers.CharField(allow_blank=True)
    performed_at = serializers.DateTimeField()


def _on_file(most: int) -> Text:
    return Text(max_length=most, required=False, allow_null=True, default=None)


@example(
    {
        "bureau": "pboc", "legal_name": "张小明", "id_number": "11010519491231002X",
        "phone": "13900001111", "reported_at": AT,
    }
)  # fmt: skip
class BureauRequest(StrictSerializer):
    """Null or left out means the bureau has nothing on file."""

    bureau = Text(max_length=40)
    legal_name = _on_file(LENGTHS["legal_name"])
    id_number = _on_file(LENGTHS["id_number"])
    phone = _on_file(LENGTHS["phone"])
    reported_at = Moment()


_STANDING = {
    "status": "verified", "legal_name": "match", "id_number": "match", "phone": "differs",
    "finding": "phone", "cause": "other_phone",
}  # fmt: skip
_RECORD = {
    "id": "bur_agpkt4dxbe3vhfksqvvg2c3f4a", "bureau": "pboc", "reported_at": EARLIER,
    "recorded_at": AT,
}  # fmt: skip


@example(_STANDING)
class StandingAnswer(serializers.Serializer[object]):
    """The fields against the newest bureau record, and the one finding they add up to with its
    cause, a code that is empty for a match."""

    status = serializers.ChoiceField([status.value for status in IdentityStatus])
    legal_name = serializers.ChoiceField(COMPARISONS)
    id_number = serializers.ChoiceField(COMPARISONS)
    phone = serializers.ChoiceField(COMPARISONS)
    finding = serializers.ChoiceField(FINDINGS)
    cause = serializers.CharField(allow_blank=True)


@example(_RECORD)
class BureauRecordAnswer(serializers.Serializer[object]):
    """One record; what it says of the customer stays inside."""

    id = serializers.CharField()
    bureau = serializers.CharField()
    reported_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


@example({**_RECORD, "verification": _STANDING})
class BureauAnswer(BureauRecordAnswer):
    """The record, and the standing answer after comparing the newest one with the profile."""

    verification = StandingAnswer()


def check_json(check: Any) -> dict[str, Any]:
    return {
        "id": check.public_id,
        "method": check.method,
        "result": check.result,
        "provider": check.provider,
        "performed_at": check.performed_at,
    }


def bureau_json(record: Any) -> dict[str, Any]:
    return {
        "id": record.public_id,
        "bureau": record.bureau,
        "reported_at": record.reported_at,
        "recorded_at": record.recorded_at,
    }


def standing_json(customer_id: int) -> dict[str, str]:
    standing = queries.standing(customer_id=customer_id)
    verdict = queries.newest_verdict(customer_id=customer_id)
    return {
        "status": standing.status.value,
        "legal_name": standing.name.value,
        "id_number": standing.id_number.value,
        "phone": standing.phone.value,
        "finding": verdict.finding if verdict else Finding.MISSING.value,
        "cause": verdict.cause if verdict else Cause.NO_RECORD.value,
    }


class CustomersView(CustomerListView):
    # Written here, not in its own room: writing a profile compares it with the bureau's anew.
    required_scopes = {**CustomerListView.required_scopes, "POST": "customers:write"}

    @extend_schema(
        operation_id="customers_upsert",
        request=CustomerRequest,
        responses={200: CustomerAnswer, 201: CustomerAnswer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Creates the customer with this reference (201), or changes them (200)."""
        given = self.checked(CustomerRequest)
        reference = given.pop("reference")
        actor = calling_client(request)

        def work() -> tuple[int, Any]:
            written = services.upsert_customer(
                reference=reference, profile=Profile(**given), actor=actor, at=clock.now()
            )
            customer = customers.by_public_id(written.public_id)
            return (201 if written.was_created else 200), customer_json(customer)

        return self.create_once(work)


class IdentityVerificationsView(ApiView):
    required_scopes = {"GET": "verifications:read", "POST": "verifications:write"}

    @extend_schema(operation_id="identity_verifications_list", responses=CheckAnswer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """Checks of one customer, newest first."""
        row_id = customers.resolve_id(customer_id)
        return self.page(queries.checks(customer_id=row_id), check_json)

    @extend_schema(
        operation_id="identity_verifications_create",
        request=CheckRequest,
        responses={201: CheckAnswer},
    )
    def post(self, request: Request, customer_id: str) -> HttpResponse:
        """Records a check that was made, with its result."""
        given = self.checked(CheckRequest)

        def work() -> tuple[int, Any]:
            check = services.record_check(
                customer_public_id=customer_id,
                method=Method(given["method"]),
                result=Result(given["result"]),
                provider=given["provider"],
                performed_at=given["performed_at"],
                actor=calling_client(request),
                at=clock.now(),
            )
            return 201, check_json(check)

        return self.create_once(work)


class BureauRecordsView(ApiView):
    required_scopes = {"GET": "verifications:read", "POST": "verifications:write"}

    @extend_schema(operation_id="bureau_records_list", responses=BureauRecordAnswer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """Which records were received, in the order they arrived, newest first."""
        row_id = customers.resolve_id(customer_id)
        return self.page(queries.bureau_records(customer_id=row_id), bureau_json)

    @extend_schema(
        operation_id="bureau_records_create", request=BureauRequest, responses={201: BureauAnswer}
    )
    def post(self, request: Request, customer_id: str) -> HttpResponse:
        """Records what a bureau has on file and compares it with the profile."""
        given = self.checked(BureauRequest)

        def work() -> tuple[int, Any]:
            record = services.record_bureau(
                customer_public_id=customer_id,
                bureau=given["bureau"],
                record=BureauProfile(given["legal_name"], given["id_number"], given["phone"]),
                reported_at=given["reported_at"],
                actor=calling_client(request),
                at=clock.now(),
            )
            standing = standing_json(record.customer_id)
            return 201, {**bureau_json(record), "verification": standing}

        return self.create_once(work)


class VerificationView(ApiView):
    required_scopes = {"GET": "verifications:read"}

    @extend_schema(operation_id="verification_get", responses=StandingAnswer)
    def get(self, request: Request, customer_id: str) -> Response:
        """Who the customer is, as far as is known: the standing answer."""
        return Response(standing_json(customers.resolve_id(customer_id)))
