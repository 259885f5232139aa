"""Devices in the console, and a customer's neighbourhood on their page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from backoffice.lib import clock
from risk.links import drawing, queries
from risk.links.models import Device
from risk.links.neighbours import SHARED_AT_MOST
from risk.links.words import kinds_text

DEVICES_SHOWN = 10
CUSTOMERS_SHOWN = 50


@admin.register(Device)
class DeviceAdmin(KeysetAdmin):
    list_display = ("public_id", "platform", "customers", "first_seen_at", "last_seen_at")
    list_display_links = ("public_id",)
    search_fields = ("public_id",)
    search_help_text = _("Exact device id")
    change_form_template = "links/device.html"

    def find(self, queryset: QuerySet[Device], text: str) -> QuerySet[Device]:
        return queryset.filter(public_id=text)

    def prepare(self, rows: list[Device]) -> None:
        many = queries.customers_on(rows) if rows else {}
        for device in rows:
            device.many = many[bytes(device.fingerprint)]  # type: ignore[attr-defined]

    @display(description=_("customers"))
    def customers(self, device: Any) -> str:
        return counted(device.many)

    def page(self, request: HttpRequest, row: Device) -> dict[str, Any]:
        (many,) = queries.customers_on([row]).values()
        return {
            "device": row,
            "customers": counted(many),
            "is_hot": many > SHARED_AT_MOST,
            "most": SHARED_AT_MOST,
            "links": queries.links_of_device(row, limit=CUSTOMERS_SHOWN),
            "is_cut": many > CUSTOMERS_SHOWN,
        }


def counted(many: int) -> str:
    """A number; beyond the most that are counted, "more than" it."""
    return str(many) if many <= SHARED_AT_MOST else f"> {SHARED_AT_MOST}"


def _neighbourhood(customer_id: int, public_id: str) -> dict[str, Any]:
    found = queries.neighbourhood(customer_id=customer_id, at=clock.now())
    names = {one.customer_id: drawing.short_name(one.public_id) for one in found.neighbours}
    return {
        "marks": [_row(mark, names) for mark in drawing.marks(found.neighbours)],
        "width": drawing.WIDTH,
        "height": drawing.HEIGHT,
        "middle_x": drawing.WIDTH // 2,
        "middle_y": drawing.HEIGHT // 2,
        "half": drawing.MARK,
        "is_cut": found.is_cut,
        "hot": kinds_text(found.hot),
        "most": SHARED_AT_MOST,
        "devices": queries.devices_of(customer_id=customer_id, limit=DEVICES_SHOWN),
    }


def _row(mark: drawing.Mark, names: dict[int, str]) -> dict[str, Any]:
    one = mark.neighbour
    kinds = kinds_text(one.kinds)
    spoken = ngettext(
        "Customer {name}, {count} step away, shares: {kinds}",
        "Customer {name}, {count} steps away, shares: {kinds}",
        one.hops,
    ).format(name=mark.name, count=one.hops, kinds=kinds)
    if one.is_restricted:
        spoken = gettext("{words}; closed").format(words=spoken)
    return {"mark": mark, "kinds": kinds, "via": names.get(one.via, ""), "spoken": spoken}


register_section(
    Section(
        "links",
        360,
        "risk.view_link",
        _("Linked customers"),
        "customers/links.html",
        _neighbourhood,
    )
)
