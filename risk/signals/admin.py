"""What is known about a customer, on their page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.console.story import Section, register_section
from backoffice.lib import clock
from risk.signals import queries
from risk.signals.catalogue import STORED
from risk.signals.words import value_words


def _signals(customer_id: int, public_id: str) -> dict[str, Any]:
    facts = queries.facts_for(customer_id=customer_id, at=clock.now())
    return {
        "signals": [
            {
                "name": name,
                "label": signal.label,
                "text": value_words(signal, facts.values[name]),
                "is_stale": name in facts.stale,
            }
            for name, signal in STORED.items()
        ]
    }


register_section(
    Section(
        "signals",
        350,
        "risk.view_customersignals",
        _("What is known"),
        "customers/signals.html",
        _signals,
    )
)
