"""Dates, times and durations: from text, to text, and their properties.

Source: DMN 1.5, 10.3.2.3.4 to 10.3.2.3.9, whose texts are those of XML Schema Part 2. Years run
from 1 to 9999, seconds have at most six decimals, and an offset is written in hours and minutes:
what is finer or wider is refused instead of rounded, because a date decides about people.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from risk.dmn.facts import DmnError, Kind

_DATE = r"(?P<year>-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME = (
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9_+/-]+)?"
)
_IS_DATE = re.compile(_DATE)
_IS_TIME = re.compile(_TIME)
_IS_DATE_AND_TIME = re.compile(f"{_DATE}T{_TIME}")
_IS_MONTHS = re.compile(r"(?P<sign>-?)P(?=.)(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?")
_IS_DAYS = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?"
    r"(?:(?P<seconds>[0-9]+)(?:\.(?P<fraction>[0-9]+))?S)?)?"
)
_DIGITS_OF_A_DURATION = 12
Built = TypeVar("Built")


class TemporalUnsupported(DmnError):
    """A text FEEL can read and this engine cannot hold without loss."""


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A years and months duration."""

    total: int


def date_from(text: str) -> dt.date | None:
    """None where the text is no date. Raises: TemporalUnsupported."""
    match = _IS_DATE.fullmatch(text)
    if match is None:
        return None
    return _date(match)


def time_from(text: str) -> dt.time | None:
    match = _IS_TIME.fullmatch(text)
    return None if match is None else _time(match)


def date_and_time_from(text: str) -> dt.datetime | None:
    match = _IS_DATE_AND_TIME.fullmatch(text)
    if match is None:
        return None
    time = _time(match)
    date = _date(match)
    return None if time is None or date is None else dt.datetime.combine(date, time)


def duration_from(text: str) -> Months | dt.timedelta | None:
    """Years and months, or days and time; the two do not mix."""
    if len(text) > 5 * _DIGITS_OF_A_DURATION:
        return None
    match = _IS_MONTHS.fullmatch(text)
    if match:
        months = 12 * int(match["years"] or 0) + int(match["months"] or 0)
        return Months(-months if match["sign"] else months)
    match = _IS_DAYS.fullmatch(text)
    if match is None:
        return None
    parts = {name: int(match[name] or 0) for name in ("days", "hours", "minutes", "seconds")} | {
        "microseconds": _microseconds(match["fraction"])
    }
    sign = -1 if match["sign"] else 1
    try:
        return dt.timedelta(**{name: sign * part for name, part in parts.items()})
    except OverflowError:
        return None


def text_of(value: Months | dt.timedelta | dt.date | dt.time) -> str:
    """ISO 8601, as FEEL writes it; the inverse of the readers above."""
    if isinstance(value, Months):
        years, months = divmod(abs(value.total), 12)
        text = f"{years}Y" * (years > 0) + f"{months}M" * (months > 0)
        return ("-" if value.total < 0 else "") + "P" + (text or "0M")
    if isinstance(value, dt.timedelta):
        return _days_text(value)
    text = re.sub(r"(\.[0-9]*?)0+(?![0-9])", r"\1", value.isoformat())
    return re.sub(r"\+00:00$", "Z", text)


def _days_text(value: dt.timedelta) -> str:
    rest = abs(value)
    hours, seconds = divmod(rest.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    fraction = f".{rest.microseconds:06d}".rstrip("0") if rest.microseconds else ""
    time = f"{hours}H" * (hours > 0) + f"{minutes}M" * (minutes > 0)
    if seconds or fraction:
        time += f"{seconds}{fraction}S"
    days = f"{rest.days}D" * (rest.days > 0)
    text = days + f"T{time}" * bool(time)
    return ("-" if value < dt.timedelta() else "") + "P" + (text or "T0S")


def _date(match: re.Match[str]) -> dt.date | None:
    return _or_none(lambda: dt.date(_year(match), int(match["month"]), int(match["day"])))


def _year(match: re.Match[str]) -> int:
    year = int(match["year"])
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise TemporalUnsupported("Dates outside the years 1 to 9999 are not supported.")
    return year


def _time(match: re.Match[str]) -> dt.time | None:
    parts = (int(match["hour"]), int(match["minute"]), int(match["second"]))
    zone = match["zone"]
    offset: dt.timezone | None = None
    if zone and zone.startswith("@"):
        raise TemporalUnsupported("Named time zones are not supported; write an offset.")
    if zone:
        found = _offset(zone)
        if found is None:
            return None
        offset = found
    microseconds = _microseconds(match["fraction"])
    return _or_none(lambda: dt.time(*parts, microseconds, offset))


def _offset(zone: str) -> dt.timezone | None:
    if zone in ("Z", "z"):
        return dt.UTC
    hours, minutes, *seconds = (int(part) for part in zone[1:].split(":"))
    if any(seconds):
        raise TemporalUnsupported("Time offsets of seconds are not supported.")
    if hours > 14 or minutes > 59:
        return None
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-offset if zone[0] == "-" else offset)


def _microseconds(fraction: str | None) -> int:
    if fraction is None:
        return 0
    if fraction[6:].strip("0"):
        raise TemporalUnsupported("Times finer than a microsecond are not supported.")
    return int(fraction[:6].ljust(6, "0"))


def _or_none(build: Callable[[], Built]) -> Built | None:
    try:
        return build()
    except ValueError:
        return None


def _toward_zero(amount: int, part: Callable[[int], int]) -> Decimal:
    """A part of a negative duration is negative: -P14M is -1 year and -2 months."""
    return Decimal(-part(-amount) if amount < 0 else part(amount))


def _seconds(value: dt.timedelta, part: Callable[[int], int]) -> Decimal:
    whole = abs(value) // dt.timedelta(seconds=1)
    return _toward_zero(-whole if value < dt.timedelta() else whole, part)


_DAY_PARTS: Mapping[str, Callable[[Any], Any]] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(value.isoweekday()),
}
_CLOCK_PARTS: Mapping[str, Callable[[Any], Any]] = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": lambda value: Decimal(value.second),
    "time offset": lambda value: value.utcoffset(),
}
# Source: DMN 1.5, table 65 (properties of values).
PROPERTIES: Mapping[Kind, Mapping[str, Callable[[Any], Any]]] = {
    Kind.DATE: _DAY_PARTS,
    Kind.TIME: _CLOCK_PARTS,
    Kind.DATE_AND_TIME: {**_DAY_PARTS, **_CLOCK_PARTS},
    Kind.DAYS_DURATION: {
        "days": lambda value: _seconds(value, lambda seconds: seconds // 86400),
        "hours": lambda value: _seconds(value, lambda seconds: seconds // 3600 % 24),
        "minutes": lambda value: _seconds(value, lambda seconds: seconds // 60 % 60),
        "seconds": lambda value: _seconds(value, lambda seconds: seconds % 60),
    },
    Kind.MONTHS_DURATION: {
        "years": lambda value: _toward_zero(value.total, lambda months: months // 12),
        "months": lambda value: _toward_zero(value.total, lambda months: months % 12),
    },
}
