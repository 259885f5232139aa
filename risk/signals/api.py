"""Telling Sluice what is known about a customer, over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.customers import queries as customers
from backoffice.api.examples import AT, example
from backoffice.api.fields import Exact, Moment, StrictSerializer
from backoffice.api.views import ApiView
from backoffice.lib import clock
from backoffice.lib.errors import FieldFault, Invalid
from compliance.ledger import services as ledger
from compliance.ledger.callers import calling_client
from risk.signals import queries, services
from risk.signals.catalogue import SIGNALS, STORED
from risk.signals.facts import Signal


def _unit(signal: Signal) -> str:
    places = signal.decimal_places
    return f"{signal.unit}, at most {places} decimal places" if places else f"{signal.unit}, whole"


class SignalValues(StrictSerializer):
    """Stored signals by name; null means "no longer known". Those left out stay."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            name: Exact(
                max_digits=24, decimal_places=signal.decimal_places, required=False,
                allow_null=True, min_value=signal.least, max_value=signal.greatest,
                help_text=_unit(signal),
            )
            for name, signal in STORED.items()
        }  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError(_("Give at least one signal."), code="required")
        return attrs


@example({"observed_at": AT, "values": {"score": 720, "utilisation": "0.25", "age_years": None}})
class SignalsRequest(StrictSerializer):
    observed_at = Moment(help_text="when the source knew this")
    values = SignalValues()


@example(
    {
        "values": {
            "score": "720", "utilisation": "0.2500", "months_late_now": "0",
            "months_late_max_6m": "0", "payment_ratio_6m": None, "current_limit_cents": None,
            "age_years": "35", "applications_7d": None, "applications_30d": "1",
            "applications_90d": None, "identity_status": "verified", "name_comparison": "match",
            "id_number_comparison": "match", "phone_comparison": "differs",
        },
        "stale": [],
    }
)  # fmt: skip
class SignalsAnswer(serializers.Serializer[object]):
    """Every catalogued signal as a decision would see it now; stale ones are null."""

    values = serializers.DictField(child=serializers.CharField(allow_null=True))
    stale = serializers.ListField(child=serializers.ChoiceField(list(SIGNALS)))


class SignalsView(ApiView):
    required_scopes = {"GET": "customers:read", "POST": "customers:write"}

    @extend_schema(operation_id="signals_get", responses=SignalsAnswer)
    def get(self, request: Request, customer_id: str) -> Response:
        """What a decision would see now."""
        return Response(signals_json(customers.resolve_id(customer_id)))

    @extend_schema(
        operation_id="signals_write", request=SignalsRequest, responses={201: SignalsAnswer}
    )
    def post(self, request: Request, customer_id: str) -> HttpResponse:
        """Older news never undoes newer news. News makes a worker decide the customer again."""
        given = self.checked(SignalsRequest)
        now = clock.now()
        if clock.lies_ahead(given["observed_at"], at=now):
            text = _("This lies in the future.")
            fault = FieldFault("/observed_at", "time_in_future", text)
            raise Invalid(text, code="time_in_future", faults=[fault])

        def work() -> tuple[int, Any]:
            row_id = customers.resolve_id(customer_id)
            services.report(
                customer_id=row_id, values=given["values"], observed_at=given["observed_at"],
                at=now,
            )  # fmt: skip
            ledger.record(
                actor=calling_client(request), action="signals.written",
                subject=("customer", customer_id), detail={"signals": sorted(given["values"])},
                at=now,
            )  # fmt: skip
            return 201, signals_json(row_id)

        return self.create_once(work)


def signals_json(customer_id: int) -> dict[str, Any]:
    facts = queries.facts_for(customer_id=customer_id, at=clock.now())
    return {"values": dict(facts.values), "stale": list(facts.stale)}
