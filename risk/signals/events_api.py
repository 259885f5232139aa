"""Telling Sluice what happened, one event or a thousand at once, and reading it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.customers import queries as customers
from backoffice.api.examples import AT, CUSTOMER, example
from backoffice.api.fields import (
    Choice,
    Exact,
    Flag,
    Moment,
    PublicId,
    StrictSerializer,
    Text,
    Whole,
)
from backoffice.api.filtering import MomentFilter, asked
from backoffice.api.pagination import KeysetPagination
from backoffice.api.views import ApiView
from backoffice.lib import clock
from compliance.ledger.callers import calling_client
from risk.events import queries as events_log
from risk.events.facts import EventKind
from risk.signals import taking
from risk.signals.event_fields import CENTS_AT_MOST, CONTACTS, FIELDS
from risk.signals.given import COMMON, GivenEvent, ItemAnswer, ItemStatus

SOURCE = "api"
KINDS = [kind.value for kind in EventKind]


def _kinds_with(name: str) -> str:
    """For the description: where a field belongs."""
    required = [kind.value for kind, fields in FIELDS.items() if name in fields.required]
    optional = [
        kind.value
        for kind, fields in FIELDS.items()
        if name in fields.readers and name not in fields.required
    ]
    parts = [f"required: {', '.join(required)}"] if required else []
    parts += [f"optional: {', '.join(optional)}"] if optional else []
    return "; ".join(parts)


def _cents(name: str) -> Whole:
    return Whole(
        required=False, allow_null=True, min_value=0, max_value=CENTS_AT_MOST,
        help_text=_kinds_with(name),
    )  # fmt: skip


def _text(name: str, most: int) -> Text:
    return Text(required=False, allow_null=True, max_length=most, help_text=_kinds_with(name))


def _count(name: str, most: int) -> Whole:
    return Whole(
        required=False, allow_null=True, min_value=0, max_value=most, help_text=_kinds_with(name)
    )


class EventItem(StrictSerializer):
    """One thing that happened. Give the customer by `customer_id` or `customer_reference`."""

    event_id = Text(max_length=100, help_text="yours; the same id again counts once")
    kind = Choice(KINDS)
    customer_id = PublicId("cus", required=False)
    customer_reference = Text(required=False, max_length=64)
    occurred_at = Moment(help_text="when it happened, with an offset from UTC")
    amount_cents = _cents("amount_cents")
    product = _text("product", 40)
    reason = _text("reason", 40)
    device = serializers.DictField(
        child=Text(max_length=500), required=False, allow_null=True, help_text=_kinds_with("device")
    )
    phone = _text("phone", 24)
    address = _text("address", 300)
    employer = _text("employer", 120)
    emergency_contact = _text("emergency_contact", 24)
    payee = _text("payee", 120)
    days_late = _count("days_late", 36_600)
    score = _count("score", 1000)
    limit_cents = _cents("limit_cents")
    changed = Choice(
        list(CONTACTS), required=False, allow_null=True, help_text=_kinds_with("changed")
    )
    outside_debt_cents = _cents("outside_debt_cents")
    outside_lenders = _count("outside_lenders", 10_000)
    inquiries_30d = _count("inquiries_30d", 10_000)
    monthly_income_cents = _cents("monthly_income_cents")
    debt_to_income = Exact(
        max_digits=24, decimal_places=4, required=False, allow_null=True, min_value=0,
        max_value=1000, help_text=_kinds_with("debt_to_income"),
    )  # fmt: skip
    happened = Flag(required=False, allow_null=True, help_text=_kinds_with("happened"))
    source = _text("source", 40)  # type: ignore[assignment]


class _Items(serializers.ListSerializer[Any]):
    """A list whose items answer for themselves: only its length is checked here."""

    default_error_messages = {
        "too_many": format_lazy(_("At most {most} events."), most=taking.EVENTS_AT_MOST),
    }

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if not data:
            self.fail("empty")
        if len(data) > taking.EVENTS_AT_MOST:
            self.fail("too_many")
        return data

    def run_validation(self, data: Any = serializers.empty) -> Any:
        is_empty, value = self.validate_empty_values(data)
        return value if is_empty else self.to_internal_value(data)


@example(
    {
        "events": [
            {
                "event_id": "app-2026-000017", "kind": "application", "customer_id": CUSTOMER,
                "occurred_at": AT, "amount_cents": 500_000, "product": "flex-credit",
                "device": {"platform": "android", "android_id": "9f1c2b7d60e4a583"},
                "phone": "13812345678",
            },
            {
                "event_id": "score-2026-06-A17", "kind": "score", "customer_reference": "A-17",
                "occurred_at": AT, "score": 640,
            },
        ]
    }
)  # fmt: skip
class EventsRequest(StrictSerializer):
    events = _Items(child=EventItem(), min_length=1, max_length=taking.EVENTS_AT_MOST)


class EventFault(serializers.Serializer[object]):
    pointer = serializers.CharField(help_text="into the event")
    code = serializers.CharField()
    detail = serializers.CharField()


class EventResult(serializers.Serializer[object]):
    """`event_id` is null when it could not be read; `errors` says why an event was refused."""

    event_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["accepted", "refused"])
    errors = EventFault(many=True)  # type: ignore[assignment]


@example(
    {
        "results": [
            {"event_id": "app-2026-000017", "status": "accepted", "errors": []},
            {
                "event_id": "score-2026-06-A17", "status": "refused",
                "errors": [
                    {
                        "pointer": "/customer_reference", "code": "customer_unknown",
                        "detail": "No such customer.",
                    }
                ],
            },
        ]
    }
)  # fmt: skip
class EventsAnswer(serializers.Serializer[object]):
    """An answer for every event, in the order they were sent."""

    results = EventResult(many=True)


@example(
    {
        "event_id": "app-2026-000017", "kind": "application", "occurred_at": AT,
        "received_at": AT, "amount_cents": 500_000,
        "device_id": "dev_mfzwizltoq2dmnzygezdgnbvgy", "detail": {"product": "flex-credit"},
    }
)  # fmt: skip
class EventAnswer(serializers.Serializer[object]):
    """Phones, addresses and the like are kept as fingerprints only and are not shown."""

    event_id = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    amount_cents = serializers.IntegerField(allow_null=True, help_text="of a limit: the new one")
    device_id = serializers.CharField(allow_null=True)
    detail = serializers.DictField()


class EventsView(ApiView):
    required_scopes = {"POST": "events:write"}
    is_create = False  # an event's own id is its key

    @extend_schema(
        operation_id="events_report", request=EventsRequest, responses={200: EventsAnswer}
    )
    def post(self, request: Request) -> Response:
        """Reports up to a thousand events; each answers for itself.

        An event counts once by its id: sent again it is answered as the first time, and nothing
        happens. The same id with another content is refused as `event_conflict`. What belongs to
        one kind only says so; every other kind refuses it.
        """
        given = self.checked(EventsRequest)["events"]
        answers = taking.receive(
            events=[_given(item) for item in given], source=SOURCE,
            actor=calling_client(request), at=clock.now(),
        )  # fmt: skip
        return Response({"results": [_result(answer) for answer in answers]})


class EventFilters(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=[(kind, kind) for kind in KINDS])
    occurred_from = MomentFilter()
    occurred_before = MomentFilter()


class CustomerEventsView(ApiView):
    required_scopes = {"GET": "events:read"}
    filters = EventFilters

    @extend_schema(operation_id="events_list", responses=EventAnswer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        """A customer's events, newest first by their own time."""
        wanted = _wanted(request, customers.resolve_id(customer_id))
        pagination = KeysetPagination()
        rows = pagination.paginate(
            request,
            lambda after, count: events_log.older_than(_place(after), wanted=wanted, limit=count),
            lambda row: f"{row.occurred_at.isoformat()}/{row.pk}",
        )
        return pagination.get_paginated_response([_shown(row) for row in rows])


