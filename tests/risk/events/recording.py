"""Events put into the log as they are, without a door's checks and without what follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from backoffice.lib.transactions import step
from risk.events import services
from risk.events.facts import Claim, NewEvent, Taken


@step
def record(*, events: Sequence[NewEvent], at: dt.datetime) -> list[Taken]:
    """Keep these events, each once; what became of each, in order.

    Effects: as `services.claim` and `services.write`.
    """
    claims = [
        Claim(event.event_id, event.occurred_at, services.digest(said=_said(event)))
        for event in events
    ]
    taken = services.claim(claims=claims)
    services.write(
        events=[
            event
            for event, answer in zip(events, taken, strict=True)
            if answer is Taken.ACCEPTED
        ],
        at=at,
    )  # fmt: skip
    return taken


def _said(event: NewEvent) -> list[Any]:
    return [
        event.kind.value, event.customer_id, event.occurred_at.astimezone(dt.UTC).isoformat(),
        event.amount_cents, event.device_id, _hex(event.phone_key), _hex(event.address_key),
        dict(event.detail),
    ]  # fmt: skip


def _hex(key: bytes | None) -> str | None:
    return None if key is None else key.hex()
