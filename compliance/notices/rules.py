"""When a failed delivery is tried again, and what may be said about its failure. Pure."""

from __future__ import annotations

import datetime as dt
import re

LONGEST_WAIT = dt.timedelta(hours=6)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_NUMBER = re.compile(r"[0-9]{4}")  # a status has three digits, a phone number has more


def wait_after(attempts: int) -> dt.timedelta:
    """20 seconds after the first attempt, four times as long after each other, at most 6 hours."""
    return min(dt.timedelta(seconds=5 * 4 ** min(attempts, 10)), LONGEST_WAIT)


def failure_code(text: str) -> str:
    """`text` if it is a code, else `not_sent`: a provider's own words may quote an address."""
    is_code = _CODE.fullmatch(text) is not None and _NUMBER.search(text) is None
    return text if is_code else "not_sent"
