"""Single cells read exactly: numbers, and instants that can be true (`clock` reads those)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache

# Plain or scientific notation, ASCII digits; the bound on the exponent keeps arithmetic small.
_NUMBER = re.compile(r"[+-]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,2})?", re.ASCII)
EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
CLOCKS_DIFFER = dt.timedelta(minutes=5)


@lru_cache(maxsize=16384)
def as_number(text: str) -> Decimal | None:
    """None when it is no finite number in plain or scientific notation."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def moment_fault(moment: dt.datetime, *, now: dt.datetime) -> tuple[str, str] | None:
    """(code, words) when nothing can have been observed then."""
    if moment > now + CLOCKS_DIFFER:
        return "time_in_future", "This lies in the future."
    if moment < EARLIEST:
        return "time_too_early", "This lies before the year 1900."
    return None
