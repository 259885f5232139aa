"""The mask as deciders and readers see it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

PLATFORM_SCOPE = "platform"
_PRODUCT_SCOPE = re.compile(r"product:[a-z][a-z0-9-]{1,39}")


class Effect(StrEnum):
    """What a switch narrows access to."""

    LIMITED = "LIMITED"
    CLOSED = "CLOSED"


class Kind(StrEnum):
    """Why it is on; in order of precedence when several are."""

    EMERGENCY = "emergency"
    REGULATOR = "regulator"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class SwitchOn:
    """One switch that is on. `limit_cents` caps the amount when the effect is LIMITED."""

    public_id: str
    scope: str
    kind: Kind
    effect: Effect
    limit_cents: int | None
    reason_code: str
    turned_on_at: dt.datetime
    expected_end_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Mask:
    """The narrowest of all switches that are on for one product; empty when none is."""

    switches: tuple[SwitchOn, ...] = ()

    @property
    def effect(self) -> Effect | None:
        if not self.switches:
            return None
        if any(switch.effect is Effect.CLOSED for switch in self.switches):
            return Effect.CLOSED
        return Effect.LIMITED

    @property
    def limit_cents(self) -> int | None:
        caps = [switch.limit_cents for switch in self.switches if switch.limit_cents is not None]
        return min(caps) if caps else None

    @property
    def reason_codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(switch.reason_code for switch in self.switches))

    def over(self, scopes: Iterable[str]) -> Mask:
        """The part of it that narrows the given scopes."""
        wanted = set(scopes)
        return Mask(tuple(switch for switch in self.switches if switch.scope in wanted))


def product_scope(product_code: str) -> str:
    return f"product:{product_code}"


def is_scope(text: str) -> bool:
    """Whether any decision could ever look at a switch over this."""
    return text == PLATFORM_SCOPE or _PRODUCT_SCOPE.fullmatch(text) is not None


def scopes_over(product_code: str) -> tuple[str, str]:
    """Every scope whose switch narrows this product, in lock order."""
    return (PLATFORM_SCOPE, product_scope(product_code))
