"""Reading devices, links and what follows from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet

from backoffice.lib import bulk
from risk.links import neighbours
from risk.links.facts import LinkFacts, LinkKind, Neighbour, Neighbourhood
from risk.links.models import Device, HotThing, Link

_FACTS = neighbours.surroundings_sql(neighbours.ONE)

_ON_DEVICES = f"""
SELECT device.key, counted.many FROM unnest(%(keys)s::bytea[]) AS device (key)
CROSS JOIN LATERAL (SELECT count(*) AS many FROM (
    SELECT FROM risk_link AS link WHERE link.kind = 'device' AND link.key = device.key
    LIMIT {neighbours.SHARED_AT_MOST + 1}
) AS held) AS counted
"""  # noqa: S608 — a constant


def facts_for(*, customer_id: int, at: dt.datetime) -> LinkFacts:
    """What one customer's surroundings look like. One query."""
    return facts_for_many(customer_ids=[customer_id], at=at)[customer_id]


def facts_for_many(*, customer_ids: Sequence[int], at: dt.datetime) -> dict[int, LinkFacts]:
    """The same for several customers, by id, everybody asked for present. One query.

    Links count from when they were first seen; who is restricted is read as it is now.
    """
    rows = bulk.read(_FACTS, {"customer_ids": list(set(customer_ids)), "at": at})
    return {row[0]: LinkFacts(*row[1:]) for row in rows}


def population_sql() -> str:
    """The same columns for all customers with ids from %(first)s to %(last)s, at %(at)s."""
    return neighbours.surroundings_sql(neighbours.SPAN)


def neighbourhood(*, customer_id: int, at: dt.datetime) -> Neighbourhood:
    """The most relevant neighbours within two hops, for people to look at. Three queries.

    Most relevant: nearer first, then who is shut out, then who shares more.
    """
    near = _neighbours(neighbours.NEAR_SHOWN_SQL, of=[customer_id], beside=[customer_id], at=at)
    shown = near[: neighbours.NEAR_SHOWN]
    beside = [customer_id, *(one.customer_id for one in near)]
    of = [one.customer_id for one in shown]
    far = _neighbours(neighbours.FAR_SHOWN_SQL, of=of, beside=beside, at=at, hops=2) if of else []
    hot = bulk.read(neighbours.HOT_SQL, {"me": customer_id, "at": at})
    return Neighbourhood(
        neighbours=(*shown, *far[: neighbours.FAR_SHOWN]),
        hot=tuple(LinkKind(kind) for (kind,) in hot),
        is_cut=len(near) > neighbours.NEAR_SHOWN or len(far) > neighbours.FAR_SHOWN,
    )


def _neighbours(
    statement: str, *, of: list[int], beside: list[int], at: dt.datetime, hops: int = 1
) -> list[Neighbour]:
    rows = bulk.read(statement, {"of": of, "beside": beside, "at": at})
    return [
        Neighbour(
            customer_id=other, public_id=public_id, via=via, hops=hops,
            kinds=tuple(LinkKind(kind) for kind in kinds), things=things,
            is_restricted=is_closed,
        )
        for via, other, public_id, kinds, things, is_closed in rows
    ]  # fmt: skip


def devices_by_key(*, keys: Sequence[bytes]) -> dict[bytes, int]:
    """Row ids of the devices among these keys."""
    rows = Device.objects.filter(fingerprint__in=keys).values_list("fingerprint", "id")
    return {bytes(key): device_id for key, device_id in rows}


def devices_of(*, customer_id: int, limit: int) -> list[Device]:
    """The devices a customer was seen with, by when they were last seen at all. Two queries."""
    keys = Link.objects.filter(customer_id=customer_id, kind="device").values_list("key", flat=True)
    mine = list(keys[: neighbours.THINGS_AT_MOST])
    return list(
        Device.objects.filter(fingerprint__in=mine).order_by("-last_seen_at", "-id")[:limit]
    )


def links_of_device(device: Device, *, limit: int) -> list[Link]:
    """Who was seen with a device, with their customers, by row id of the customer."""
    rows = Link.objects.filter(kind="device", key=device.fingerprint).select_related("customer")
    return list(rows.order_by("customer_id")[:limit])


def customers_on(devices: Sequence[Device]) -> dict[bytes, int]:
    """How many customers share each device, by fingerprint, counted up to one over the most that
    links are followed through. One query."""
    keys = [bytes(device.fingerprint) for device in devices]
    rows = bulk.read(_ON_DEVICES, {"keys": keys})
    return {bytes(key): many for key, many in rows}


def devices() -> QuerySet[Device]:
    """Newest first, for lists that page by key."""
    return Device.objects.order_by("-id")


def hot_things(*, limit: int) -> list[HotThing]:
    """Things shared by the most customers, as the last working-out of groups found them."""
    return list(HotThing.objects.order_by("-customers", "id")[:limit])
