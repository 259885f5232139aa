"""Writing the log: every event once, however often it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.core.serializers.json import DjangoJSONEncoder

from backoffice.lib import bulk, crypto
from backoffice.lib.transactions import entry, step
from risk.events import partitions
from risk.events.facts import Claim, NewEvent, Taken
from risk.events.rules import month_of

_ENCODER = DjangoJSONEncoder(ensure_ascii=False, sort_keys=True)  # made once: half the time
_TAKE = """
INSERT INTO risk_eventkey (event_id, occurred_at, digest)
SELECT event_id, occurred_at, digest FROM {given} ORDER BY place
ON CONFLICT DO NOTHING RETURNING event_id
"""
_TAKEN_BEFORE = """
SELECT stored.event_id, stored.digest FROM {given}
JOIN risk_eventkey AS stored ON stored.event_id = given.event_id
"""
_KEYS = {"event_id": "varchar", "occurred_at": "timestamptz", "digest": "bytea"}
_WRITE = """
INSERT INTO risk_event (event_id, kind, customer_id, occurred_at, received_at, amount_cents,
    device_id, phone_key, address_key, detail)
SELECT event_id, kind, customer_id, occurred_at, %(at)s::timestamptz, amount_cents,
    device_id, phone_key, address_key, detail
FROM {given} ORDER BY place
"""
_EVENTS = {
    "event_id": "varchar", "kind": "varchar", "customer_id": "bigint",
    "occurred_at": "timestamptz", "amount_cents": "bigint", "device_id": "bigint",
    "phone_key": "bytea", "address_key": "bytea", "detail": "jsonb",
}  # fmt: skip


@entry
def prepare(*, moments: Iterable[dt.datetime]) -> int:
    """Every event of these moments finds its month; returns how many months had to be made.

    Effects: as `partitions.ensure`, in a short transaction before the one that writes events.
    """
    return partitions.ensure(months={month_of(moment) for moment in moments})


@step
def claim(*, claims: Sequence[Claim]) -> list[Taken]:
    """Take the ids of events nobody took before; what became of each, in order.

    An id taken before, here or in this batch, is a duplicate when its event said the same and a
    conflict when it said something else. Effects: keys in order of id, so that two batches never
    wait for each other; a key another transaction is about to take is waited for. Two statements.
    """
    firsts: dict[str, Claim] = {}
    for each in claims:
        firsts.setdefault(each.event_id, each)
    fresh = _take([firsts[event_id] for event_id in sorted(firsts)])
    stored = {event_id: firsts[event_id].digest for event_id in fresh}
    stored |= _taken_before([each for each in firsts if each not in fresh])
    answers = []
    for each in claims:
        if each.event_id in fresh:
            fresh.discard(each.event_id)
            answers.append(Taken.ACCEPTED)
        else:
            is_same = stored[each.event_id] == each.digest
            answers.append(Taken.DUPLICATE if is_same else Taken.CONFLICT)
    return answers


@step
def write(*, events: Sequence[NewEvent], at: dt.datetime) -> None:
    """Rows for events whose ids are claimed. Effects: one statement, and months as needed."""
    if not events:
        return
    partitions.ensure(months={month_of(event.occurred_at) for event in events})
    bulk.run(
        _WRITE,
        name="events",
        columns=_EVENTS,
        rows=[
            (
                event.event_id, event.kind.value, event.customer_id, event.occurred_at,
                event.amount_cents, event.device_id, event.phone_key, event.address_key,
                _json(event.detail),
            )
            for event in events
        ],
        at=at,
    )  # fmt: skip


def digest(*, said: object) -> bytes:
    """A keyed fingerprint of everything an event says: equal exactly when that is. 16 bytes."""
    return crypto.blind_index(_json(said), purpose="event")


def _take(claims: Sequence[Claim]) -> set[str]:
    rows = [(each.event_id, each.occurred_at, each.digest) for each in claims]
    return {row[0] for row in bulk.run(_TAKE, name="event_keys", columns=_KEYS, rows=rows)}


def _taken_before(event_ids: Sequence[str]) -> dict[str, bytes]:
    """In a statement after the one that waited: that one did not see what it waited for."""
    found = bulk.run(
        _TAKEN_BEFORE,
        name="event_ids",
        columns={"event_id": "varchar"},
        rows=[(each,) for each in event_ids],
    )
    return {event_id: bytes(known) for event_id, known in found}


def _json(value: object) -> str:
    return _ENCODER.encode(value)
