"""Everything a customer can be, as far as a table can tell: an axis a column, places on it.

A value matters to a column only through its place (see `spans`). What no customer can have is no
place: a score above its bound, half a month, a text outside the choices, an unknown that is never
unknown. Columns are independent, but for one kind: that a value is too old to use implies that it
is not known, so such a pair shares one axis.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from itertools import accumulate
from typing import Any

from risk.tables.facts import FeelType, InputColumn, Table, Value
from risk.tables.parser import parse_tests
from risk.tables.spans import Span, merged, places_of, rules_by_place, spans

_DIGITS = 120  # cells have at most 34 digits on either side of the point


@dataclass(frozen=True, slots=True)
class Domain:
    """What a column's value can be. Without one anything of its type can come, null included.

    `places` are decimal places (None: any number), `choices` the only texts, `stale_of` the column
    that is null whenever this truth value is true.
    """

    least: Decimal | None = None
    greatest: Decimal | None = None
    places: int | None = None
    choices: tuple[str, ...] = ()
    may_be_null: bool = True
    stale_of: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """The places of one column, or of a column and the one that says it is too old.

    `masks` has for every place the rules that hold there, as bits; `held` for every rule its
    places; `everywhere` the rules that hold at all places; `blamed` for a rule without a place the
    column whose cell leaves it none.
    """

    names: tuple[str, ...]
    columns: tuple[int, ...]
    values: Sequence[tuple[Value, ...]]
    masks: Sequence[int]
    held: Sequence[tuple[range, ...]]
    everywhere: int
    blamed: Mapping[int, int]

    def holding(self, rule: int) -> Iterator[int]:
        return (place for part in self.held[rule] for place in part)


def axes_of(table: Table, *, domains: Mapping[str, Domain]) -> list[Axis]:
    """Shape: every input column is in exactly one axis. The table must have passed its checks."""
    single = {
        column.name: _axis(table, index, column, domains.get(column.name, Domain()))
        for index, column in enumerate(table.inputs)
    }
    for name in list(single):
        base = domains.get(name, Domain()).stale_of
        if base in single:
            single[base] = _joined(single[base], single.pop(name))
    return list(single.values())


def _axis(table: Table, index: int, column: InputColumn, domain: Domain) -> Axis:
    texts = [rule.inputs[index] for rule in table.rules]
    tests = {text: parse_tests(text, type=column.type) for text in {*texts}}
    places = places_of(tests.values())
    laid_out = rules_by_place([tests[text] for text in texts], places)
    possible = list(_values(column.type, list(places), domain))
    before = list(accumulate((value is not None for value in possible), initial=0))
    held = {
        text: [(before[start], before[stop]) for start, stop in spans(test, places)]
        for text, test in tests.items()
    }
    masks = [mask for mask, value in zip(laid_out, possible, strict=True) if value is not None]
    values: list[tuple[Value, ...]] = [(value,) for value in possible if value is not None]
    if domain.may_be_null:
        nulls = {text for text, test in tests.items() if test.holds(None) is True}
        for text in nulls:
            held[text].append((len(values), len(values) + 1))
        masks.append(sum(1 << rule for rule, text in enumerate(texts) if text in nulls))
        values.append((None,))
    ranges = {text: _ranges(parts) for text, parts in held.items()}
    return _finished((column.name,), (index,), values, masks, [ranges[text] for text in texts])


def _ranges(parts: list[Span]) -> tuple[range, ...]:
    """Equal for equal places; of a span whose places are all impossible nothing is left."""
    return tuple(range(*part) for part in merged(part for part in parts if part[0] < part[1]))


def _joined(base: Axis, flag: Axis) -> Axis:
    """Every place of the value with "fresh", and the one where it is unknown because too old."""
    at = {values[0]: mask for values, mask in zip(flag.values, flag.masks, strict=True)}
    other = flag.masks[0]  # without a cell that names it, one place stands for both
    fresh, stale = at.get(False, other), at.get(True, other)
    values = [(*value, False) for value in base.values]
    masks = [mask & fresh for mask in base.masks]
    null = len(base.values) - 1
    if base.values and base.values[null] == (None,):
        values.append((None, True))
        masks.append(base.masks[null] & stale)
    held = []
    for rule, parts in enumerate(base.held):
        mine = parts if fresh >> rule & 1 else ()
        both = len(masks) > len(base.masks) and masks[-1] >> rule & 1
        held.append((*mine, *([range(null + 1, null + 2)] if both else [])))
    joined = _finished(base.names + flag.names, base.columns + flag.columns, values, masks, held)
    return dataclasses.replace(joined, blamed={**joined.blamed, **base.blamed})


def _finished(
    names: tuple[str, ...],
    columns: tuple[int, ...],
    values: Sequence[tuple[Value, ...]],
    masks: Sequence[int],
    held: Sequence[tuple[range, ...]],
) -> Axis:
    everywhere = (1 << len(held)) - 1
    for mask in masks:
        everywhere &= mask
    blamed = {rule: columns[-1] for rule, parts in enumerate(held) if not parts}
    return Axis(names, columns, values, masks, held, everywhere, blamed)


def _values(feel_type: FeelType, constants: list[Any], domain: Domain) -> Iterator[Value]:
    """For each place a value that lies there; None where no customer can be."""
    if feel_type in (FeelType.STRING, FeelType.BOOLEAN):
        yield from _unordered(feel_type, constants, domain)
        return
    between = _number_between if feel_type is FeelType.NUMBER else _date_between
    for low, high in zip([None, *constants], [*constants, None], strict=True):
        yield between(low, high, domain)
        if high is not None:
            is_possible = feel_type is FeelType.DATE or _is_possible(high, domain)
            yield high if is_possible else None


def _unordered(feel_type: FeelType, constants: list[Any], domain: Domain) -> Iterator[Value]:
    """Only equality counts, so all other values share the first gap."""
    others: list[Any] = (
        [value for value in (False, True) if value not in constants]
        if feel_type is FeelType.BOOLEAN
        else [text for text in domain.choices or _other_texts(constants) if text not in constants]
    )
    yield others[0] if others else None
    for constant in constants:
        is_known = feel_type is FeelType.BOOLEAN or not domain.choices
        yield constant if is_known or constant in domain.choices else None
        yield None


def _other_texts(constants: list[str]) -> Iterator[str]:
    """One text that no cell names."""
    text = "other"
    while text in constants:
        text += "_"
    yield text


def _is_possible(value: Decimal, domain: Domain) -> bool:
    with localcontext(prec=_DIGITS):
        return (
            (domain.least is None or value >= domain.least)
            and (domain.greatest is None or value <= domain.greatest)
            and (domain.places is None or value % _step(domain) == 0)
        )


def _number_between(low: Decimal | None, high: Decimal | None, domain: Domain) -> Decimal | None:
    """A number strictly between the two that a customer can have, next to the lower one."""
    with localcontext(prec=_DIGITS):
        step = _step(domain)
        if domain.places is None and low is not None and high is not None:
            value = (low + high) / 2
        elif low is not None:
            value = ((low / step).to_integral_value(ROUND_FLOOR) + 1) * step
        elif high is not None:
            value = ((high / step).to_integral_value(ROUND_CEILING) - 1) * step
        else:
            value = Decimal(0)
        if domain.greatest is not None:
            value = min(value, domain.greatest)
        if domain.least is not None:
            value = max(value, domain.least)
        fits = (low is None or low < value) and (high is None or value < high)
        return value if fits and _is_possible(value, domain) else None


def _step(domain: Domain) -> Decimal:
    return Decimal(1).scaleb(-(domain.places or 0))


def _date_between(low: dt.date | None, high: dt.date | None, domain: Domain) -> dt.date | None:
    first = dt.date.min.toordinal() if low is None else low.toordinal() + 1
    last = dt.date.max.toordinal() if high is None else high.toordinal() - 1
    if first > last:
        return None
    usual = dt.date(2000, 1, 1).toordinal() if low is None and high is None else first
    return dt.date.fromordinal(last if low is None and high is not None else usual)
