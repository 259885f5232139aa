"""Built-in functions: arguments of the wrong kind give null, as the standard has it.

Source: DMN 1.5, 10.3.4. Only functions of values: `now()` and `today()` would make the same facts
answer differently tomorrow, and patterns (`matches`, `replace`, `split`) can hold a worker.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from risk.dmn import arithmetic
from risk.dmn.arithmetic import NUMBERS, OutOfRange, TooManyDigits, kind_of, number_from
from risk.dmn.facts import Kind
from risk.dmn.limits import DIGITS, Meter
from risk.dmn.temporal import (
    Months,
    date_and_time_from,
    date_from,
    duration_from,
    text_of,
    time_from,
)

# Known to the standard, refused here by name.
REFUSED = (
    "now", "today", "matches", "replace", "split", "sort", "is", "range", "get value",
    "get entries", "context", "context put", "context merge", "list replace", "mode", "median",
    "stddev", "product", "append", "concatenate", "reverse",
    "exp", "log", "sqrt", "flatten", "union", "distinct values", "duplicate values",
    "remove", "insert before", "sublist", "index of", "string join", "day of year", "day of week",
    "month of year", "week of year", "before", "after", "meets", "met by", "overlaps",
    "overlaps before", "overlaps after", "finishes", "finished by", "includes", "during",
    "starts", "started by", "coincides",
)  # fmt: skip
# An argument left out; null given is another thing.
NOT_GIVEN = object()
_SCALE = range(-6111, 6177)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """`parameters` with the kind each must have; those after `required` may be left out.

    `perform` takes the arguments, None for one left out; a variadic one the list and the meter.
    """

    parameters: tuple[tuple[str, Kind], ...]
    perform: Callable[..., Any]
    required: int
    is_variadic: bool = False
    is_metered: bool = False

    def call(self, arguments: tuple[Any, ...], meter: Meter) -> Any:
        if self.is_variadic:
            items = _as_list(arguments)
            return None if items is None else self.perform(items, meter)
        for given, (_name, kind) in zip(arguments, self.parameters, strict=True):
            if given is not NOT_GIVEN and kind is not Kind.ANY and kind_of(given) is not kind:
                return None
        values = [None if given is NOT_GIVEN else given for given in arguments]
        try:
            return self.perform(*values, *((meter,) if self.is_metered else ()))
        except (ArithmeticError, ValueError):
            return None


def _as_list(arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """`sum([1, 2])` and `sum(1, 2)` are the same; `sum(null)` is null."""
    if len(arguments) != 1:
        return arguments
    (only,) = arguments
    if only is None:
        return None
    return only if isinstance(only, tuple) else (only,)


def _rounder(mode: str) -> Callable[[Decimal, Decimal | None], Decimal | None]:
    def perform(number: Decimal, scale: Decimal | None) -> Decimal | None:
        places = 0 if scale is None else int(scale)
        if places not in _SCALE:
            return None
        if number.adjusted() + places >= DIGITS:
            return number  # more places than it has digits: already round
        exponent = Decimal(1).scaleb(-places, NUMBERS)
        return number.quantize(exponent, rounding=mode, context=NUMBERS)

    return perform


def _modulo(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """The sign is the divisor's: modulo(-12, 5) is 3."""
    if divisor.is_zero():
        return None
    rest = NUMBERS.remainder(dividend, divisor)
    if rest.is_zero() or rest.is_signed() == divisor.is_signed():
        return rest
    return NUMBERS.add(rest, divisor)


def _number(text: str, grouping: Any, point: Any) -> Decimal | None:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", "."):
        return None
    if grouping is not None and grouping == point:
        return None
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    sign, body = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    if not body.isascii() or not body.replace(".", "", 1).isdigit():
        return None
    try:
        return number_from(sign + body)
    except (TooManyDigits, OutOfRange):
        return None


