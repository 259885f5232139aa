"""Notices and their deliveries in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.console.dashboard import Tile, register_tile
from backoffice.console.labels import STATE_COLOURS
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from compliance.notices import queries
from compliance.notices.models import Delivery, DeliveryState, Notice

COUNT_AT_MOST = 10_000


@admin.register(Notice)
class NoticeAdmin(KeysetAdmin):
    list_display = ("public_id", "recipient", "title", "queued_at", "read_at")
    search_fields = ("recipient",)
    search_help_text = _("Exact customer id or notice id")
    change_form_template = "notices/notice.html"

    def find(self, queryset: QuerySet[Notice], text: str) -> QuerySet[Notice]:
        return queryset.filter(**{"public_id" if text.startswith("not_") else "recipient": text})

    @display(description=_("title"))
    def title(self, notice: Notice) -> str:
        return str(TEMPLATE_TITLES.get(notice.template, notice.template))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        notice = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if notice is not None:
            language = get_language() or "zh-hans"
            shown = {
                "notice": notice,
                "message": queries.rendered(notice, language=language),
                "deliveries": list(queries.deliveries().filter(notice=notice)),
            }
        context = {**(extra_context or {}), **shown}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page


@admin.register(Delivery)
class DeliveryAdmin(KeysetAdmin):
    list_display = (
        "notice",
        "channel",
        "state_label",
        "attempts",
        "due_at",
        "finished_at",
        "failure",
    )
    list_filter = ("state", "channel")
    list_select_related = ("notice",)

    @display(description=_("state"), label=STATE_COLOURS)
    def state_label(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()


TEMPLATE_TITLES: dict[str, Any] = {
    "access_open": _("Access opened"),
    "access_limited": _("Access limited"),
    "access_closed": _("Access closed"),
}


def queues() -> dict[str, Any]:
    failed = Delivery.objects.filter(state=DeliveryState.FAILED)[:COUNT_AT_MOST].count()
    waiting = queries.unfinished_deliveries(at_most=COUNT_AT_MOST)
    page = reverse("admin:compliance_delivery_changelist")
    return {
        "rows": [
            {"label": _now("notices waiting to be sent"), "value": waiting,
             "href": f"{page}?state__exact=queued"},
            {"label": _now("notices that could not be sent"), "value": failed,
             "href": f"{page}?state__exact=failed"},
        ]
    }  # fmt: skip


def _notices(customer_id: int, public_id: str) -> dict[str, Any]:
    language = get_language() or "zh-hans"
    rows = list(queries.inbox(recipient=public_id)[:8])
    return {"notices": [(row, queries.rendered(row, language=language)) for row in rows]}


register_tile(
    Tile(
        "queues",
        30,
        "compliance.view_delivery",
        _("Queues"),
        _("Counted up to 10,000. Waiting ones are sent within seconds by the worker."),
        "console/tile_list.html",
        queues,
    )
)
register_section(
    Section(
        "notices",
        500,
        "compliance.view_notice",
        _("What they were told"),
        "customers/notices.html",
        _notices,
    )
)
