"""Time comes from here, so that tests and replays can say what time it is."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

CLOCKS_DIFFER_AT_MOST = dt.timedelta(minutes=5)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def business_zone() -> ZoneInfo:
    """The lender's own time zone."""
    return ZoneInfo(settings.LENDER_TIME_ZONE)


def now() -> dt.datetime:
    """The current instant, UTC."""
    return timezone.now()


def lies_ahead(moment: dt.datetime, *, at: dt.datetime) -> bool:
    """Whether `moment` is later than two clocks that differ a little would explain."""
    return moment - at > CLOCKS_DIFFER_AT_MOST


def business_date(at: dt.datetime) -> dt.date:
    """The calendar date of an instant in the lender's own time zone."""
    return at.astimezone(business_zone()).date()


def day_in(text: str, date_format: str | None = None) -> dt.date | None:
    """The date a text says in this format (ISO 8601 without one); None when it says none."""
    try:
        if date_format is not None:
            return dt.datetime.strptime(text, date_format).date()  # noqa: DTZ007
        return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def as_moment(given: Any) -> dt.datetime | None:
    """A day is its first instant in the lender's zone; a time must say its offset. None for
    anything else, and for what lies off the calendar in UTC.
    """
    try:
        if isinstance(given, dt.datetime):
            return given.astimezone(dt.UTC) if given.tzinfo else None
        if isinstance(given, dt.date):
            first = dt.datetime.combine(given, dt.time(), tzinfo=business_zone())
            return first.astimezone(dt.UTC)
    except OverflowError:
        return None
    return None


def moment_in(text: str, date_format: str | None = None) -> dt.datetime | None:
    """The instant a text says; None when it says none."""
    day = day_in(text, date_format)
    if day is None and date_format is None:
        try:
            return as_moment(dt.datetime.fromisoformat(text))
        except ValueError:
            return None
    return as_moment(day)
