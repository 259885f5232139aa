"""How access follows from its causes. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.access.facts import (
    ActiveRestriction,
    Cause,
    Product,
    Prospect,
    Source,
    Standing,
    State,
    Terms,
)
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


def derive(*, causes: Sequence[Cause], terms: Terms | None) -> Derived:
    """Most severe cause wins; caps add up to the smallest; without terms nothing is usable."""
    if not causes and terms is not None:  # nearly everybody
        return Derived(State.OPEN, terms.limit_cents, ())
    found = sorted(causes, key=lambda cause: (-cause.effect.severity, cause.reason_code))
    reasons = tuple(dict.fromkeys(cause.reason_code for cause in found))
    if any(cause.effect is State.CLOSED for cause in found):
        return Derived(State.CLOSED, None, reasons)
    if terms is None:
        return Derived(State.CLOSED, None, reasons or (NOT_DECIDED,))
    caps = [cause.limit_cents for cause in found if cause.limit_cents is not None]
    return Derived(State.LIMITED, min([terms.limit_cents, *caps]), reasons)


def is_news(*, before: Standing, derived: Derived, terms: Terms | None) -> bool:
    """Whether what is stored changes: another state, amount or reason, or, while it can be used,
    another rate or term."""
    stored = (before.state, before.limit_cents, before.reason_codes)
    if stored != (derived.state, derived.limit_cents, derived.reason_codes):
        return True
    return derived.state is not State.CLOSED and before.terms != terms


def is_told(*, before: Standing, derived: Derived, terms: Terms | None, mask: Mask) -> bool:
    """Whether the customer is told: the same, of what is effective under the switches that are on.

    What changes out of sight, under a switch that closes everything, is no news to them.
    """
    stored = Derived(before.state, before.limit_cents, before.reason_codes) if before.state else (
        Derived(State.CLOSED, None, (NOT_DECIDED,))
    )  # fmt: skip
    shown = masked(derived, mask)
    if masked(stored, mask) != shown:
        return True
    return shown.state is not State.CLOSED and before.terms != terms


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


def has_ended(cause: Cause | ActiveRestriction, *, at: dt.datetime) -> bool:
    return cause.ends_at is not None and cause.ends_at <= at


def continued(*, held: Cause | None, found: Cause | None, at: dt.datetime) -> Cause | None:
    """What becomes of a policy's cause when it decides again; None when it is over.

    A cause with a date runs its course: neither a vanished fact nor the same or a milder finding
    shortens or restarts it; only a graver finding takes its place. One without a date lasts as
    long as it is found, in the form it was found last.
    """
    if held is None or held.ends_at is None or has_ended(held, at=at):
        return found
    if found is None or _gravity(found) <= _gravity(held):
        return held
    return found


@dataclass(frozen=True, slots=True)
class Followed:
    """What a decision does to the policy's restrictions of one access, by their ids."""

    over: tuple[str, ...]
    changed: tuple[tuple[str, Cause], ...]
    kept: tuple[Cause, ...]  # in force before and after, changed or not
    new: tuple[Cause, ...]


_NOTHING = Followed((), (), (), ())


def follow(
    *, held: Sequence[ActiveRestriction], found: Sequence[Cause], at: dt.datetime
) -> Followed:
    """Bring the restrictions the policy holds in line with the causes it finds now."""
    if not held and not found:
        return _NOTHING
    causes = {cause.reason_code: cause for cause in found}
    mine = {row.reason_code: row for row in held if row.source is Source.POLICY}
    over, changed, kept = [], [], []
    for code, row in mine.items():
        before = as_cause(row)
        after = continued(held=before, found=causes.get(code), at=at)
        if after is None:
            over.append(row.public_id)
            continue
        kept.append(after)
        if after != before:
            changed.append((row.public_id, after))
    new = tuple(cause for code, cause in causes.items() if code not in mine)
    return Followed(tuple(over), tuple(changed), tuple(kept), new)


def foresee(
    *,
    before: Standing,
    held: Sequence[ActiveRestriction],
    found: Sequence[Cause],
    terms: Terms | None,
    at: dt.datetime,
) -> Prospect:
    """What a decision that finds these causes and terms would do to an access decided before."""
    lasting = [row for row in held if not has_ended(as_cause(row), at=at)]
    followed = follow(held=lasting, found=found, at=at)
    others = [as_cause(row) for row in lasting if row.source is not Source.POLICY]
    derived = derive(causes=(*others, *followed.kept, *followed.new), terms=terms)
    if is_news(before=before, derived=derived, terms=terms):
        is_wider = _widens(before=before, derived=derived, terms=terms)
        return Prospect.WIDER if is_wider else Prospect.NARROWER
    is_touched = followed.over or followed.changed or followed.new or before.terms != terms
    return Prospect.BENEATH if is_touched else Prospect.NOTHING


def _widens(*, before: Standing, derived: Derived, terms: Terms | None) -> bool:
    """Whether a change gives more and takes nothing: state and amount come first, then, where
    these stay, rate, term and reasons."""
    was, is_now = _usable(before.state, before.limit_cents), _usable(
        derived.state, derived.limit_cents
    )  # fmt: skip
    graver = derived.state.severity - (before.state or State.CLOSED).severity
    if graver > 0 or is_now < was:
        return False
    if graver < 0 or is_now > was:
        return True
    if terms is not None and before.terms is not None and derived.state is not State.CLOSED and (
        terms.annual_rate > before.terms.annual_rate
        or terms.max_term_months < before.terms.max_term_months
    ):  # fmt: skip
        return False
    return set(derived.reason_codes) <= set(before.reason_codes)


def _usable(state: State | None, limit_cents: int | None) -> int:
    return 0 if state in (None, State.CLOSED) else limit_cents or 0


def widens_from(*, standing: Standing, product: Product) -> dt.datetime | None:
    """Before this moment no event widens the access; None: none has changed it yet."""
    moved_at = standing.moved_by_event_at
    return moved_at and moved_at + dt.timedelta(minutes=product.cooldown_minutes)


def as_cause(row: ActiveRestriction) -> Cause:
    return Cause(row.reason_code, row.effect, row.limit_cents, row.ends_at)


def _gravity(cause: Cause) -> tuple[int, int, int]:
    """Graver is greater: by effect, then by how little is left to use."""
    has_cap = cause.limit_cents is not None
    return (cause.effect.severity, int(has_cap), -(cause.limit_cents or 0))
