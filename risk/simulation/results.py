"""What a backtest's counts say: rates, exposure, swaps, fairness. Pure.

Leaves are `[customers, outcomes known, bad outcomes, old limits, new limits]`, in cents.

Swap-in: closed before, usable after; swap-out the other way round; usable is OPEN or LIMITED.
Exposure counts every usable limit as drawn in full. The bad rate is the share of bad outcomes
among those customers whose outcome is known, which are not everybody.

Adverse impact: a group's rate of usable access over that of the group with the highest rate; below
four fifths is flagged. Source: Uniform Guidelines on Employee Selection Procedures, 29 CFR
1607.4(D) (1978), a rule of thumb for employment: whether it holds for credit is a lawyer's call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from risk.simulation.facts import DIMENSIONS, STATES, Counts

SAMPLES = 5  # customers shown for each move
FOUR_FIFTHS = Fraction(4, 5)
SMALL_GROUP = 30  # below it a ratio says little, and 1607.4(D) too warns of small numbers
FAIRNESS_BY = ("region", "age")
_USABLE = ("OPEN", "LIMITED")

Matrix = Mapping[str, list[int]]


@dataclass(frozen=True, slots=True)
class Book:
    """Those who could use the product under one policy. `limit` in cents."""

    customers: int
    known: int
    bad: int
    limit: int

    @property
    def bad_rate(self) -> float | None:
        return self.bad / self.known if self.known else None


@dataclass(frozen=True, slots=True)
class Group:
    """One group of one dimension under both policies. Rates are usable shares, exact: four
    fifths is not to be missed by a rounding."""

    value: str
    customers: int
    old_rate: Fraction
    new_rate: Fraction
    old_ratio: Fraction | None
    new_ratio: Fraction | None

    @property
    def is_small(self) -> bool:
        return self.customers < SMALL_GROUP

    @property
    def is_flagged(self) -> bool:
        return not self.is_small and self.new_ratio is not None and self.new_ratio < FOUR_FIFTHS


def empty() -> Counts:
    """The counts of nobody."""
    return {
        "matrix": {}, "held": {}, "segments": {name: {} for name in DIMENSIONS},
        "reasons": {"old": {}, "new": {}, "gained": {}, "lost": {}}, "hits": {}, "samples": {},
    }  # fmt: skip


def added(parts: Iterable[Counts]) -> Counts:
    """The sum of several partitions' counts; of the samples, the first few."""
    total: Counts = {}
    for part in parts:
        total = _sum(total, part)
    samples = total.get("samples", {})
    return {**total, "samples": {move: found[:SAMPLES] for move, found in samples.items()}}


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return {
            key: _sum(one[key], other[key])
            if key in one and key in other
            else one.get(key, other.get(key))
            for key in {**one, **other}
        }
    if isinstance(one, list):
        is_sample = any(isinstance(each, dict) for each in (*one, *other))
        return [*one, *other] if is_sample else [a + b for a, b in zip(one, other, strict=True)]
    return one + other


def cell(matrix: Matrix, old: str, new: str) -> list[int]:
    return matrix.get(f"{old}>{new}", [0, 0, 0, 0, 0])


def customers_in(matrix: Matrix) -> int:
    return sum(leaf[0] for leaf in matrix.values())


def book(matrix: Matrix, side: str) -> Book:
    """`side` is `old` or `new`."""
    return _book(matrix, side, lambda old, new: (old if side == "old" else new) in _USABLE)


def books(matrix: Matrix) -> dict[str, Book]:
    return {
        "old": book(matrix, "old"),
        "new": book(matrix, "new"),
        "swap_in": swap_in(matrix),
        "swap_out": swap_out(matrix),
    }


def swap_in(matrix: Matrix) -> Book:
    return _book(matrix, "new", lambda old, new: old not in _USABLE and new in _USABLE)


def swap_out(matrix: Matrix) -> Book:
    return _book(matrix, "old", lambda old, new: old in _USABLE and new not in _USABLE)


def changes(counts: Mapping[str, Any]) -> dict[str, int]:
    """Customers who move, by where to."""
    found = dict.fromkeys(STATES, 0)
    for move, leaf in counts["matrix"].items():
        old, _, new = move.partition(">")
        if old != new:
            found[new] += leaf[0]
    return {"closes": found["CLOSED"], "limits": found["LIMITED"], "opens": found["OPEN"]}


def fairness(segments: Mapping[str, Matrix]) -> list[Group]:
    """Groups of one dimension, by value. The best rate of a group that is not small is the
    measure; where all are small, none.
    """
    rates = {
        value: (customers_in(matrix), _usable_rate(matrix, "old"), _usable_rate(matrix, "new"))
        for value, matrix in segments.items()
    }
    big = [rate for rate in rates.values() if rate[0] >= SMALL_GROUP]
    best_old, best_new = (max((rate[side] for rate in big), default=Fraction(0)) for side in (1, 2))
    return [
        Group(
            value, customers, old, new,
            old / best_old if best_old else None, new / best_new if best_new else None,
        )
        for value, (customers, old, new) in sorted(rates.items())
    ]  # fmt: skip


def _usable_rate(matrix: Matrix, side: str) -> Fraction:
    return Fraction(book(matrix, side).customers, customers_in(matrix) or 1)


def _book(matrix: Matrix, side: str, is_in: Any) -> Book:
    leaves = [leaf for move, leaf in matrix.items() if is_in(*move.split(">"))]
    return Book(
        customers=_total(leaves, 0),
        known=_total(leaves, 1),
        bad=_total(leaves, 2),
        limit=_total(leaves, 3 if side == "old" else 4),
    )


def _total(leaves: Iterable[list[int]], place: int) -> int:
    return sum(leaf[place] for leaf in leaves)
