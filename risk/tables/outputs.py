"""Output cells as the columns they become: values, their order, and one type for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from risk.tables.facts import FeelType, HitPolicy, OutputColumn, Table
from risk.tables.parser import parse_literal

DIGITS_AT_MOST = 38  # of a Decimal column, in every engine
_WHOLE_AT_MOST = 18  # digits that surely fit 64 bits


@dataclass(frozen=True, slots=True)
class NumberShape:
    """What a number column must hold: `whole` digits before the point and `decimals` after it,
    `spare` digits more on the way to a sum.
    """

    whole: int
    decimals: int
    spare: int = 0

    @property
    def is_integer(self) -> bool:
        return self.decimals == 0 and self.whole <= _WHOLE_AT_MOST

    @property
    def is_exact(self) -> bool:
        return self.whole + self.decimals + self.spare <= DIGITS_AT_MOST

    @property
    def unsummed(self) -> int:
        """Digits of a summand's type."""
        return self.whole + self.decimals


@dataclass(frozen=True, slots=True)
class OutputValues:
    """One output column: a value for each rule, and the one for when none fires."""

    column: OutputColumn
    values: tuple[Any, ...]
    default: Any

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def type(self) -> FeelType:
        return self.column.type


def output_values(table: Table) -> tuple[OutputValues, ...]:
    """The table has passed `check_model`."""
    return tuple(
        OutputValues(
            output,
            tuple(parse_literal(rule.outputs[index], type=output.type) for rule in table.rules),
            parse_literal(output.default, type=output.type),
        )
        for index, output in enumerate(table.outputs)
    )


def asking_order(hit_policy: HitPolicy, outputs: Sequence[OutputValues]) -> tuple[int, ...]:
    """All rules in the order in which the first that fired gives the answer."""
    if hit_policy.is_ranked:
        return priority_order(outputs)
    values = outputs[0].values
    if hit_policy not in (HitPolicy.LEAST, HitPolicy.GREATEST):
        return tuple(range(len(values)))
    falling = hit_policy is HitPolicy.GREATEST
    return tuple(sorted(range(len(values)), key=values.__getitem__, reverse=falling))


def priority_order(outputs: Sequence[OutputValues]) -> tuple[int, ...]:
    """All rules, the most important first: by the places of their outputs among the allowed
    values, from the left; equals stay in the table's order. Outputs that list none do not count.

    Source: DMN 1.5, 8.2.8 (P and O).
    """
    ranked = [output for output in outputs if output.column.allowed]
    places = [
        {value: place for place, value in reversed(list(enumerate(output.column.allowed)))}
        for output in ranked
    ]

    def importance(rule: int) -> tuple[int, ...]:
        return tuple(
            place[output.values[rule]] for output, place in zip(ranked, places, strict=True)
        )

    return tuple(sorted(range(len(outputs[0].values)), key=importance))


def number_shape(output: OutputValues, hit_policy: HitPolicy) -> NumberShape:
    """Enough for every value the column may take; a sum may take each rule at once.

    One digit more is kept for every doubling of the rules summed: engines widen a sum's type that
    much, and one that must narrow it again rounds.
    """
    numbers = [value for value in (*output.values, output.default) if value is not None]
    decimals = max((_decimals(number) for number in numbers), default=0)
    if hit_policy is HitPolicy.SUM:
        total = sum(abs(_steps(number, decimals)) for number in numbers)
        spare = 0 if decimals == 0 else len(output.values).bit_length() + 1
        return NumberShape(max(len(str(total)) - decimals, 1), decimals, spare)
    widest = max((len(str(abs(_steps(number, decimals)))) for number in numbers), default=1)
    return NumberShape(max(widest - decimals, 1), decimals)


def _decimals(number: Decimal) -> int:
    """Digits after the point, zeros at the end left out."""
    _whole, _point, fraction = f"{number:f}".partition(".")
    return len(fraction.rstrip("0"))


def _steps(number: Decimal, decimals: int) -> int:
    """`number` × 10^decimals, a whole number."""
    scaled: Fraction = Fraction(number) * 10**decimals
    return int(scaled)