def _given(item: Any) -> GivenEvent:
    """An item that is no object has nothing of an event, and is refused like one."""
    known = item if isinstance(item, dict) else {}
    common = {name: known.get(name) for name in COMMON}
    fields = {name: value for name, value in known.items() if name not in COMMON}
    return GivenEvent(**common, fields=fields)


def _result(answer: ItemAnswer) -> dict[str, Any]:
    """A duplicate is answered as it was the first time."""
    is_refused = answer.status is ItemStatus.REFUSED
    return {
        "event_id": answer.event_id or None,
        "status": (ItemStatus.REFUSED if is_refused else ItemStatus.ACCEPTED).value,
        "errors": [
            {"pointer": fault.pointer, "code": fault.code, "detail": str(fault.detail)}
            for fault in answer.faults
        ],
    }


def _wanted(request: Request, customer_id: int) -> events_log.Wanted:
    given = asked(request, EventFilters, events_log.nothing()).form.cleaned_data
    return events_log.Wanted(
        customer_ids=[customer_id],
        kinds=[EventKind(given["kind"])] if given["kind"] else tuple(EventKind),
        since=given["occurred_from"],
        before=given["occurred_before"],
    )


def _place(after: str | None) -> events_log.Place | None:
    """Raises: ValueError."""
    if after is None:
        return None
    moment, _slash, row_id = after.partition("/")
    return dt.datetime.fromisoformat(moment), int(row_id)


def _shown(row: Any) -> dict[str, Any]:
    return {
        "event_id": row.event_id,
        "kind": row.kind,
        "occurred_at": row.occurred_at,
        "received_at": row.received_at,
        "amount_cents": row.amount_cents,
        "device_id": row.device.public_id if row.device else None,
        "detail": row.detail,
    }
