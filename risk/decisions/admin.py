"""Decisions in the console."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.access import queries as access
from accounts.customers import queries as customers
from backoffice.console.actions import Given, reasoned
from backoffice.console.labels import (
    coloured,
)
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from compliance.ledger import services as ledger
from compliance.ledger.callers import named, signed
from compliance.reasons import queries as reasons
from risk.decisions import queries, services
from risk.decisions.forms import DecideForm
from risk.decisions.models import Decision, DecisionTrigger
from risk.policies import screens
from risk.signals.catalogue import SIGNALS
from risk.signals.words import value_words


@admin.register(Decision)
class DecisionAdmin(KeysetAdmin):
    list_display = (
        "public_id", "customer_link", "product_label", "state_label", "effective_label",
        "trigger", "policy_link", "decided_at",
    )  # fmt: skip
    searches_personal_data = True
    list_filter = ("state", "trigger")
    list_select_related = ("customer", "product", "policy_version")
    list_deferred = ("facts", "answer", "policy_version__content")
    search_fields = ("public_id",)
    search_help_text = _("Exact decision id, or a customer's reference, id, name, phone …")
    change_form_template = "decisions/decision.html"
    actions_list = ("decide_now",)

    def find(self, queryset: QuerySet[Decision], text: str) -> QuerySet[Decision]:
        if text.startswith("dec_"):
            return queryset.filter(public_id=text)
        return queryset.filter(customer__in=customers.find(text))

    @display(description=_("policy"))
    def policy_link(self, decision: Decision) -> SafeString:
        return screens.version_link(decision.policy_version)

    @display(description=_("outcome"))
    def state_label(self, decision: Decision) -> SafeString:
        return coloured(decision.state, decision.get_state_display())

    @display(description=_("effective then"))
    def effective_label(self, decision: Decision) -> SafeString:
        return coloured(decision.effective_state, decision.get_effective_state_display())

    def page(self, request: HttpRequest, row: Decision) -> dict[str, Any]:
        return _explained(row)

    @reasoned(
        _("Decide now"), icon="gavel", permission="risk.decide_customer", form=DecideForm,
        title=_("Decide one customer now"),
        about=_("The live policy is applied; access follows and the customer is told."),
        button=_("Decide"), done=_("Decided."),
    )  # fmt: skip
    def decide_now(self, request: HttpRequest, given: Given) -> None:
        by = signed(request)
        decided = services.decide(
            customer_public_id=given["customer"],
            product_code=given["product"],
            trigger=DecisionTrigger.OPERATOR,
            **by,
        )
        ledger.record(
            actor=by["actor"], action="decision.requested", subject=("customer", given["customer"]),
            reason=given["reason"], detail={"decision": decided.public_id},
        )  # fmt: skip


def _explained(decision: Decision) -> dict[str, Any]:
    """A decision as people read it: outcome, reasons, facts, tables coloured by what matched."""
    facts, answer = json.loads(decision.facts), json.loads(decision.answer)
    language = get_language() or "zh-hans"
    return {
        "decision": decision,
        "answer": answer,
        "rate": Decimal(answer["terms"]["annual_rate"]) if answer["terms"] else None,
        "actor_name": named(decision.actor),
        "signals": [
            {
                "name": name,
                "label": SIGNALS[name].label,
                "text": value_words(
                    SIGNALS[name], value, is_capped=name in facts.get("capped", ())
                ),
                "is_stale": name in facts["stale"],
            }
            for name, value in facts["signals"].items()
            if name in SIGNALS
        ],
        "reasons": reasons.reasons(codes=answer["reason_codes"], language=language),
        "tables": screens.traced_tables(decision.policy_version.content, answer["trace"]),
    }


def _decisions(customer_id: int, public_id: str) -> dict[str, Any]:
    rows = queries.decisions().filter(customer_id=customer_id)
    return {
        "decisions": list(rows.defer(*DecisionAdmin.list_deferred)[:10]),
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
