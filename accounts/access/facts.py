"""Access, terms and restrictions as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from compliance.reasons.facts import Reason
from compliance.switches.facts import Mask

COOLDOWN_MINUTES_AT_MOST = 30 * 24 * 60


class State(StrEnum):
    """Ordered by severity: OPEN < LIMITED < CLOSED."""

    OPEN = "OPEN"
    LIMITED = "LIMITED"
    CLOSED = "CLOSED"

    @property
    def severity(self) -> int:
        return _SEVERITY[self]


_SEVERITY = {State.OPEN: 0, State.LIMITED: 1, State.CLOSED: 2}


class Source(StrEnum):
    """Who may start and lift a restriction."""

    POLICY = "policy"
    OPERATOR = "operator"
    REGULATOR = "regulator"


@dataclass(frozen=True, slots=True)
class Terms:
    """Units: cents of the product's currency; yearly rate as a fraction (0.1460 is 14.60 %)."""

    limit_cents: int
    annual_rate: Decimal
    max_term_months: int


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason to narrow access, as a decision or an operator found it."""

    reason_code: str
    effect: State  # LIMITED or CLOSED
    limit_cents: int | None = None  # cap while LIMITED
    ends_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The stored access of one customer to one product, before any switch."""

    access_id: int
    customer_id: int
    product_id: int
    state: State | None  # None: never decided, which is effectively CLOSED
    terms: Terms | None
    limit_cents: int | None  # terms narrowed by LIMITED restrictions
    since: dt.datetime | None
    next_review_at: dt.datetime | None
    reason_codes: tuple[str, ...] = ()
    decision_public_id: str = ""  # the last one
    moved_by_event_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """One credit product. Units: cents, months, yearly rate as a fraction."""

    id: int
    code: str
    name_zh: str
    name_en: str
    currency: str
    min_amount_cents: int
    max_amount_cents: int
    min_term_months: int
    max_term_months: int
    min_annual_rate: Decimal
    max_annual_rate: Decimal
    review_days: int
    is_active: bool
    cooldown_minutes: int = 0  # what an event changed, no event widens sooner

    def as_stored(self) -> dict[str, Any]:
        """As decisions and backtests keep it: decimals as text; names and the cool-down are left
        out, which decide nothing."""
        return {
            name: f"{value:f}" if isinstance(value, Decimal) else value
            for name in self.__dataclass_fields__
            if not name.startswith("name_") and name != "cooldown_minutes"
            for value in [getattr(self, name)]
        }

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Product:
        """The inverse of `as_stored`, without what it leaves out."""
        rates = {name: Decimal(stored[name]) for name in ("min_annual_rate", "max_annual_rate")}
        return cls(**{**stored, **rates, "name_zh": "", "name_en": ""})


@dataclass(frozen=True, slots=True)
class Locked:
    """One customer's access to one product, held still by the caller's transaction."""

    standing: Standing
    product: Product
    mask: Mask
    customer_public_id: str
    language: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one decision found about one locked access."""

    locked: Locked
    causes: tuple[Cause, ...]
    terms: Terms | None
    decision_public_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did: stored state before and after, and what is effective under switches."""

    before: State | None
    after: State
    effective: State
    limit_cents: int | None
    reason_codes: tuple[str, ...]
    is_changed: bool
    is_told: bool  # the customer hears of it: what they may use changed, or why


class Prospect(StrEnum):
    """What a finding would do to stored access, before anything is written."""

    NOTHING = "nothing"
    BENEATH = "beneath"  # access stays; causes or terms under it move
    WIDER = "wider"
    NARROWER = "narrower"


@dataclass(frozen=True, slots=True)
class ActiveRestriction:
    """A restriction in force, as screens and the API show it."""

    public_id: str
    reason_code: str
    source: Source
    effect: State
    limit_cents: int | None
    started_at: dt.datetime
    ends_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class EffectiveAccess:
    """The whole answer for one customer and product: stored, masked, and why."""

    product: Product
    state: State
    stored_state: State | None
    limit_cents: int | None
    terms: Terms | None
    since: dt.datetime | None
    next_review_at: dt.datetime | None
    decision_public_id: str
    reasons: tuple[Reason, ...]
    restrictions: tuple[ActiveRestriction, ...]
    mask: Mask
