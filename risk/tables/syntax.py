"""The tree of a unary-tests cell, and what it means for one value.

`holds` is the meaning in three-valued logic: True, False, or None for "cannot be said". A cell
matches only when it is True, exactly SQL's IS TRUE.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from risk.tables.facts import Value

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Anything:
    """`-`: matches every value and null."""

    def holds(self, value: Value) -> bool | None:
        return True


@dataclass(frozen=True, slots=True)
class IsNull:
    """`null`: the one test that matches null and nothing else."""

    def holds(self, value: Value) -> bool | None:
        return value is None


@dataclass(frozen=True, slots=True)
class Compare:
    """`< 600`; a bare literal is `=`. Null compares to neither true nor false."""

    operator: str
    literal: Any

    def holds(self, value: Value) -> bool | None:
        return None if value is None else _COMPARE[self.operator](value, self.literal)


@dataclass(frozen=True, slots=True)
class Interval:
    """`[1..5]`, `(1..5)`, `]1..5[`: both ends, each closed or open."""

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool

    def holds(self, value: Any) -> bool | None:
        if value is None:
            return None
        above = value >= self.low if self.low_closed else value > self.low
        below = value <= self.high if self.high_closed else value < self.high
        return bool(above and below)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`"a", "b"`: true if any is true; else unknown if any is unknown."""

    tests: tuple[Test, ...]

    def holds(self, value: Value) -> bool | None:
        answers = [test.holds(value) for test in self.tests]
        if True in answers:
            return True
        return None if None in answers else False


@dataclass(frozen=True, slots=True)
class Not:
    """`not(…)`: swaps true and false; unknown stays unknown, so null does not match."""

    test: Test

    def holds(self, value: Value) -> bool | None:
        answer = self.test.holds(value)
        return None if answer is None else not answer


Test = Anything | IsNull | Compare | Interval | AnyOf | Not


def alternatives(test: Test) -> tuple[Test, ...]:
    """The tests of a list, or the only one."""
    return test.tests if isinstance(test, AnyOf) else (test,)


def names_null(test: Test) -> bool:
    """Whether somebody wrote what follows from null; `-` matches it without saying so."""
    return any(isinstance(part, IsNull) for part in alternatives(test))


def literals(test: Test) -> list[Any]:
    """Every constant in the tree, in reading order."""
    if isinstance(test, Compare):
        return [test.literal]
    if isinstance(test, Interval):
        return [test.low, test.high]
    if isinstance(test, AnyOf):
        return [literal for part in test.tests for literal in literals(part)]
    if isinstance(test, Not):
        return literals(test.test)
    return []
