"""Time comes from here, so that tests and replays can say what time it is."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

CLOCKS_DIFFER_AT_MOST = dt.timedelta(minutes=5)


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
