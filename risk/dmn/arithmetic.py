"""What operators make of values. Pure functions; null where the standard has no answer.

Source: DMN 1.5, 10.3.2.13 (tables 50 to 57): numbers are decimal128 (34 digits, half even),
operands of the wrong kind and results out of range are null, equality with null is never unknown,
order with null always is.
"""

from __future__ import annotations

import calendar
import datetime as dt
import decimal
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from risk.dmn.facts import Kind
from risk.dmn.limits import DIGITS, Meter
from risk.dmn.temporal import Months

# Traps turn into null. Its own context: the thread's may round differently, replay must not.
NUMBERS = decimal.Context(
    prec=DIGITS, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144, clamp=1,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)  # fmt: skip
_MICROSECOND = dt.timedelta(microseconds=1)
_DIGITS_OF_AN_EXPONENT = 5
_MONTHS_AT_MOST = 12 * 10**9


@dataclass(frozen=True, slots=True)
class Range:
    """`[1..5]` and its open forms; an end that is None is unbounded."""

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool


# Exact classes: True is no number, a datetime no date.
_KINDS: Mapping[type, Kind] = {
    type(None): Kind.NULL,
    bool: Kind.BOOLEAN,
    Decimal: Kind.NUMBER,
    str: Kind.STRING,
    dt.date: Kind.DATE,
    dt.time: Kind.TIME,
    dt.datetime: Kind.DATE_AND_TIME,
    dt.timedelta: Kind.DAYS_DURATION,
    Months: Kind.MONTHS_DURATION,
    tuple: Kind.LIST,
    dict: Kind.CONTEXT,
    Range: Kind.RANGE,
}
_ORDERED = frozenset(
    {Kind.NUMBER, Kind.STRING, Kind.DATE, Kind.TIME, Kind.DATE_AND_TIME, Kind.DAYS_DURATION,
     Kind.MONTHS_DURATION}
)  # fmt: skip
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def kind_of(value: object) -> Kind:
    return _KINDS[value.__class__]


class TooManyDigits(Exception):
    """A number of FEEL's has 34."""


class OutOfRange(Exception):
    """A number of FEEL's lies between 10^-6143 and 10^6145, or is zero."""


def number_from(text: str) -> Decimal:
    """The number written in plain or scientific notation, exactly.

    Raises: TooManyDigits, OutOfRange.
    """
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa.lstrip("-").replace(".", "").strip("0")) > DIGITS:
        raise TooManyDigits
    if len(exponent.lstrip("+-0")) > _DIGITS_OF_AN_EXPONENT:
        raise OutOfRange
    value = Decimal(text)
    if value.is_zero():
        return Decimal(0)
    if not NUMBERS.Emin <= value.adjusted() <= NUMBERS.Emax:
        raise OutOfRange
    return value if len(value.as_tuple().digits) <= DIGITS else value.normalize(NUMBERS)


def apply(symbol: str, left: Any, right: Any) -> Any:
    """`left symbol right` for + - * / **; null where it has no meaning."""
    perform = _OPERATIONS.get((symbol, kind_of(left), kind_of(right)))
    if perform is None:
        return None
    try:
        found = perform(left, right)
    except (ArithmeticError, ValueError, TypeError):
        # Out of range, divided by zero, or a local time met one with an offset.
        return None
    # 0 ** -1 is infinite without trapping, and infinity is no number of FEEL's.
    return None if isinstance(found, Decimal) and not found.is_finite() else found


def negated(value: Any) -> Any:
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, dt.timedelta):
        try:
            return -value
        except OverflowError:  # the longest negative duration has no positive twin
            return None
    return Months(-value.total) if isinstance(value, Months) else None


def equal(left: Any, right: Any, meter: Meter) -> bool | None:
    """True, false, or null when the kinds cannot be compared."""
    meter.spend()
    if left is None or right is None:
        return left is right
    kind = kind_of(left)
    if kind is not kind_of(right):
        return None
    if kind is Kind.LIST:
        if len(left) != len(right):
            return False
        return conjunction(equal(a, b, meter) for a, b in zip(left, right, strict=True))
    if kind is Kind.CONTEXT:
        if left.keys() != right.keys():
            return False
        return conjunction(equal(left[name], right[name], meter) for name in left)
    return bool(left == right)


def compare(symbol: str, left: Any, right: Any) -> bool | None:
    """Order; null unless both are of one kind that has an order."""
    kind = kind_of(left)
    if kind not in _ORDERED or kind is not kind_of(right):
        return None
    try:
        return _ORDERS[symbol](left, right)
    except TypeError:
        return None  # a local time and one with an offset


def contains(interval: Range, value: Any) -> bool | None:
    return conjunction(
        (
            compare(">=" if interval.low_closed else ">", value, interval.low),
            compare("<=" if interval.high_closed else "<", value, interval.high),
        )
    )


def conjunction(answers: Iterable[Any]) -> bool | None:
    """Three-valued and: false beats null beats true; what is no truth value counts as null."""
    unknown = False
    for answer in answers:
        if answer is False:
            return False
        unknown = unknown or answer is not True
    return None if unknown else True


def disjunction(answers: Iterable[Any]) -> bool | None:
    """Three-valued or: true beats null beats false."""
    unknown = False
    for answer in answers:
        if answer is True:
            return True
        unknown = unknown or answer is not False
    return None if unknown else False


