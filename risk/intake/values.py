"""Single cells read exactly: numbers, dates, instants."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from backoffice.lib import clock

# Plain or scientific notation, ASCII digits; the bound on the exponent keeps arithmetic small.
_NUMBER = re.compile(r"[+-]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
CLOCKS_DIFFER = dt.timedelta(minutes=5)


@lru_cache(maxsize=16384)
def as_number(text: str) -> Decimal | None:
    """None when it is no finite number in plain or scientific notation."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def as_date(text: str, date_format: str | None) -> dt.date | None:
    """None when it is no date in this format (ISO 8601 without one)."""
    try:
        if date_format is not None:
            return dt.datetime.strptime(text, date_format).date()  # noqa: DTZ007
        return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def as_moment(given: Any) -> dt.datetime | None:
    """A day is its first instant in the lender's zone; a time must say its offset."""
    if isinstance(given, dt.datetime):
        return given.astimezone(dt.UTC) if given.tzinfo else None
    if isinstance(given, dt.date):
        first = dt.datetime.combine(given, dt.time(), tzinfo=clock.business_zone())
        return first.astimezone(dt.UTC)
    return None


def moment_in(text: str, date_format: str | None) -> dt.datetime | None:
    """The instant in a cell; None when it is none."""
    try:
        day = as_date(text, date_format)
        if day is None and date_format is None:
            return as_moment(dt.datetime.fromisoformat(text))
        return as_moment(day)
    except (ValueError, OverflowError):
        return None


def moment_fault(moment: dt.datetime, *, now: dt.datetime) -> tuple[str, str] | None:
    """(code, words) when nothing can have been observed then."""
    if moment > now + CLOCKS_DIFFER:
        return "time_in_future", "This lies in the future."
    if moment < EARLIEST:
        return "time_too_early", "This lies before the year 1900."
    return None
