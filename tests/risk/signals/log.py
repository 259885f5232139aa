"""Events put into the log, for tests of what is counted over them."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from django.db import transaction

from risk.events.facts import EventKind, NewEvent
from risk.links.models import Device
from tests.risk.events.recording import record

_NUMBERS = itertools.count(1)


def happened(
    customer_id: int, kind: EventKind, at: dt.datetime, *, times: int = 1, **given: Any
) -> None:
    """So many events at one moment; other keyword arguments are what they say."""
    events = [
        NewEvent(f"e-{next(_NUMBERS)}", kind, customer_id, at, **given) for _number in range(times)
    ]
    with transaction.atomic():
        record(events=events, at=at)


def device(number: int) -> int:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return Device.objects.create(
        public_id=f"dev_{number}", fingerprint=bytes([number]), first_seen_at=at, last_seen_at=at
    ).pk
