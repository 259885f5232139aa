"""Events and windows as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What can happen to a customer."""

    APPLICATION = "application"
    REFUSAL = "refusal"
    DRAWDOWN = "drawdown"
    REPAYMENT_DUE = "repayment_due"
    REPAYMENT_PAID = "repayment_paid"
    REPAYMENT_MISSED = "repayment_missed"
    SCORE = "score"
    LIMIT = "limit"
    LOGIN = "login"
    CONTACT = "contact"
    EMPLOYMENT = "employment"
    BUREAU = "bureau"
    DEFAULT = "default"
    CURE = "cure"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as the log keeps it. Keys are keyed fingerprints: no value can be read back.

    `detail` holds what only this kind has, checked and without personal data. Units: cents.
    """

    event_id: str
    kind: EventKind
    customer_id: int
    occurred_at: dt.datetime
    amount_cents: int | None = None
    device_id: int | None = None
    phone_key: bytes | None = None
    address_key: bytes | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """An event's id, wanted for good. `digest`: of everything the event says, 16 bytes."""

    event_id: str
    occurred_at: dt.datetime
    digest: bytes


class Taken(StrEnum):
    """What became of one event that was offered."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  # the same event again: nothing was written, the answer is the same
    CONFLICT = "conflict"  # the id belongs to another event: nothing was written


class Subject(StrEnum):
    """Whose events a window counts: the customer's own, or everybody's that share a thing."""

    CUSTOMER = "customer"
    DEVICE = "device"
    PHONE = "phone"
    ADDRESS = "address"


class Measure(StrEnum):
    COUNT = "count"
    DISTINCT = "distinct"  # how many different values of `field`
    SUM = "sum"
    AVERAGE = "average"
    LEAST = "least"
    GREATEST = "greatest"
    SECONDS_SINCE = "seconds_since"  # since the newest


@dataclass(frozen=True, slots=True)
class Window:
    """A measure over the events of some kinds in (at - span, at]. The event at `at` counts.

    `field`: the event's column that is measured (`amount_cents`; for DISTINCT also `customer_id`,
    `device_id`, `phone_key`, `address_key`). At most the newest `cap` events are looked at; a
    value over more says that it is capped. Nothing in the window: 0 for a count, else None.
    """

    name: str
    subject: Subject
    kinds: tuple[EventKind, ...]
    measure: Measure
    span: dt.timedelta
    field: str = ""
    cap: int = 1000


@dataclass(frozen=True, slots=True)
class WindowValue:
    value: Decimal | int | None
    is_capped: bool = False
