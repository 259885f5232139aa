"""How access follows from its causes. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.access.facts import Cause, Product, State, Terms
from compliance.switches.facts import Effect, Mask

NOT_DECIDED = "NOT_DECIDED"
NO_TERMS = "NO_TERMS"

# Every move access can make and the name it has in the ledger. Anything not here cannot happen.
MOVES: dict[tuple[State | None, State], str] = {
    (None, State.OPEN): "access.opened",
    (None, State.LIMITED): "access.opened_limited",
    (None, State.CLOSED): "access.refused",
    (State.OPEN, State.LIMITED): "access.limited",
    (State.OPEN, State.CLOSED): "access.closed",
    (State.LIMITED, State.CLOSED): "access.closed",
    (State.LIMITED, State.OPEN): "access.restored",
    (State.CLOSED, State.LIMITED): "access.partly_restored",
    (State.CLOSED, State.OPEN): "access.restored",
    # The state stays; the amount or the reasons moved.
    (State.OPEN, State.OPEN): "access.terms_changed",
    (State.LIMITED, State.LIMITED): "access.terms_changed",
    (State.CLOSED, State.CLOSED): "access.reasons_changed",
}


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from the causes: state, amount while usable, reasons (most severe first)."""

    state: State
    limit_cents: int | None
    reason_codes: tuple[str, ...]


def derive(*, causes: Iterable[Cause], terms: Terms | None) -> Derived:
    """Most severe cause wins; caps add up to the smallest; without terms nothing is usable."""
    found = sorted(causes, key=lambda cause: (-cause.effect.severity, cause.reason_code))
    reasons = tuple(dict.fromkeys(cause.reason_code for cause in found))
    if any(cause.effect is State.CLOSED for cause in found):
        return Derived(State.CLOSED, None, reasons)
    if terms is None:
        return Derived(State.CLOSED, None, reasons or (NOT_DECIDED,))
    caps = [cause.limit_cents for cause in found if cause.limit_cents is not None]
    state = State.LIMITED if found else State.OPEN
    return Derived(state, min([terms.limit_cents, *caps]), reasons)


def masked(derived: Derived, mask: Mask) -> Derived:
    """What is effective under the switches that are on. Only ever narrows."""
    if mask.effect is None:
        return derived
    reasons = tuple(dict.fromkeys((*mask.reason_codes, *derived.reason_codes)))
    if mask.effect is Effect.CLOSED or derived.state is State.CLOSED:
        return Derived(State.CLOSED, None, reasons)
    caps = [cap for cap in (derived.limit_cents, mask.limit_cents) if cap is not None]
    return Derived(State.LIMITED, min(caps), reasons)


def within_product(*, terms: Terms | None, product: Product) -> Terms | None:
    """Terms cut down to what the product allows; None when nothing the product offers is left."""
    if terms is None:
        return None
    limit = min(terms.limit_cents, product.max_amount_cents)
    term = min(terms.max_term_months, product.max_term_months)
    rate = max(terms.annual_rate, product.min_annual_rate)
    if (
        limit < product.min_amount_cents
        or term < product.min_term_months
        or rate > product.max_annual_rate
    ):
        return None
    return Terms(limit_cents=limit, annual_rate=rate, max_term_months=term)


def still_holds(cause: Cause, *, found_again: bool, at: dt.datetime) -> bool:
    """Whether a policy's earlier cause stays after a new decision.

    A cause with an end date runs its course even when the fact is gone; any other lasts as long
    as it is found.
    """
    return found_again or (cause.ends_at is not None and cause.ends_at > at)
