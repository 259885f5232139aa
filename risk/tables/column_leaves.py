"""One cell over one column of a frame: which column types are read, and how without rounding.

Every number column read here holds whole steps: 1 for integers, 10^-s for Decimal(p, s), and
10^-places for integers that were multiplied by 10^places. A constant between two steps moves to
the step on its inner side, so `< 2.5` on integers is `<= 2`, and no engine ever compares numbers
of two kinds. Floats have no such steps; they are refused, and NaN with them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals as nw

from risk.tables.facts import FeelType, InputColumn, WrongColumn
from risk.tables.regions import Named, Ordered, Region, Stretch

_INTEGERS: dict[type[nw.dtypes.DType], tuple[int, int]] = {
    nw.Int8: (-(2**7), 2**7 - 1),
    nw.Int16: (-(2**15), 2**15 - 1),
    nw.Int32: (-(2**31), 2**31 - 1),
    nw.Int64: (-(2**63), 2**63 - 1),
    nw.UInt8: (0, 2**8 - 1),
    nw.UInt16: (0, 2**16 - 1),
    nw.UInt32: (0, 2**32 - 1),
}
_DIGITS_KEPT = 38  # of a Decimal column whose type says no precision
_COMPARED_AT_MOST = 8
_FIRST_DAY, _LAST_DAY = dt.date.min.toordinal(), dt.date.max.toordinal()
_BOTH = (False, True)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A cell on the steps of its column. Equal leaves give equal columns.

    `ranges` are closed at both ends, in whole steps, None is no end. `values` are accepted, or
    with `others` all but these.
    """

    column: str
    null: bool
    ranges: tuple[tuple[int | None, int | None], ...] = ()
    values: tuple[Any, ...] = ()
    others: bool = False

    @property
    def is_always(self) -> bool:
        everything = (None, None) in self.ranges or (self.others and not self.values)
        return self.null and (everything or self.values == _BOTH)

    @property
    def is_never(self) -> bool:
        return not (self.null or self.ranges or self.values or self.others)


@dataclass(frozen=True, slots=True)
class Column:
    """How a fact's column is read. `step` is the value of one step (numbers only)."""

    name: str
    type: FeelType
    step: Fraction = Fraction(1)
    least: int = 0
    greatest: int = 0
    is_decimal: bool = False
    decimals: int = 0
    categories: frozenset[str] | None = None

    def leaf(self, region: Region) -> Leaf:
        if isinstance(region, Named):
            values = region.values
            if self.categories is not None:
                values &= self.categories
            return Leaf(self.name, region.null, (), tuple(sorted(values)), region.others)
        return Leaf(self.name, region.null, tuple(self._ranges(region)))

    def _ranges(self, region: Ordered) -> Iterator[tuple[int | None, int | None]]:
        for stretch in region.stretches:
            low, high = max(self._low(stretch), self.least), min(self._high(stretch), self.greatest)
            if low <= high:
                yield None if low == self.least else low, None if high == self.greatest else high

    def _low(self, stretch: Stretch) -> int:
        if stretch.low is None:
            return self.least
        steps = self._steps(stretch.low)
        return math.ceil(steps) if stretch.low_closed else math.floor(steps) + 1

    def _high(self, stretch: Stretch) -> int:
        if stretch.high is None:
            return self.greatest
        steps = self._steps(stretch.high)
        return math.floor(steps) if stretch.high_closed else math.ceil(steps) - 1

    def _steps(self, constant: Any) -> Fraction:
        if isinstance(constant, dt.date):
            return Fraction(constant.toordinal())
        return Fraction(constant) / self.step

    def constant(self, steps: int) -> Any:
        """What the engine compares the column with."""
        if self.type is FeelType.DATE:
            return dt.date.fromordinal(steps)
        if self.is_decimal:
            return Decimal(f"{steps}E-{self.decimals}")  # scaleb would round to the context
        return steps


