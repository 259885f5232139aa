"""The banner every console page carries while something is switched off."""

from __future__ import annotations

from typing import Any

from django import template

from compliance.switches import queries
from compliance.switches.words import scope_words

register = template.Library()
SHOWN_AT_MOST = 5


@register.simple_tag
def switches_on_now() -> list[dict[str, Any]]:
    """What is switched on now, newest first. One query, over the few rows of a partial index."""
    return [
        {
            "id": row.pk,
            "scope": scope_words(row.scope),
            "kind": row.get_kind_display(),
            "effect": row.get_effect_display(),
            "expected_end_at": row.expected_end_at,
        }
        for row in queries.switches_on()[:SHOWN_AT_MOST]
    ]
