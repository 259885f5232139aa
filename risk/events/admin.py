"""The log in the console: newest first by the events' own time, read-only."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.customers import queries as customers
from backoffice.console.labels import page_link
from backoffice.console.lists import KeysetAdmin, KeysetChangeList
from backoffice.console.story import Section, register_section
from backoffice.lib import clock, money
from risk.events import queries
from risk.events.facts import EventKind
from risk.events.models import Event
from risk.events.words import said_words

_PERIODS = {
    "1": _("Last 24 hours"), "7": _("Last 7 days"), "30": _("Last 30 days"),
    "90": _("Last 90 days"), "365": _("Last 365 days"),
}  # fmt: skip
_ON_THE_CUSTOMERS_PAGE = 10
_CUSTOMERS_AT_MOST = 20  # that one phone or name may find


class PeriodFilter(admin.SimpleListFilter):
    """How far back: a fixed choice, which leaves the months before it alone."""

    title = _("occurred")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(_PERIODS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset  # the list reads its pages itself


class EventChangeList(KeysetChangeList):
    """Pages in the order of the events' own time, read kind by kind: see `queries`."""

    def _page(self, after: int | None, before: int | None) -> tuple[list[Model], bool, bool]:
        size = self.list_per_page
        if self.query and (found := queries.by_event_id(self.query)):
            return [found], False, False
        wanted = self._wanted()
        place = queries.place_of(before) if before is not None else None
        if place is not None:
            rows = queries.newer_than(place, wanted=wanted, limit=size + 1)
            return [*rows[-size:]], True, len(rows) > size
        place = queries.place_of(after) if after is not None else None
        rows = queries.older_than(place, wanted=wanted, limit=size + 1)
        return [*rows[:size]], len(rows) > size, place is not None

    def _wanted(self) -> queries.Wanted:
        kind, days = self.params.get("kind__exact"), self.params.get("days")
        found = customers.find(self.query)[:_CUSTOMERS_AT_MOST] if self.query else None
        return queries.Wanted(
            customer_ids=None if found is None else [customer.pk for customer in found],
            kinds=[EventKind(kind)] if kind in set(EventKind) else tuple(EventKind),
            since=clock.now() - dt.timedelta(days=int(days)) if days in _PERIODS else None,
        )


@admin.register(Event)
class EventAdmin(KeysetAdmin):
    list_display = (
        "event_id", "kind", "customer_link", "occurred_at", "amount", "said", "received_at",
    )  # fmt: skip
    list_filter = ("kind", PeriodFilter)
    list_select_related = ("customer", "device")
    search_fields = ("event_id",)
    search_help_text = _("Exact event id, or a customer's reference, id, name, phone …")
    searches_personal_data = True
    fields = (
        "event_id", "kind", "customer_link", "occurred_at", "received_at", "amount", "device_link",
        "said",
    )  # fmt: skip
    readonly_fields = fields

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[KeysetChangeList]:
        return EventChangeList

    def find(self, queryset: QuerySet[Event], text: str) -> QuerySet[Event]:
        return queryset  # the list reads its pages itself

    @display(description=_("amount"))
    def amount(self, event: Event) -> str:
        return money.display(event.amount_cents)

    @display(description=_("device"))
    def device_link(self, event: Event) -> SafeString | str:
        if event.device is None:
            return "—"
        return page_link("risk_device", event.device_id, event.device.public_id)

    @display(description=_("details"))
    def said(self, event: Event) -> str:
        return said_words(event.detail)


def _events(customer_id: int, public_id: str) -> dict[str, Any]:
    wanted = queries.Wanted(customer_ids=[customer_id])
    rows = queries.older_than(None, wanted=wanted, limit=_ON_THE_CUSTOMERS_PAGE + 1)
    return {
        "events": [
            {"row": row, "amount": money.display(row.amount_cents), "said": said_words(row.detail)}
            for row in rows[:_ON_THE_CUSTOMERS_PAGE]
        ],
        "has_more": len(rows) > _ON_THE_CUSTOMERS_PAGE,
        "public_id": public_id,
    }


register_section(
    Section("events", 375, "risk.view_event", _("Events"), "customers/events.html", _events)
)