def read_columns(
    inputs: tuple[InputColumn, ...],
    schema: Mapping[str, nw.dtypes.DType],
    places: Mapping[str, int],
) -> dict[str, Column]:
    """Raises: WrongColumn for the first that is missing or cannot be read exactly."""
    for name in places.keys() - {column.name for column in inputs}:
        why = f"places are told of {name}, which no table asks for"
        raise WrongColumn(name=None, expected=None, given=why)
    return {column.name: _column(column, schema, places.get(column.name, 0)) for column in inputs}


def _column(fact: InputColumn, schema: Mapping[str, nw.dtypes.DType], places: int) -> Column:
    if fact.name not in schema:
        raise WrongColumn(name=fact.name, expected=fact.type, given="missing")
    dtype = schema[fact.name]
    found = None if places < 0 else _typed(fact, dtype, places)
    takes_places = found is not None and found.type is FeelType.NUMBER and not found.is_decimal
    if found is None or (places and not takes_places):
        raise WrongColumn(name=fact.name, expected=fact.type, given=str(dtype))
    return found


def _typed(fact: InputColumn, dtype: nw.dtypes.DType, places: int) -> Column | None:
    if fact.type is FeelType.NUMBER:
        return _number(fact, dtype, places)
    if fact.type is FeelType.DATE and dtype == nw.Date:
        return Column(fact.name, fact.type, least=_FIRST_DAY, greatest=_LAST_DAY)
    if fact.type is FeelType.BOOLEAN and dtype == nw.Boolean:
        return Column(fact.name, fact.type)
    if fact.type is FeelType.STRING and isinstance(dtype, nw.Enum):
        return Column(fact.name, fact.type, categories=frozenset(dtype.categories))
    if fact.type is FeelType.STRING and dtype in (nw.String, nw.Categorical):
        return Column(fact.name, fact.type)
    return None


def _number(fact: InputColumn, dtype: nw.dtypes.DType, places: int) -> Column | None:
    if isinstance(dtype, nw.Decimal):
        step, most = Fraction(1, 10**dtype.scale), 10 ** (dtype.precision or _DIGITS_KEPT) - 1
        return Column(fact.name, fact.type, step, -most, most, True, dtype.scale)
    bounds = _INTEGERS.get(type(dtype))
    if bounds is None:
        return None
    return Column(fact.name, fact.type, Fraction(1, 10**places), *bounds)


def expression(leaf: Leaf, column: Column) -> nw.Expr:
    """True where the cell holds; else false or null, and null counts as not."""
    parts = [_within(column, low, high) for low, high in leaf.ranges]
    if leaf.null:
        parts.append(nw.col(column.name).is_null())
    if column.type is FeelType.BOOLEAN:
        parts += [nw.col(column.name) if value else ~nw.col(column.name) for value in leaf.values]
    elif leaf.others:
        parts.append(_but(column.name, leaf.values))
    elif leaf.values:
        parts.append(_among(column.name, leaf.values))
    return reduce(or_, parts)


def _within(column: Column, low: int | None, high: int | None) -> nw.Expr:
    values = nw.col(column.name)
    if low is not None and low == high:
        return values == nw.lit(column.constant(low))
    ends = []
    if low is not None:
        ends.append(values >= nw.lit(column.constant(low)))
    if high is not None:
        ends.append(values <= nw.lit(column.constant(high)))
    return reduce(and_, ends) if ends else ~values.is_null()


def _but(name: str, values: tuple[str, ...]) -> nw.Expr:
    return ~_among(name, values) if values else ~nw.col(name).is_null()


def _among(name: str, values: tuple[str, ...]) -> nw.Expr:
    """Comparing a few times is quicker than looking up in a set, in every engine."""
    if len(values) > _COMPARED_AT_MOST:
        return nw.col(name).is_in(values)
    return reduce(or_, [nw.col(name) == nw.lit(value) for value in values])