def text_value(value: Any) -> str | None:
    """`string(x)`; lists and contexts are not written as text here."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, tuple | dict | arithmetic.Range):
        return None
    return text_of(value)


def number_text(value: Decimal) -> str:
    """Every digit and no useless zero; an exponent only where it would be absurd without."""
    if value.is_zero():
        return "0"
    if -DIGITS <= value.adjusted() <= DIGITS:
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    # Strips zeros exactly: at most 34 digits go in.
    return str(value.normalize(NUMBERS))


def _substring(text: str, start: Decimal, length: Decimal | None) -> str | None:
    if start != start.to_integral_value() or start.is_zero() or start.copy_abs() > len(text):
        return None
    first = int(start) - 1 if start > 0 else len(text) + int(start)
    if length is None:
        return text[first:]
    if length < 1:
        return None
    return text[first : first + int(min(length, Decimal(len(text))))]


def _after(text: str, match: str) -> str:
    _before, found, after = text.partition(match) if match else ("", True, text)
    return after if found else ""


def _before(text: str, match: str) -> str:
    before, found, _after = text.partition(match) if match else ("", True, text)
    return before if found else ""


def _date(first: Any, month: Any, day: Any) -> dt.date | None:
    if isinstance(first, str) and month is None and day is None:
        return date_from(first)
    if isinstance(first, dt.datetime):
        return first.date()
    if isinstance(first, dt.date):
        return first
    parts = (first, month, day)
    if not all(isinstance(part, Decimal) and part == int(part) for part in parts):
        return None
    return dt.date(*(int(part) for part in parts))


def _time(first: Any, minute: Any, second: Any, offset: Any) -> dt.time | None:
    if minute is None and second is None:
        return _time_of(first)
    parts = (first, minute, second)
    if not all(isinstance(part, Decimal) and part >= 0 for part in parts):
        return None
    whole = int(second)
    if first != int(first) or minute != int(minute):
        return None
    microseconds = int(NUMBERS.multiply(second - whole, Decimal(1_000_000)))
    if not isinstance(offset, dt.timedelta | None):
        return None
    zone = None if offset is None else dt.timezone(offset)
    return dt.time(int(first), int(minute), whole, microseconds, zone)


def _time_of(value: Any) -> dt.time | None:
    if isinstance(value, str):
        return time_from(value)
    if isinstance(value, dt.datetime):
        return value.timetz()
    if isinstance(value, dt.date):
        return dt.time(tzinfo=dt.UTC)
    return value if isinstance(value, dt.time) else None


def _date_and_time(first: Any, time: Any) -> dt.datetime | None:
    if time is None:
        if not isinstance(first, str):
            return None
        found = date_and_time_from(first)
        date = date_from(first) if found is None else None
        return dt.datetime.combine(date, dt.time()) if date else found
    if not isinstance(first, dt.date) or not isinstance(time, dt.time):
        return None
    day = first.date() if isinstance(first, dt.datetime) else first
    return dt.datetime.combine(day, time)


def _months_between(start: Any, end: Any) -> Months | None:
    """Whole months from `start` to `end`, toward zero."""
    if not isinstance(start, dt.date) or not isinstance(end, dt.date):
        return None
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    if months < 0 and end.day > start.day:
        months += 1
    return Months(months)


def _extreme(symbol: str) -> Callable[[tuple[Any, ...], Meter], Any]:
    def perform(values: tuple[Any, ...], meter: Meter) -> Any:
        meter.spend(len(values))
        best = values[0] if values else None
        for value in values:
            answer = arithmetic.compare(symbol, value, best)
            if answer is None:
                return None
            best = value if answer else best
        return best

    return perform


def _sum(values: tuple[Any, ...], meter: Meter) -> Any:
    meter.spend(len(values))
    total = values[0] if values else None
    for value in values[1:]:
        total = arithmetic.apply("+", total, value)
    return total if kind_of(total) in _SUMMABLE else None


_SUMMABLE = (Kind.NUMBER, Kind.DAYS_DURATION, Kind.MONTHS_DURATION)


def _mean(values: tuple[Any, ...], meter: Meter) -> Any:
    return arithmetic.apply("/", _sum(values, meter), Decimal(len(values)))


def _list_contains(items: tuple[Any, ...], element: Any, meter: Meter) -> bool:
    return any(arithmetic.equal(item, element, meter) is True for item in items)


_N, _S, _B, _L, _X = Kind.NUMBER, Kind.STRING, Kind.BOOLEAN, Kind.LIST, Kind.ANY


def _of(*parameters: tuple[str, Kind], perform: Callable[..., Any], optional: int = 0) -> BuiltIn:
    return BuiltIn(parameters, perform, len(parameters) - optional)


def _over_list(perform: Callable[..., Any]) -> BuiltIn:
    return BuiltIn((("list", _L),), perform, 1, is_variadic=True)


def _to_scale(mode: str, *, optional: int) -> BuiltIn:
    return _of(("n", _N), ("scale", _N), perform=_rounder(mode), optional=optional)


def _of_texts(perform: Callable[[str, str], Any]) -> BuiltIn:
    return _of(("string", _S), ("match", _S), perform=perform)


BUILT_IN: Mapping[str, BuiltIn] = {
    "not": _of(("negand", _B), perform=arithmetic.negation),
    "decimal": _to_scale(decimal.ROUND_HALF_EVEN, optional=0),
    "floor": _to_scale(decimal.ROUND_FLOOR, optional=1),
    "ceiling": _to_scale(decimal.ROUND_CEILING, optional=1),
    "round up": _to_scale(decimal.ROUND_UP, optional=0),
    "round down": _to_scale(decimal.ROUND_DOWN, optional=0),
    "round half up": _to_scale(decimal.ROUND_HALF_UP, optional=0),
    "round half down": _to_scale(decimal.ROUND_HALF_DOWN, optional=0),
    "abs": _of(("n", _X), perform=lambda n: (
        None if kind_of(n) not in _SUMMABLE
        else n if arithmetic.compare(">=", n, _ZEROS[kind_of(n)]) else arithmetic.negated(n)
    )),
    "modulo": _of(("dividend", _N), ("divisor", _N), perform=_modulo),
    "odd": _of(("number", _N), perform=lambda n: int(n) % 2 == 1 if n == int(n) else None),
    "even": _of(("number", _N), perform=lambda n: int(n) % 2 == 0 if n == int(n) else None),
    "number": _of(("from", _S), ("grouping separator", _X), ("decimal separator", _X),
                  perform=_number, optional=2),
    "string": _of(("from", _X), perform=text_value),
    "substring": _of(("string", _S), ("start position", _N), ("length", _N),
                     perform=_substring, optional=1),
    "string length": _of(("string", _S), perform=lambda text: Decimal(len(text))),
    "upper case": _of(("string", _S), perform=str.upper),
    "lower case": _of(("string", _S), perform=str.lower),
    "substring before": _of_texts(_before),
    "substring after": _of_texts(_after),
    "contains": _of_texts(lambda text, match: match in text),
    "starts with": _of_texts(str.startswith),
    "ends with": _of_texts(str.endswith),
    "date": _of(("from", _X), ("month", _X), ("day", _X), perform=_date, optional=2),
    "time": _of(("from", _X), ("minute", _N), ("second", _N), ("offset", _X),
                perform=_time, optional=3),
    "date and time": _of(("from", _X), ("time", Kind.TIME), perform=_date_and_time, optional=1),
    "duration": _of(("from", _S), perform=duration_from),
    "years and months duration": _of(("from", _X), ("to", _X), perform=_months_between),
    "list contains": BuiltIn(
        (("list", _L), ("element", _X)), _list_contains, 2, is_metered=True
    ),
    "count": _over_list(lambda values, meter: Decimal(len(values))),
    "min": _over_list(_extreme("<")),
    "max": _over_list(_extreme(">")),
    "sum": _over_list(_sum),
    "mean": _over_list(_mean),
    "all": _over_list(lambda values, meter: arithmetic.conjunction(values)),
    "any": _over_list(lambda values, meter: arithmetic.disjunction(values)),
}  # fmt: skip
_ZEROS: Mapping[Kind, Any] = {
    Kind.NUMBER: Decimal(0), Kind.DAYS_DURATION: dt.timedelta(), Kind.MONTHS_DURATION: Months(0),
}  # fmt: skip
