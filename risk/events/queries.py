"""Reading the log. Newest first means by the events' own time, then by the order of arrival."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from backoffice.lib import bulk
from risk.events.facts import EventKind
from risk.events.models import Event, EventKey
from risk.events.rules import oldest_kept

Place = tuple[dt.datetime, int]  # of an event in the order: (occurred at, row id)

# One index range for each kind, because a range over all kinds has no order in time: without this
# a page of somebody with a million events would read and sort them all.
_PAGE = """
SELECT found.id, found.occurred_at
FROM unnest(%(kinds)s::varchar[]) AS wanted (kind) {owners} CROSS JOIN LATERAL (
    SELECT id, occurred_at FROM risk_event
    WHERE kind = wanted.kind {owner}
      AND occurred_at >= %(first)s::timestamptz AND occurred_at < %(end)s::timestamptz
      AND {beyond}
    ORDER BY occurred_at {order}, id {order} LIMIT %(limit)s
) AS found
ORDER BY found.occurred_at {order}, found.id {order} LIMIT %(limit)s
"""
_OWNERS = "CROSS JOIN unnest(%(customer_ids)s::bigint[]) AS owner (customer_id)"
_OWNER = "AND customer_id = owner.customer_id"
_EVER = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
_NEVER = dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of these customers, or of all; of these kinds; in [since, before)."""

    customer_ids: Sequence[int] | None = None
    kinds: Sequence[EventKind] = tuple(EventKind)
    since: dt.datetime | None = None
    before: dt.datetime | None = None


def earliest_taken(*, at: dt.datetime) -> dt.datetime:
    """What happened before this is not taken any more."""
    return oldest_kept(at=at, retention_months=settings.EVENT_RETENTION_MONTHS)


def older_than(place: Place | None, *, wanted: Wanted, limit: int) -> list[Event]:
    """The newest wanted events older than that place (of all, when it is None), newest first.

    Two queries, however many events there are.
    """
    beyond = "(occurred_at <= %(moment)s::timestamptz AND (occurred_at, id) < (%(moment)s, %(id)s))"
    return _read(place or (_NEVER, 0), beyond, "DESC", wanted, limit)


def newer_than(place: Place, *, wanted: Wanted, limit: int) -> list[Event]:
    """The oldest wanted events newer than that place, newest first. Two queries."""
    beyond = "(occurred_at >= %(moment)s::timestamptz AND (occurred_at, id) > (%(moment)s, %(id)s))"
    return _read(place, beyond, "ASC", wanted, limit)


def place_of(row_id: int) -> Place | None:
    """Where an event stands, by its row id."""
    moment = Event.objects.filter(id=row_id).values_list("occurred_at", flat=True).first()
    return None if moment is None else (moment, row_id)


def by_event_id(event_id: str) -> Event | None:
    """The event the lender calls so. Two queries: its key says when it happened."""
    moment = EventKey.objects.filter(pk=event_id).values_list("occurred_at", flat=True).first()
    if moment is None:
        return None
    kinds = [kind.value for kind in EventKind]  # names the index
    found = Event.objects.filter(kind__in=kinds, occurred_at=moment, event_id=event_id)
    return found.select_related("customer", "device").first()


def _read(place: Place, beyond: str, order: str, wanted: Wanted, limit: int) -> list[Event]:
    owners, owner = ("", "") if wanted.customer_ids is None else (_OWNERS, _OWNER)
    found = bulk.read(
        _PAGE.format(owners=owners, owner=owner, beyond=beyond, order=order),
        {
            "kinds": [kind.value for kind in wanted.kinds],
            "customer_ids": list(wanted.customer_ids or []),
            "first": wanted.since or _EVER, "end": wanted.before or _NEVER,
            "moment": place[0], "id": place[1], "limit": limit,
        },
    )  # fmt: skip
    if not found:
        return []
    moments = [moment for _id, moment in found]
    rows = Event.objects.filter(
        pk__in=[row_id for row_id, _moment in found],
        occurred_at__gte=min(moments), occurred_at__lte=max(moments),
    ).select_related("customer", "device")  # fmt: skip
    return sorted(rows, key=lambda row: (row.occurred_at, row.pk), reverse=True)


def nothing() -> QuerySet[Event]:
    """For filters that only check what was asked."""
    return Event.objects.none()
