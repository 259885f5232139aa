"""A cell in its one plain form: the stretches of values it accepts, and whether it accepts null.

Cells that mean the same have equal regions however they are written (`< 5`, `<5.0`, `not(>= 5)`),
so the population compiler works each of them out once, in one model or across two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from risk.tables.facts import FeelType
from risk.tables.spans import places_of, spans
from risk.tables.syntax import Test


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `low` to `high`, each in it or not; None is no end."""

    low: Any
    low_closed: bool
    high: Any
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Ordered:
    """Of numbers and dates: stretches in order and apart."""

    null: bool
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """Of texts and truth values: the values accepted, or with `others` all but these."""

    null: bool
    others: bool
    values: frozenset[Any]


Region = Ordered | Named


def region(test: Test, feel_type: FeelType) -> Region:
    places = places_of([test])
    found = spans(test, places)
    null = test.holds(None) is True
    if feel_type in (FeelType.NUMBER, FeelType.DATE):
        return Ordered(null, tuple(_stretches(found, [*places])))
    inside = frozenset(
        constant
        for constant, place in places.items()
        if any(start <= place < stop for start, stop in found)
    )
    others = bool(found) and found[0][0] == 0  # every gap is in or none is
    if feel_type is FeelType.BOOLEAN:
        rest = frozenset({True, False}.difference(places)) if others else frozenset()
        return Named(null, False, inside | rest)
    return Named(null, others, frozenset(places) - inside if others else inside)


def _stretches(found: list[tuple[int, int]], constants: list[Any]) -> Iterator[Stretch]:
    """Odd places are the constants, even ones the gaps below them (see `spans`)."""
    for start, stop in found:
        low = None if start == 0 else constants[(start - 1) // 2]
        last = stop - 1
        high = None if last == 2 * len(constants) else constants[last // 2]
        yield Stretch(low, start % 2 == 1, high, last % 2 == 1)
