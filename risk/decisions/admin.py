"""Decisions and campaigns in the console."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access import queries as access
from accounts.customers import queries as customers
from backoffice.console.actions import ReasonForm, carry_out
from backoffice.console.dashboard import STACKED_OPTIONS, Tile, chart, register_tile
from backoffice.console.labels import CHART_COLOURS, STATE_COLOURS
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from backoffice.lib import clock
from compliance.ledger import services as ledger
from compliance.ledger.callers import calling_staff
from compliance.reasons import queries as reasons
from risk.decisions import campaigns, queries, services
from risk.decisions.models import Campaign, Decision, DecisionTrigger
from risk.policies import screens
from risk.signals.catalogue import SIGNALS

DAYS_SHOWN = 14


class _ProductForm(ReasonForm):
    product = forms.ChoiceField(label=_("Product"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        codes = access.products().values_list("code", flat=True)
        self.fields["product"].choices = [(code, code) for code in codes]


class DecideForm(_ProductForm):
    customer = forms.CharField(
        label=_("Customer"), max_length=64, widget=UnfoldAdminTextInputWidget,
        help_text=_("Exact reference or customer id"),
    )  # fmt: skip
    field_order = ("customer", "product", "reason")

    def clean_customer(self) -> str:
        found = customers.find(self.cleaned_data["customer"]).first()
        if found is None:
            raise forms.ValidationError(_("No such customer."))
        return found.public_id


class CampaignForm(_ProductForm):
    field_order = ("product", "reason")

    def blast_radius(self) -> Sequence[str]:
        total, _end = campaigns.extent()
        return [
            _now("%(count)s customers are decided again under the live policy.") % {"count": total},
            _now("Whoever's access changes is told at once."),
        ]


@admin.register(Decision)
class DecisionAdmin(KeysetAdmin):
    list_display = (
        "public_id", "customer", "product", "state_label", "effective_label", "trigger",
        "decided_at",
    )  # fmt: skip
    list_filter = ("state", "trigger")
    list_select_related = ("customer", "product", "policy_version")
    search_fields = ("public_id",)
    search_help_text = _("Exact decision id, or a customer's reference, id, name, phone …")
    change_form_template = "decisions/decision.html"
    actions_list = ("decide_now",)

    def find(self, queryset: QuerySet[Decision], text: str) -> QuerySet[Decision]:
        if text.startswith("dec_"):
            return queryset.filter(public_id=text)
        return queryset.filter(customer__in=customers.find(text))

    @display(description=_("outcome"), label=STATE_COLOURS)
    def state_label(self, decision: Decision) -> tuple[str, str]:
        return decision.state, decision.get_state_display()

    @display(description=_("effective then"), label=STATE_COLOURS)
    def effective_label(self, decision: Decision) -> tuple[str, str]:
        return decision.effective_state, decision.get_effective_state_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        decision = self.get_object(request, object_id)
        shown = _explained(decision) if decision is not None else {}
        context = {**(extra_context or {}), **shown}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(
        description=_("Decide now"),
        icon="gavel",
        permissions=["risk.decide_customer"],
        dialog={
            "title": _("Decide one customer now"),
            "description": _(
                "The live policy is applied; access follows and the customer is told."
            ),
            "form_class": DecideForm,
            "form_submit_text": _("Decide"),
        },
    )
    def decide_now(self, request: HttpRequest, form: DecideForm) -> HttpResponse:
        given, actor = form.cleaned_data, calling_staff(request)

        def verb() -> None:
            decided = services.decide(
                customer_public_id=given["customer"],
                product_code=given["product"],
                trigger=DecisionTrigger.OPERATOR,
                actor=actor,
                at=clock.now(),
            )
            ledger.record(
                actor=actor, action="decision.requested", subject=("customer", given["customer"]),
                reason=given["reason"], detail={"decision": decided.public_id},
            )  # fmt: skip

        return carry_out(
            request,
            verb=verb,
            done=_now("Decided."),
            back_to=reverse("admin:risk_decision_changelist"),
        )


@admin.register(Campaign)
class CampaignAdmin(KeysetAdmin):
    list_display = (
        "public_id", "product", "state_label", "progress", "customers_failed", "started_at",
        "finished_at",
    )  # fmt: skip
    list_select_related = ("product",)
    list_filter = ("state",)
    actions_list = ("start_campaign",)

    @display(description=_("state"), label=STATE_COLOURS)
    def state_label(self, campaign: Campaign) -> tuple[str, str]:
        return campaign.state, campaign.get_state_display()

    @display(description=_("progress"))
    def progress(self, campaign: Campaign) -> str:
        total = max(campaign.customers_total, 1)
        share = 100 * campaign.customers_done // total
        return f"{campaign.customers_done} / {campaign.customers_total} ({share} %)"

    @action(
        description=_("Apply the live policy to everybody"),
        icon="campaign",
        permissions=["risk.start_campaign"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": _("Apply the live policy to everybody"),
            "description": "",
            "form_class": CampaignForm,
            "form_submit_text": _("Start"),
        },
    )
    def start_campaign(self, request: HttpRequest, form: CampaignForm) -> HttpResponse:
        return carry_out(
            request,
            verb=lambda: campaigns.start(
                product_code=form.cleaned_data["product"],
                note=form.cleaned_data["reason"],
                actor=calling_staff(request),
                at=clock.now(),
            ),
            done=_now("The campaign has started; the worker is at it."),
            back_to=reverse("admin:risk_campaign_changelist"),
        )


def _explained(decision: Decision) -> dict[str, Any]:
    """A decision as people read it: facts, tables coloured by what matched, reasons."""
    facts, answer = json.loads(decision.facts), json.loads(decision.answer)
    language = get_language() or "zh-hans"
    return {
        "decision": decision,
        "answer": answer,
        "signals": [
            (SIGNALS[name].label, name, value, name in facts["stale"])
            for name, value in facts["signals"].items()
            if name in SIGNALS
        ],
        "reasons": reasons.reasons(codes=answer["reason_codes"], language=language),
        "tables": screens.traced_tables(decision.policy_version.content, answer["trace"]),
    }


def decisions_today() -> dict[str, Any]:
    """Decisions since midnight in the lender's time zone."""
    today = clock.business_date(clock.now())
    midnight = dt.datetime.combine(today, dt.time(), tzinfo=clock.business_zone())
    rows = dict(
        Decision.objects.filter(decided_at__gte=midnight)
        .values_list("state")
        .annotate(Count("id"))
        .order_by()
    )
    names = (("OPEN", _now("open")), ("LIMITED", _now("limited")), ("CLOSED", _now("closed")))
    return {
        "number": sum(rows.values()),
        "href": reverse("admin:risk_decision_changelist"),
        "detail": " · ".join(f"{name} {rows.get(state, 0)}" for state, name in names),
    }


