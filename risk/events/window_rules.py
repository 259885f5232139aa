"""Which windows over events mean something, and by which column a subject is told. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from risk.events.facts import Measure, Subject, Window

AVERAGE_PLACES = 4  # decimal places; a tie goes away from zero, as PostgreSQL's round() has it

KEY = {
    Subject.CUSTOMER: "customer_id",
    Subject.DEVICE: "device_id",
    Subject.PHONE: "phone_key",
    Subject.ADDRESS: "address_key",
}
FIELDLESS = (Measure.COUNT, Measure.SECONDS_SINCE)
AMOUNT = "amount_cents"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII)  # a column, also with `_is_capped` behind it
_SECOND = dt.timedelta(seconds=1)


def check(windows: Sequence[Window]) -> None:
    """Raises: ValueError: a window that means nothing, or a name that is there twice."""
    for window in windows:
        if fault := _fault(window):
            raise ValueError(f"window {window.name!r}: {fault}")
    names = [name for each in windows for name in (each.name, f"{each.name}_is_capped")]
    if len(set(names)) < len(names):
        raise ValueError("two windows have one name")


def _fault(window: Window) -> str:
    fields = (*KEY.values(), AMOUNT) if window.measure is Measure.DISTINCT else (AMOUNT,)
    if not _NAME.fullmatch(window.name) or window.name == "customer_id":
        return "a name is 1 to 50 small letters, digits and underscores, not customer_id"
    if not window.kinds or len(set(window.kinds)) < len(window.kinds):
        return "it needs kinds of events, each once"
    if window.span <= dt.timedelta() or window.span % _SECOND:
        return "its span must be whole seconds, at least one"
    if window.cap < 1:
        return "its cap must be at least 1"
    if window.measure in FIELDLESS:
        return "this measure takes no field" if window.field else ""
    return "" if window.field in fields else f"its field must be one of {', '.join(fields)}"
