"""Decisions and campaigns in the console."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access import queries as access
from accounts.customers import queries as customers
from backoffice.console.actions import ReasonForm, carry_out
from backoffice.console.labels import (
    coloured,
    page_link,
    product_name,
    shortened,
)
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from backoffice.lib import clock
from compliance.ledger import queries as ledger_queries
from compliance.ledger import services as ledger
from compliance.ledger.callers import calling_staff
from compliance.ledger.words import actor_words
from compliance.reasons import queries as reasons
from risk.decisions import campaigns, queries, services
from risk.decisions.models import Campaign, Decision, DecisionTrigger
from risk.policies import screens
from risk.signals.catalogue import SIGNALS
from risk.signals.words import value_words

DAYS_SHOWN = 14


class _ProductForm(ReasonForm):
    product = forms.ChoiceField(label=_("Product"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["product"].choices = [
            (product.code, product_name(product)) for product in access.products()
        ]
        for name in ("customer", "product"):  # a customer's page opens the dialog about itself
            if name in self.fields and name in self.request.GET:
                self.fields[name].initial = self.request.GET[name]


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
            ngettext(
                "%(count)s customer is decided again under the live policy.",
                "%(count)s customers are decided again under the live policy.",
                total,
            )
            % {"count": total},
            _now("Whoever's access changes is told at once."),
        ]


@admin.register(Decision)
class DecisionAdmin(KeysetAdmin):
    list_display = (
        "public_id", "customer_link", "product_label", "state_label", "effective_label",
        "trigger", "policy_link", "decided_at",
    )  # fmt: skip
    searches_personal_data = True
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

    @display(description=_("customer"))
    def customer_link(self, decision: Decision) -> SafeString:
        return page_link("accounts_customer", decision.customer_id, decision.customer.reference)

    @display(description=_("product"))
    def product_label(self, decision: Decision) -> str:
        return product_name(decision.product)

    @display(description=_("policy"))
    def policy_link(self, decision: Decision) -> SafeString:
        version = decision.policy_version
        name = f"{shortened(version.title, at_most=20)} v{version.number}"
        return page_link("risk_policyversion", version.pk, name)

    @display(description=_("outcome"))
    def state_label(self, decision: Decision) -> SafeString:
        return coloured(decision.state, decision.get_state_display())

    @display(description=_("effective then"))
    def effective_label(self, decision: Decision) -> SafeString:
        return coloured(decision.effective_state, decision.get_effective_state_display())

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
        "public_id", "product_label", "state_label", "progress", "customers_failed", "starter",
        "started_at", "finished_at",
    )  # fmt: skip
    list_select_related = ("product", "policy_version")
    fields = (
        "product_label", "policy_link", "state_label", "progress", "customers_failed", "note",
        "reference_prefix", "starter", "started_at", "finished_at",
    )  # fmt: skip
    readonly_fields = fields
    list_filter = ("state",)
    actions_list = ("start_campaign",)

    def prepare(self, rows: list[Any]) -> None:
        names = ledger_queries.actor_names(row.started_by for row in rows)
        for row in rows:
            row.names = names

    @display(description=_("product"))
    def product_label(self, campaign: Campaign) -> str:
        return product_name(campaign.product)

    @display(description=_("policy version"))
    def policy_link(self, campaign: Campaign) -> SafeString:
        version = campaign.policy_version
        return page_link("risk_policyversion", version.pk, f"{version.title} v{version.number}")

    @display(description=_("started by"))
    def starter(self, campaign: Any) -> str:
        names = getattr(campaign, "names", None)
        if names is None:
            names = ledger_queries.actor_names([campaign.started_by])
        return actor_words(campaign.started_by, names)

    @display(description=_("state"))
    def state_label(self, campaign: Campaign) -> SafeString:
        return coloured(campaign.state, campaign.get_state_display())

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
            "description": _("Runs in the background; several customers a second, shown here."),
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
    """A decision as people read it: outcome, reasons, facts, tables coloured by what matched."""
    facts, answer = json.loads(decision.facts), json.loads(decision.answer)
    language = get_language() or "zh-hans"
    return {
        "decision": decision,
        "answer": answer,
        "rate": Decimal(answer["terms"]["annual_rate"]) if answer["terms"] else None,
        "actor_name": actor_words(decision.actor, ledger_queries.actor_names([decision.actor])),
        "signals": [
            {
                "name": name,
                "label": SIGNALS[name].label,
                "text": value_words(SIGNALS[name], value),
                "is_stale": name in facts["stale"],
            }
            for name, value in facts["signals"].items()
            if name in SIGNALS
        ],
        "reasons": reasons.reasons(codes=answer["reason_codes"], language=language),
        "tables": screens.traced_tables(decision.policy_version.content, answer["trace"]),
    }


def _decisions(customer_id: int, public_id: str) -> dict[str, Any]:
    rows = queries.decisions().filter(customer_id=customer_id)[:10]
    return {
        "decisions": list(rows),
        "products": list(access.products()),
        "public_id": public_id,
    }


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
