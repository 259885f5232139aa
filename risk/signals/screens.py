"""What the console shows of signals: the catalogue by family, and one customer's values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backoffice.lib import clock
from risk.signals import queries
from risk.signals.catalogue import SIGNALS, of_family
from risk.signals.facts import Facts, Signal, SignalFamily
from risk.signals.words import (
    FAMILIES,
    SOURCES,
    UNITS,
    action_words,
    fresh_words,
    value_words,
)


def catalogue_page(*, wanted: str = "") -> dict[str, Any]:
    """Every signal whose name, label or source says `wanted`; legal bases are numbered once."""
    bases = list(dict.fromkeys(str(signal.basis) for signal in SIGNALS.values()))
    text = wanted.strip().lower()
    families = []
    for family, title in FAMILIES.items():
        found = [_described(signal, bases) for signal in of_family(family).values()]
        rows = [row for row in found if text in row["searched"]]
        if rows:
            families.append({"title": title, "rows": rows})
    return {"families": families, "bases": list(enumerate(bases, start=1)), "wanted": wanted}


def known_of_customer(customer_id: int, public_id: str) -> dict[str, Any]:
    """By family. Of what is counted zeros are left out: most are."""
    facts = queries.facts_for(customer_id=customer_id, at=clock.now())
    families = []
    for family, title in FAMILIES.items():
        signals = of_family(family)
        shown = [signal for signal in signals.values() if not _counts_nothing(signal, facts)]
        families.append(
            {
                "title": title,
                "signals": list(_valued(shown, facts)),
                "left_out": len(signals) - len(shown),
            }
        )
    return {"families": families}


def _counts_nothing(signal: Signal, facts: Facts) -> bool:
    """No days since something are not nothing: it was today."""
    value = facts.values[signal.name]
    is_nothing = value is None if signal.unit == "days" else not value
    return signal.family is SignalFamily.WINDOW and is_nothing


def _valued(signals: list[Signal], facts: Facts) -> Iterator[dict[str, Any]]:
    for signal in signals:
        is_capped = signal.name in facts.capped
        yield {
            "name": signal.name,
            "label": signal.label,
            "text": value_words(signal, facts.values[signal.name], is_capped=is_capped),
            "is_stale": signal.name in facts.stale,
        }


def _described(signal: Signal, bases: list[str]) -> dict[str, Any]:
    source = str(SOURCES[signal.source])
    return {
        "name": signal.name,
        "label": signal.label,
        "unit": UNITS.get(signal.unit, ""),
        "source": source,
        "fresh": fresh_words(signal),
        "is_actionable": signal.is_actionable,
        "acts": action_words(signal),
        "basis": str(signal.basis),
        "basis_number": bases.index(str(signal.basis)) + 1,
        "searched": f"{signal.name} {signal.label} {source}".lower(),
    }
