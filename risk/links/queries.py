"""Reading devices, links and what follows from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet

from backoffice.lib import bulk
from risk.links import neighbours
from risk.links.facts import LinkFacts
from risk.links.models import Device, HotThing

_FACTS = neighbours.surroundings_sql(neighbours.ONE)


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


def devices() -> QuerySet[Device]:
    """Newest first, for lists that page by key."""
    return Device.objects.order_by("-id")


def hot_things(*, limit: int) -> list[HotThing]:
    """Things shared by the most customers, as the last working-out of groups found them."""
    return list(HotThing.objects.order_by("-customers", "id")[:limit])
