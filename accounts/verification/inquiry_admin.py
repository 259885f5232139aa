"""Questions to a bureau or an identity provider in the console: how far each one came."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.customers import queries as customers
from accounts.verification.facts import InquiryState
from accounts.verification.inquiry_models import Inquiry
from backoffice.console.lists import KeysetAdmin

FAILURES = {
    "timeout": _("no answer in time"), "unreachable": _("could not be reached"),
    "garbage": _("an answer nobody can read"), "breaker_open": _("paused after failures"),
    "not_configured": _("no longer configured"), "not_recorded": _("could not be recorded"),
    "consent_withdrawn": _("consent withdrawn"), "worker_lost": _("every attempt was cut off"),
}  # fmt: skip


@admin.register(Inquiry)
class InquiryAdmin(KeysetAdmin):
    list_display = (
        "public_id", "customer_link", "kind", "state_label", "attempts", "failure_label",
        "requested_at", "finished_at",
    )  # fmt: skip
    list_filter = ("state", "kind")
    list_select_related = ("customer",)
    search_fields = ("customer",)
    searches_personal_data = True
    search_help_text = _("Exact reference, customer id, name, phone, ID number or e-mail")
    readonly_fields = fields = (
        "customer_link", "kind", "state_label", "attempts", "failure_label", "requested_at",
        "due_at", "finished_at",
    )  # fmt: skip

    def find(self, queryset: QuerySet[Inquiry], text: str) -> QuerySet[Inquiry]:
        return queryset.filter(customer__in=customers.find(text))

    def get_fields(self, request: HttpRequest, obj: Inquiry | None = None) -> tuple[str, ...]:
        is_waiting = obj is not None and obj.state == InquiryState.QUEUED
        return tuple(name for name in self.fields if is_waiting or name != "due_at")

    @display(description=_("last failure"))
    def failure_label(self, row: Inquiry) -> str:
        if row.failure.startswith("status_"):
            return _now("answered with status %(status)s") % {
                "status": row.failure.removeprefix("status_")
            }
        return str(FAILURES.get(row.failure, row.failure)) or "—"
