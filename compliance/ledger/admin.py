"""The ledger in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.console.labels import found_link, page_link
from backoffice.console.lists import KeysetAdmin
from compliance.ledger.callers import NamesActors
from compliance.ledger.models import LedgerEntry
from compliance.ledger.words import (
    SUBJECTS,
    action_words,
    detail_words,
    subject_words,
)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(NamesActors, KeysetAdmin):
    actor_field = "actor"
    list_display = ("occurred_at", "who", "what", "subject", "reason", "details")
    fields = (
        "occurred_at", "recorded_at", "who", "what", "subject", "reason", "details", "detail",
        "action",
    )  # fmt: skip
    readonly_fields = fields
    search_fields = ("subject_id",)
    search_help_text = _("Exact id of the subject: a customer, switch, policy, campaign")

    def find(self, queryset: QuerySet[LedgerEntry], text: str) -> QuerySet[LedgerEntry]:
        return queryset.filter(subject_kind__in=list(SUBJECTS), subject_id=text)

    @display(description=_("who"))
    def who(self, entry: LedgerEntry) -> str:
        return self.actor_name(entry)

    @display(description=_("what"))
    def what(self, entry: LedgerEntry) -> Any:
        return action_words(entry.action)

    @display(description=_("about"))
    def subject(self, entry: LedgerEntry) -> SafeString:
        kind = subject_words(entry.subject_kind)
        if entry.subject_kind == "customer":
            link = found_link("accounts_customer", entry.subject_id)
        else:
            link = page_link("", "", entry.subject_id)
        return format_html("{}<br>{}", kind, link)

    @display(description=_("details"))
    def details(self, entry: LedgerEntry) -> str:
        return detail_words(entry.detail) or "—"
