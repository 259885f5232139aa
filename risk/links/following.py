"""Links follow profiles: what stands in a profile is an edge without any event.

Nobody below wakes this room. A sweep goes through customers in the order in which they changed,
from the beginning of time, and remembers how far it came. It stays a minute behind: a change that
commits late bears an earlier time. What commits later still is found by the nightly look back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from accounts.customers import queries as customers
from accounts.customers.facts import Contacts
from backoffice.lib.errors import Invalid
from backoffice.lib.transactions import entry
from risk.links import services
from risk.links.facts import LinkKind, Sighting
from risk.links.keys import contact_key
from risk.links.models import LinkSweep

BATCH = 500
BEHIND = dt.timedelta(minutes=1)
LOOK_BACK = dt.timedelta(days=2)
_NAME = "profiles"
_BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_KINDS = {
    "phone": LinkKind.PHONE, "address": LinkKind.ADDRESS, "employer": LinkKind.EMPLOYER,
}  # fmt: skip


def follow_profiles(*, at: dt.datetime) -> int:
    """Goes on where the last sweep stopped, a transaction a batch; answers how many customers
    were looked at. Nothing while another worker sweeps."""
    LinkSweep.objects.bulk_create(
        [LinkSweep(name=_NAME, reached_at=_BEGINNING, reached_id=0)], ignore_conflicts=True
    )
    seen = 0
    while batch := _next_batch(at=at):
        seen += batch
    return seen


def look_again(*, at: dt.datetime) -> int:
    """Everybody who changed in the last days, whatever the sweep has seen. Safe to repeat."""
    seen, after = 0, (at - LOOK_BACK, 0)
    while changed := customers.changed_since(after=after, before=at, limit=BATCH):
        _note(changed, at=at)
        seen, after = seen + len(changed), changed[-1]
    return seen


@entry
def _next_batch(*, at: dt.datetime) -> int:
    sweep = LinkSweep.objects.select_for_update(skip_locked=True).filter(name=_NAME).first()
    if sweep is None:
        return 0
    after = (sweep.reached_at, sweep.reached_id)
    changed = customers.changed_since(after=after, before=at - BEHIND, limit=BATCH)
    if changed:
        _write(changed, at=at)
        sweep.reached_at, sweep.reached_id = changed[-1]
        sweep.save(update_fields=["reached_at", "reached_id"])
    return len(changed)


@entry
def _note(changed: Sequence[tuple[dt.datetime, int]], *, at: dt.datetime) -> None:
    _write(changed, at=at)


def _write(changed: Sequence[tuple[dt.datetime, int]], *, at: dt.datetime) -> None:
    found = customers.contacts(customer_ids=[row_id for _moment, row_id in changed])
    sightings = [
        sighting
        for moment, row_id in changed
        for sighting in _sightings(row_id, found[row_id], min(moment, at))
    ]
    services.note_many(sightings=sightings, at=at)


def _sightings(customer_id: int, contacts: Contacts, moment: dt.datetime) -> Iterator[Sighting]:
    for name, kind in _KINDS.items():
        text = getattr(contacts, name)
        if not text:
            continue
        try:
            key = contact_key(kind, text)
        except Invalid:  # on file, but nothing that could be told from another
            continue
        yield Sighting(customer_id, kind, moment, key=key)
