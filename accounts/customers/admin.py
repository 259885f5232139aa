"""Customers in the console: found by fingerprint, shown masked, revealed with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.customers import queries, sealing, services
from accounts.customers.facts import SEALED_FIELDS
from accounts.customers.models import Customer
from accounts.customers.rules import masked
from backoffice.console.actions import Given, ReasonForm, reasoned, shown_once
from backoffice.console.labels import shortened
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section, sections
from compliance.ledger import queries as ledger
from compliance.ledger.callers import signed
from compliance.reasons import queries as reasons

FIELD_LABELS = {
    "legal_name": _("legal name"), "id_number": _("ID number"), "birth_date": _("date of birth"),
    "phone": _("phone"), "email": _("e-mail"), "address": _("address"), "employer": _("employer"),
}  # fmt: skip
TIMELINE_LENGTH = 40
REASON_WORDS_AT_MOST = 40


class RevealForm(ReasonForm):
    fields_wanted = forms.MultipleChoiceField(
        label=_("What do you need to see?"),
        choices=[(name, FIELD_LABELS[name]) for name in SEALED_FIELDS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    field_order = ("fields_wanted", "reason")


@admin.register(Customer)
class CustomerAdmin(KeysetAdmin):
    list_display = ("reference", "name_masked", "phone_masked", "employment_status", "created_at")
    search_fields = ("reference",)
    searches_personal_data = True
    search_help_text = _("Exact reference, customer id, name, phone, ID number or e-mail")
    change_form_template = "customers/story.html"
    actions_detail = ("reveal",)

    def find(self, queryset: QuerySet[Customer], text: str) -> QuerySet[Customer]:
        return queryset & queries.find(text)

    @display(description=_("name"))
    def name_masked(self, customer: Customer) -> str:
        return masked("legal_name", sealing.opened(customer, "legal_name"))

    @display(description=_("phone"))
    def phone_masked(self, customer: Customer) -> str:
        return masked("phone", sealing.opened(customer, "phone"))

    def page(self, request: HttpRequest, row: Customer) -> dict[str, Any]:
        profile = queries.masked_profile(row)
        return {
            "customer": row,
            "consents": list(queries.consents(customer_id=row.pk)[:6]),
            "profile": [(FIELD_LABELS[name], getattr(profile, name)) for name in SEALED_FIELDS],
            "sections": sections(request, customer_id=row.pk, public_id=row.public_id),
        }

    @reasoned(
        _("Show personal data"), icon="visibility", permission="accounts.reveal_customer",
        form=RevealForm,
        about=_("What you see here is recorded with your name and reason."),
        button=_("Show"),
    )  # fmt: skip
    def reveal(self, request: HttpRequest, customer: Customer, given: Given) -> HttpResponse:
        shown = services.reveal(
            public_id=customer.public_id,
            fields=given["fields_wanted"],
            reason=given["reason"],
            **signed(request),
        )
        values = [(FIELD_LABELS[name], value or "—") for name, value in shown.items()]
        return shown_once(request, "customers/revealed.html", values=values)


def _timeline(customer_id: int, public_id: str) -> dict[str, Any]:
    entries = ledger.about(subject=("customer", public_id), limit=TIMELINE_LENGTH)
    return {
        "entries": entries,
        "words": _reason_words(entries),
        "names": ledger.actor_names(entry.actor for entry in entries),
    }


def _reason_words(entries: list[Any]) -> dict[str, str]:
    """Code to first words of the reasons these entries name: people do not read codes."""
    codes: set[str] = set()
    for entry in entries:
        codes.update(entry.detail.get("reason_codes") or [], [entry.detail.get("reason_code")])
    language = get_language() or "zh-hans"
    found = reasons.reasons(codes=codes - {None}, language=language)
    return {one.code: shortened(one.text, at_most=REASON_WORDS_AT_MOST) for one in found}


register_section(
    Section(
        "timeline",
        900,
        "accounts.view_customer",
        _("Timeline"),
        "customers/timeline.html",
        _timeline,
    )
)
