"""Where among a column's constants a test holds.

A value that is not null matters to a column only through its place: on one of the sorted
constants, or in a gap between two. With n constants there are 2n + 1 places: 2k is the gap below
the k-th constant, 2k + 1 the constant itself. A test holds on a few spans of places, so thousands
of rules are laid out in one sweep instead of rule by place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import xor
from typing import Any

from risk.tables.syntax import AnyOf, Anything, Compare, Interval, IsNull, Test, literals

Span = tuple[int, int]  # from, up to but not including


def places_of(tests: Iterable[Test]) -> dict[Any, int]:
    """Every constant of the tests, sorted, and its place."""
    constants = sorted({literal for test in tests for literal in literals(test)})
    return {constant: 2 * k + 1 for k, constant in enumerate(constants)}


def rules_by_place(tests: Sequence[Test], places: Mapping[Any, int]) -> list[int]:
    """For every place the set of tests that hold there, as bits (bit 0 is the first test).

    `places` are those of these tests, or of more.
    """
    end = 2 * len(places) + 1
    changes = [0] * (end + 1)
    for rule, test in enumerate(tests):
        for start, stop in spans(test, places):
            changes[start] ^= 1 << rule
            changes[stop] ^= 1 << rule
    return list(accumulate(changes[:end], xor))


def spans(test: Test, places: Mapping[Any, int]) -> list[Span]:
    """Of all places those where the test holds: in order, apart, none empty."""
    end = 2 * len(places) + 1
    if isinstance(test, Anything):
        return [(0, end)]
    if isinstance(test, IsNull):
        return []
    if isinstance(test, Compare):
        return [_compared(test.operator, places[test.literal], end)]
    if isinstance(test, Interval):
        start = places[test.low] + (0 if test.low_closed else 1)
        stop = places[test.high] + (1 if test.high_closed else 0)
        return [(start, stop)] if start < stop else []
    if isinstance(test, AnyOf):
        return merged(span for part in test.tests for span in spans(part, places))
    return _outside(spans(test.test, places), end)


def _compared(operator: str, place: int, end: int) -> Span:
    return {
        "<": (0, place),
        "<=": (0, place + 1),
        "=": (place, place + 1),
        ">=": (place, end),
        ">": (place + 1, end),
    }[operator]


def merged(found: Iterable[Span]) -> list[Span]:
    """The same places in order, spans that touch or overlap as one; none of them is empty."""
    apart: list[Span] = []
    for start, stop in sorted(found):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], stop))
        else:
            apart.append((start, stop))
    return apart


def _outside(found: list[Span], end: int) -> list[Span]:
    edges = [0, *(edge for span in found for edge in span), end]
    return [
        (start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True) if start < stop
    ]
