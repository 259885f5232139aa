"""Taking events in, whatever door they came through: each once, and everything that follows from
it in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.customers import queries as customers
from backoffice.lib.errors import FieldFault
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from risk.events import queries as events_log
from risk.events import services as events_writing
from risk.events.facts import Claim, EventKind, NewEvent, Taken
from risk.links import services as links
from risk.links.facts import LinkKind, Sighting
from risk.links.keys import contact_key
from risk.signals import rechecks, services
from risk.signals.catalogue import STORED
from risk.signals.event_fields import BUREAU_SIGNALS
from risk.signals.given import (
    CheckedEvent,
    GivenEvent,
    ItemAnswer,
    ItemStatus,
    checked,
    readable_id,
)

EVENTS_AT_MOST = 1000
_LINKS = {
    "phone": LinkKind.PHONE, "address": LinkKind.ADDRESS, "employer": LinkKind.EMPLOYER,
    "emergency_contact": LinkKind.EMERGENCY_CONTACT, "payee": LinkKind.PAYEE,
}  # fmt: skip
_OUTCOMES = (EventKind.DEFAULT, EventKind.CURE)
# Which signal says what an event says.
_SIGNALS = {
    EventKind.SCORE: {"score": "score"},
    EventKind.LIMIT: {"limit_cents": "current_limit_cents"},
    EventKind.BUREAU: BUREAU_SIGNALS,
}
_IN_COLUMNS = {"amount_cents", "limit_cents", "device", *_LINKS}
_ANSWERS = {
    Taken.ACCEPTED: (ItemStatus.ACCEPTED, ()),
    Taken.DUPLICATE: (ItemStatus.DUPLICATE, ()),
    Taken.CONFLICT: (
        ItemStatus.REFUSED,
        (FieldFault("/event_id", "event_conflict", _("This id belongs to another event.")),),
    ),
}


Faults = tuple[FieldFault, ...]


@dataclass(frozen=True, slots=True)
class _Owned:
    """An event that can be true, of a customer who exists. Keys: fingerprints of what is shared."""

    event: CheckedEvent
    customer_id: int
    keys: Mapping[LinkKind, bytes] = field(default_factory=dict)


def receive(
    *, events: Sequence[GivenEvent], source: str, actor: Actor, at: dt.datetime
) -> list[ItemAnswer]:
    """A batch that arrived at a door; an answer for each, in order.

    Effects: a month nobody wrote before is made first, in a short transaction of its own; then as
    `take`, in one transaction, with a ledger entry for the batch.
    """
    checks = _check(events, at)
    events_writing.prepare(
        moments=[each.occurred_at for each in checks if isinstance(each, CheckedEvent)]
    )
    return _received(events=events, checks=checks, source=source, actor=actor, at=at)


@step
def take(*, events: Sequence[GivenEvent], source: str, at: dt.datetime) -> list[ItemAnswer]:
    """Keep these events, each once, with what follows from them; an answer for each, in order.

    One that is refused stops no other. `source`: who says what became of a customer, unless the
    event does; at most 40 characters. Effects, a handful of statements whatever the number: ids
    (locked in order), links and devices, the log, signals by the events' own times, outcomes,
    customers to decide again; after commit a worker is nudged.
    """
    return _take(events, _check(events, at), source, at)


@entry
def _received(
    *,
    events: Sequence[GivenEvent],
    checks: Sequence[CheckedEvent | Faults],
    source: str,
    actor: Actor,
    at: dt.datetime,
) -> list[ItemAnswer]:
    answers = _take(events, checks, source, at)
    accepted = [each.event_id for each in answers if each.status is ItemStatus.ACCEPTED]
    if accepted:
        ledger.record(
            actor=actor, action="events.taken", subject=("event", accepted[0]),
            detail={"events": len(accepted)}, at=at,
        )  # fmt: skip
    return answers


def _check(events: Sequence[GivenEvent], at: dt.datetime) -> list[CheckedEvent | Faults]:
    earliest = events_log.earliest_taken(at=at)
    return [checked(each, at=at, earliest=earliest) for each in events]


def _take(
    events: Sequence[GivenEvent],
    checks: Sequence[CheckedEvent | Faults],
    source: str,
    at: dt.datetime,
) -> list[ItemAnswer]:
    items = _owned(checks)
    possible = [each for each in items if isinstance(each, _Owned)]
    ends = events_writing.claim(claims=[_claim(each) for each in possible])
    _keep(
        [each for each, end in zip(possible, ends, strict=True) if end is Taken.ACCEPTED],
        source=source, at=at,
    )  # fmt: skip
    rest = iter(ends)
    return [
        ItemAnswer(item.event.event_id, *_ANSWERS[next(rest)])
        if isinstance(item, _Owned)
        else ItemAnswer(readable_id(given.event_id), ItemStatus.REFUSED, item)
        for given, item in zip(events, items, strict=True)
    ]


def _owned(checks: Sequence[CheckedEvent | Faults]) -> list[_Owned | Faults]:
    """Whose each event is. Two queries, whatever the number."""
    possible = [each for each in checks if isinstance(each, CheckedEvent)]
    by_id = customers.ids_by_public_id({e.customer_id for e in possible if e.customer_id})
    by_reference = customers.ids_by_reference(
        {e.customer_reference for e in possible if e.customer_reference}
    )
    found: list[_Owned | Faults] = []
    for each in checks:
        if not isinstance(each, CheckedEvent):
            found.append(each)
            continue
        name = "customer_id" if each.customer_id else "customer_reference"
        owner = by_id.get(each.customer_id) or by_reference.get(each.customer_reference)
        if owner is None:
            found.append((FieldFault(f"/{name}", "customer_unknown", _("No such customer.")),))
        else:
            found.append(_Owned(each, owner, _keys(each)))
    return found


def _keys(event: CheckedEvent) -> dict[LinkKind, bytes]:
    return {
        kind: contact_key(kind, event.said[name])
        for name, kind in _LINKS.items()
        if name in event.said
    }


def _claim(item: _Owned) -> Claim:
    """The digest is of what was said, device included, and holds nothing personal in clear."""
    event = item.event
    said = {
        "kind": event.kind.value, "customer": item.customer_id,
        "occurred_at": event.occurred_at.isoformat(),
        "keys": {kind.value: key.hex() for kind, key in item.keys.items()},
        "said": {name: value for name, value in event.said.items() if name not in _LINKS},
    }  # fmt: skip
    return Claim(event.event_id, event.occurred_at, events_writing.digest(said=said))


def _keep(items: Sequence[_Owned], *, source: str, at: dt.datetime) -> None:
    if not items:
        return
    devices = _see(items, at)
    events_writing.write(
        events=[_row(item, devices.get(place)) for place, item in enumerate(items)], at=at
    )
    services.write_news(rows=_news(items))
    services.record_outcomes_of(rows=list(_outcomes(items, source)))
    rechecks.ask(
        customer_ids=[item.customer_id for item in items if rechecks.matters(item.event.kind)],
        at=at,
    )


def _see(items: Sequence[_Owned], at: dt.datetime) -> dict[int, int]:
    """Links from customers to what they were seen with. Shape: place of the item → device."""
    sightings, places = [], []
    for place, item in enumerate(items):
        for sighting in _sightings(item):
            sightings.append(sighting)
            places.append(place)
    seen = links.see_many(sightings=sightings, at=at) if sightings else []
    return {place: device for place, device in zip(places, seen, strict=True) if device is not None}


def _sightings(item: _Owned) -> Iterator[Sighting]:
    owner, moment = item.customer_id, item.event.occurred_at
    if attributes := item.event.said.get("device"):
        yield Sighting(owner, LinkKind.DEVICE, moment, attributes=attributes)
    for kind, key in item.keys.items():
        yield Sighting(owner, kind, moment, key=key)


def _row(item: _Owned, device_id: int | None) -> NewEvent:
    event, said = item.event, item.event.said
    return NewEvent(
        event_id=event.event_id,
        kind=event.kind,
        customer_id=item.customer_id,
        occurred_at=event.occurred_at,
        amount_cents=said.get("amount_cents", said.get("limit_cents")),
        device_id=device_id,
        phone_key=item.keys.get(LinkKind.PHONE),
        address_key=item.keys.get(LinkKind.ADDRESS),
        detail={name: value for name, value in said.items() if name not in _IN_COLUMNS},
    )


def _news(items: Sequence[_Owned]) -> list[tuple[int, dict[str, services.News]]]:
    """What each customer's signals are by the newest of these events; of equal times the last."""
    news: dict[int, dict[str, services.News]] = {}
    for item in sorted(items, key=lambda item: item.event.occurred_at):
        for name, signal in _SIGNALS.get(item.event.kind, {}).items():
            if name in item.event.said and signal in STORED:
                value = Decimal(item.event.said[name]), item.event.occurred_at
                news.setdefault(item.customer_id, {})[signal] = value
    return list(news.items())


def _outcomes(
    items: Sequence[_Owned], source: str
) -> Iterator[tuple[int, str, bool, dt.datetime, str]]:
    for item in items:
        if item.event.kind in _OUTCOMES:
            said = item.event.said
            yield (
                item.customer_id, item.event.kind.value, said.get("happened", True),
                item.event.occurred_at, said.get("source", source),
            )  # fmt: skip
