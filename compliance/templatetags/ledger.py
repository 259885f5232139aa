"""Ledger entries in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from compliance.ledger.models import LedgerEntry
from compliance.ledger.words import action_words, actor_words, detail_words

register = template.Library()


@register.filter
def action_text(entry: LedgerEntry) -> Any:
    return action_words(entry.action)


@register.filter
def actor_text(actor: str, names: Mapping[str, str] | None = None) -> str:
    """`kind:id` by name; `names` as `ledger.queries.actor_names` gives them."""
    return actor_words(actor, names or {})


@register.filter
def detail_text(entry: LedgerEntry, known: Mapping[str, str] | None = None) -> str:
    """`known` adds words for codes only the page can look up, such as reasons."""
    return detail_words(entry.detail, known or {})