def decisions_by_day() -> dict[str, Any]:
    since = clock.now() - dt.timedelta(days=DAYS_SHOWN)
    rows = (
        Decision.objects.filter(decided_at__gte=since)
        .annotate(day=TruncDate("decided_at", tzinfo=clock.business_zone()))
        .values_list("day", "state")
        .annotate(count=Count("id"))
        .order_by("day")
    )
    counts = {(day, state): count for day, state, count in rows}
    days = sorted({day for day, _state in counts})
    names = {"OPEN": _now("open"), "LIMITED": _now("limited"), "CLOSED": _now("closed")}
    series = [
        (names[state], [counts.get((day, state), 0) for day in days], colour)
        for state, colour in CHART_COLOURS.items()
    ]
    labels = [day.strftime("%m-%d") for day in days]
    return {"chart": chart(labels, series) if days else "", "options": STACKED_OPTIONS}


def running_campaigns() -> dict[str, Any]:
    rows = [
        {
            "label": campaign.product.code,
            "value": f"{campaign.customers_done} / {campaign.customers_total}",
            "href": reverse("admin:risk_campaign_changelist"),
        }
        for campaign in queries.campaigns().filter(state="running")[:5]
    ]
    return {"rows": rows, "empty": _now("No campaign is running.")}


def _decisions(customer_id: int, public_id: str) -> dict[str, Any]:
    rows = queries.decisions().filter(customer_id=customer_id)[:10]
    return {"decisions": list(rows)}


register_tile(
    Tile(
        "decisions_today",
        10,
        "risk.view_decision",
        _("Decisions today"),
        _("Since midnight; what the policy said, before switches."),
        "console/tile_number.html",
        decisions_today,
    )
)
register_tile(
    Tile(
        "campaigns",
        40,
        "risk.view_campaign",
        _("Campaigns running"),
        _("Live policies being applied to every customer by the worker."),
        "console/tile_list.html",
        running_campaigns,
    )
)
register_tile(
    Tile(
        "decisions_by_day",
        120,
        "risk.view_decision",
        _("Decisions by day"),
        _("The last 14 days, by what the policy said."),
        "console/tile_chart.html",
        decisions_by_day,
        is_wide=True,
    )
)
register_section(
    Section(
        "decisions",
        400,
        "risk.view_decision",
        _("Decisions"),
        "customers/decisions.html",
        _decisions,
    )
)
