"""Customers to decide again, in the console: who waits, who is held back, who could not be."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant

from accounts.customers import queries as customers
from backoffice.console.actions import Given, reasoned
from backoffice.console.dashboard import Tile, register_tile
from backoffice.console.lists import KeysetAdmin
from compliance.ledger.callers import signed
from risk.signals import rechecks
from risk.signals.models import Recheck, RecheckState

COUNT_AT_MOST = 10_000
PROBLEM_WORDS = {
    "policy_inconclusive": _("The policy gives no clear answer for this customer."),
    "policy_unreadable": _("the policy in force cannot be read"),
    "unexpected": _("an unexpected error, named in the log"),
}


@admin.register(Recheck)
class RecheckAdmin(KeysetAdmin):
    list_display = (
        "customer_link", "state_label", "problem_label", "attempts", "asked_at", "due_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("customer",)
    list_display_links = ("state_label",)
    search_fields = ("customer",)
    search_help_text = _("Exact reference, customer id, name, phone, ID number or e-mail")
    searches_personal_data = True
    fields = list_display
    readonly_fields = fields
    actions_detail = ("decide_again",)

    def find(self, queryset: QuerySet[Recheck], text: str) -> QuerySet[Recheck]:
        return queryset.filter(customer__in=customers.find(text))

    def possible_actions(self, row: Recheck) -> set[str]:
        has_failed = row.state in (RecheckState.FAILED, RecheckState.STUCK)
        return {"decide_again"} if has_failed else set()

    @display(description=_("problem"))
    def problem_label(self, row: Recheck) -> str:
        return str(PROBLEM_WORDS.get(row.problem, row.problem)) or "—"

    @reasoned(
        _("Decide again"), icon="replay", permission="risk.retry_recheck",
        variant=ActionVariant.PRIMARY,
        title=_("Decide this customer again"),
        about=_("A worker decides with what is known now; a new set of attempts begins."),
        done=_("The customer is due now; a worker decides in a moment."),
    )  # fmt: skip
    def decide_again(self, request: HttpRequest, row: Recheck, given: Given) -> None:
        rechecks.retry(customer_id=row.pk, note=given["reason"], **signed(request))


def waiting_customers() -> dict[str, Any]:
    page = reverse("admin:risk_recheck_changelist")
    return {
        "rows": [
            {
                "label": str(state.label),
                "value": Recheck.objects.filter(state=state)[:COUNT_AT_MOST].count(),
                "href": f"{page}?state__exact={state.value}",
            }
            for state in RecheckState
        ]
    }


register_tile(
    Tile(
        "rechecks",
        45,
        "risk.view_recheck",
        _("Customers to decide again"),
        _("Their facts changed. Counted up to 10,000; workers decide within a second."),
        "console/tile_list.html",
        waiting_customers,
    )
)