def negation(answer: Any) -> bool | None:
    return not answer if isinstance(answer, bool) else None


def _date_and_months(date: Any, months: Months, sign: int) -> Any:
    """The same day of another month, or its last day when that month is shorter."""
    index = date.year * 12 + date.month - 1 + sign * months.total
    year, month = divmod(index, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise OverflowError
    last = calendar.monthrange(year, month + 1)[1]
    return date.replace(year=year, month=month + 1, day=min(date.day, last))


def midnight(date: dt.date) -> dt.datetime:
    """What a date is where a date and time is asked for. Source: DMN 1.5, 10.3.2.9.4."""
    return dt.datetime.combine(date, dt.time(), dt.UTC)


def _date_and_days(date: dt.date, duration: dt.timedelta) -> dt.date:
    return (dt.datetime.combine(date, dt.time()) + duration).date()


def _time_and_days(time: dt.time, duration: dt.timedelta) -> dt.time:
    """Round the clock: 23:00 and two hours are 01:00."""
    return (dt.datetime.combine(dt.date(2000, 1, 2), time) + duration % dt.timedelta(1)).timetz()


def _time_difference(left: dt.time, right: dt.time) -> dt.timedelta:
    day = dt.date(2000, 1, 2)
    return dt.datetime.combine(day, left) - dt.datetime.combine(day, right)


def _microseconds(duration: dt.timedelta) -> Decimal:
    return Decimal(duration // _MICROSECOND)


def _duration(microseconds: Decimal) -> dt.timedelta:
    return int(microseconds.to_integral_value(decimal.ROUND_HALF_EVEN)) * _MICROSECOND


def _months(total: int | Decimal) -> Months:
    """Of a fraction of a month, the whole months. Raises: OverflowError."""
    if not -_MONTHS_AT_MOST <= total <= _MONTHS_AT_MOST:
        raise OverflowError
    return Months(int(total))


_N, _S, _D, _T, _DT = Kind.NUMBER, Kind.STRING, Kind.DATE, Kind.TIME, Kind.DATE_AND_TIME
_DAYS, _MONTHS = Kind.DAYS_DURATION, Kind.MONTHS_DURATION
Operation = Callable[[Any, Any], Any]
_OPERATIONS: dict[tuple[str, Kind, Kind], Operation] = {
    ("+", _N, _N): NUMBERS.add,
    ("-", _N, _N): NUMBERS.subtract,
    ("*", _N, _N): NUMBERS.multiply,
    ("/", _N, _N): NUMBERS.divide,
    ("**", _N, _N): NUMBERS.power,
    ("+", _S, _S): operator.add,
    ("+", _D, _DAYS): _date_and_days,
    ("-", _D, _DAYS): lambda date, duration: _date_and_days(date, -duration),
    ("+", _DAYS, _D): lambda duration, date: _date_and_days(date, duration),
    ("-", _D, _D): operator.sub,
    ("+", _DT, _DAYS): operator.add,
    ("-", _DT, _DAYS): operator.sub,
    ("+", _DAYS, _DT): operator.add,
    ("-", _DT, _DT): operator.sub,
    ("-", _DT, _D): lambda left, right: left - midnight(right),
    ("-", _D, _DT): lambda left, right: midnight(left) - right,
    ("+", _T, _DAYS): _time_and_days,
    ("-", _T, _DAYS): lambda time, duration: _time_and_days(time, -duration),
    ("+", _DAYS, _T): lambda duration, time: _time_and_days(time, duration),
    ("-", _T, _T): _time_difference,
    ("+", _DAYS, _DAYS): operator.add,
    ("-", _DAYS, _DAYS): operator.sub,
    ("*", _DAYS, _N): lambda days, by: _duration(NUMBERS.multiply(_microseconds(days), by)),
    ("*", _N, _DAYS): lambda by, days: _duration(NUMBERS.multiply(_microseconds(days), by)),
    ("/", _DAYS, _N): lambda days, by: _duration(NUMBERS.divide(_microseconds(days), by)),
    ("/", _DAYS, _DAYS): lambda a, b: NUMBERS.divide(_microseconds(a), _microseconds(b)),
    ("+", _MONTHS, _MONTHS): lambda a, b: _months(a.total + b.total),
    ("-", _MONTHS, _MONTHS): lambda a, b: _months(a.total - b.total),
    ("*", _MONTHS, _N): lambda months, by: _months(NUMBERS.multiply(Decimal(months.total), by)),
    ("*", _N, _MONTHS): lambda by, months: _months(NUMBERS.multiply(Decimal(months.total), by)),
    ("/", _MONTHS, _N): lambda months, by: _months(NUMBERS.divide(Decimal(months.total), by)),
    ("/", _MONTHS, _MONTHS): lambda a, b: NUMBERS.divide(Decimal(a.total), Decimal(b.total)),
}
for _dated in (_D, _DT):
    _OPERATIONS |= {
        ("+", _dated, _MONTHS): lambda date, months: _date_and_months(date, months, 1),
        ("-", _dated, _MONTHS): lambda date, months: _date_and_months(date, months, -1),
        ("+", _MONTHS, _dated): lambda months, date: _date_and_months(date, months, 1),
    }
