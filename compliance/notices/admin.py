"""Notices and their deliveries in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant

from backoffice.console.actions import Given, reasoned
from backoffice.console.dashboard import Tile, register_tile
from backoffice.console.labels import found_link, page_link
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from compliance.ledger.callers import signed
from compliance.notices import queries, services
from compliance.notices.models import Delivery, DeliveryState, Notice

COUNT_AT_MOST = 10_000


@admin.register(Notice)
class NoticeAdmin(KeysetAdmin):
    list_display = ("title", "recipient_link", "queued_at", "read_at", "public_id")
    search_fields = ("recipient",)
    search_help_text = _("Exact customer id or notice id")
    change_form_template = "notices/notice.html"

    def find(self, queryset: QuerySet[Notice], text: str) -> QuerySet[Notice]:
        return queryset.filter(**{"public_id" if text.startswith("not_") else "recipient": text})

    @display(description=_("customer"))
    def recipient_link(self, notice: Notice) -> SafeString:
        return found_link("accounts_customer", notice.recipient)

    @display(description=_("title"))
    def title(self, notice: Notice) -> str:
        return str(TEMPLATE_TITLES.get(notice.template, notice.template))

    def page(self, request: HttpRequest, row: Notice) -> dict[str, Any]:
        return {
            "notice": row,
            "message": queries.rendered(row, language=get_language() or "zh-hans"),
            "deliveries": list(queries.deliveries().filter(notice=row)),
        }


@admin.register(Delivery)
class DeliveryAdmin(KeysetAdmin):
    list_display = (
        "told", "recipient_link", "channel", "state_label", "attempts", "due_at", "finished_at",
        "failure",
    )  # fmt: skip
    list_filter = ("state", "channel")
    list_select_related = ("notice",)
    fields = (
        "notice_link", "recipient_link", "channel", "state_label", "attempts", "due_at",
        "finished_at", "failure",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("send_again",)

    def possible_actions(self, row: Delivery) -> set[str]:
        return {"send_again"} if row.state == DeliveryState.FAILED else set()

    @display(description=_("notice"))
    def told(self, delivery: Delivery) -> str:
        return str(TEMPLATE_TITLES.get(delivery.notice.template, delivery.notice.template))

    @display(description=_("notice"))
    def notice_link(self, delivery: Delivery) -> SafeString:
        return page_link("compliance_notice", delivery.notice_id, self.told(delivery))

    @display(description=_("customer"))
    def recipient_link(self, delivery: Delivery) -> SafeString:
        return found_link("accounts_customer", delivery.notice.recipient)

    @reasoned(
        _("Send again"), icon="replay", permission="compliance.retry_delivery",
        variant=ActionVariant.PRIMARY,
        title=_("Send this notice again"),
        about=_("A new set of attempts begins at once, with the same text."),
        done=_("The notice is queued again."),
    )  # fmt: skip
    def send_again(self, request: HttpRequest, delivery: Delivery, given: Given) -> None:
        services.retry(delivery_id=delivery.pk, note=given["reason"], **signed(request))


TEMPLATE_TITLES: dict[str, Any] = {
    "access_open": _("Access opened"),
    "access_limited": _("Access limited"),
    "access_closed": _("Access closed"),
    "identity_question": _("Question about identity"),
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
