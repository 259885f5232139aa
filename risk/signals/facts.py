"""A signal as policies and screens see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from risk.events.facts import EventKind, Window

SignalValue = Decimal | int | str | bool | None


class SignalType(StrEnum):
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"


class SignalSource(StrEnum):
    """Where a signal's value comes from."""

    SCORE = "score"
    REPAYMENT = "repayment"
    PROFILE = "profile"
    APPLICATIONS = "applications"
    BUREAU = "bureau"
    VERIFICATION = "verification"
    EVENTS = "events"
    DEVICES = "devices"
    LINKS = "links"  # of other people who share something: may limit, never close by itself


class SignalFamily(StrEnum):
    """How a signal is read: each family that is asked for costs one statement."""

    STORED = "stored"  # a column the lender fills
    VERIFICATION = "verification"
    WINDOW = "window"  # counted over events, up to the moment asked for
    LINKS = "links"
    DERIVED = "derived"  # worked out of others


@dataclass(frozen=True, slots=True)
class Signal:
    """One entry of the catalogue. `fresh_days` None: never goes stale.

    Bounds are inclusive; a stored value outside them is refused at the door, not clipped; what is
    counted or worked out stops at them. `needs`: signals and marks a derived value is made of.
    `moved_by`: the events that can change it.
    """

    name: str
    type: SignalType
    unit: str
    label: Any  # translated lazily
    source: SignalSource
    fresh_days: int | None
    family: SignalFamily = SignalFamily.STORED
    basis: Any = ""  # what allows its use, translated lazily
    least: Decimal | None = None
    greatest: Decimal | None = None
    decimal_places: int = 0
    choices: tuple[str, ...] = ()
    is_always_known: bool = False
    is_actionable: bool = False  # the customer can change it
    remedy_hint: Any = ""  # and how, translated lazily
    moved_by: tuple[EventKind, ...] = ()
    window: Window | None = None
    needs: tuple[str, ...] = ()

    @property
    def is_stored(self) -> bool:
        return self.family is SignalFamily.STORED

    @property
    def may_be_null(self) -> bool:
        return not self.is_always_known


@dataclass(frozen=True, slots=True)
class SignalFault:
    """Why one value of one signal was refused."""

    signal: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision sees: signals by name, None when unknown or stale.

    `capped`: of these there are at least as many as the value says.
    """

    values: Mapping[str, SignalValue]
    stale: tuple[str, ...] = ()
    capped: tuple[str, ...] = ()
