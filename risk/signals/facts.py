"""A signal as policies and screens see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

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
    VERIFICATION = "verification"
    LINKS = "links"  # of other people who share something: may limit, never close by itself


@dataclass(frozen=True, slots=True)
class Signal:
    """One entry of the catalogue. `fresh_days` None: never goes stale.

    Bounds are inclusive; a value outside them is refused at the door, not clipped.
    """

    name: str
    type: SignalType
    unit: str
    label: Any  # translated lazily
    source: SignalSource
    fresh_days: int | None
    is_stored: bool = True
    least: Decimal | None = None
    greatest: Decimal | None = None
    decimal_places: int = 0
    choices: tuple[str, ...] = ()

    @property
    def may_be_null(self) -> bool:
        """What we work out ourselves is always known."""
        return self.is_stored


@dataclass(frozen=True, slots=True)
class SignalFault:
    """Why one value of one signal was refused."""

    signal: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision sees: every catalogued signal by name, None when unknown or stale."""

    values: Mapping[str, SignalValue]
    stale: tuple[str, ...] = ()
