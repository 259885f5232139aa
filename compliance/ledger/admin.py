"""The ledger in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.console.lists import KeysetAdmin
from compliance.ledger.models import LedgerEntry
from compliance.ledger.words import action_words, actor_words, detail_words


@admin.register(LedgerEntry)
class LedgerEntryAdmin(KeysetAdmin):
    list_display = (
        "occurred_at",
        "actor",
        "what",
        "subject_kind",
        "subject_id",
        "reason",
        "details",
    )
    search_fields = ("subject_id",)
    search_help_text = _("Exact id of the subject: a customer, switch, policy, campaign")

    def find(self, queryset: QuerySet[LedgerEntry], text: str) -> QuerySet[LedgerEntry]:
        kinds = ("customer", "switch", "policy", "campaign", "reason", "staff", "import", "product")
        return queryset.filter(subject_kind__in=kinds, subject_id=text)

    @display(description=_("who"))
    def actor(self, entry: LedgerEntry) -> str:
        return actor_words(entry.actor_kind, entry.actor_id)

    @display(description=_("what"))
    def what(self, entry: LedgerEntry) -> Any:
        return action_words(entry.action)

    @display(description=_("details"))
    def details(self, entry: LedgerEntry) -> str:
        return detail_words(entry.detail)
