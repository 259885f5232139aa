"""Months of the log, which are months of UTC, and how long they are kept. Pure."""

from __future__ import annotations

import datetime as dt


def month_of(moment: dt.datetime) -> dt.date:
    """The first day of the UTC month of an instant."""
    return moment.astimezone(dt.UTC).date().replace(day=1)


def shifted(month: dt.date, by: int) -> dt.date:
    """The month so many months later, or earlier."""
    years, months = divmod(month.year * 12 + month.month - 1 + by, 12)
    return dt.date(years, months + 1, 1)


def oldest_kept(*, at: dt.datetime, retention_months: int) -> dt.datetime:
    """The retention's edge: the same moment so many months ago (in a shorter month, its first
    moment after the month before).

    An event that happened earlier is not taken any more.
    """
    day = at.astimezone(dt.UTC)
    first = begins(shifted(month_of(at), -retention_months))
    return min(first + (day - begins(month_of(at))), begins(shifted(first.date(), 1)))


def begins(month: dt.date) -> dt.datetime:
    """The first moment of a month."""
    return dt.datetime.combine(month, dt.time(), tzinfo=dt.UTC)
