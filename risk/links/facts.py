"""Things customers share, and what follows for one of them, as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class LinkKind(StrEnum):
    DEVICE = "device"
    PHONE = "phone"
    ADDRESS = "address"
    EMPLOYER = "employer"
    EMERGENCY_CONTACT = "emergency_contact"
    PAYEE = "payee"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A customer was seen with a thing. A device is told by its attributes, others by a key."""

    customer_id: int
    kind: LinkKind
    at: dt.datetime
    key: bytes | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What a customer's surroundings look like. Counts are of other customers.

    `is_capped`: something here is shared by so many that not all of them were looked at; counts
    then say "at least". Units: days; share from 0 to 1. None: not known.
    """

    customers_on_my_devices: int = 0
    restricted_within_1_hop: int = 0
    restricted_within_2_hops: int = 0
    group_size: int | None = None
    group_restricted_share: Decimal | None = None
    newest_device_age_days: int | None = None
    devices_30d: int = 0
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another customer, one or two hops away, and the kinds of things that lead there.

    `via`: the customer a hop nearer, by row id. `things`: how many are shared with that one.
    """

    customer_id: int
    public_id: str
    via: int
    hops: int
    kinds: tuple[LinkKind, ...]
    things: int
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The most relevant neighbours of a customer, in that order; `hot` kinds are shared by so many
    that nobody is shown for them. `is_cut`: there are more than are shown."""

    neighbours: tuple[Neighbour, ...]
    hot: tuple[LinkKind, ...]
    is_cut: bool
