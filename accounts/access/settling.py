"""From causes to stored access, for any number of locked customers at once. Only for services."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from accounts.access import facts, rules
from accounts.access.announcing import News, announce
from backoffice.lib import bulk
from backoffice.lib.transactions import step
from compliance.ledger.facts import Actor
from compliance.notices.facts import Pace

_UPDATE = """
UPDATE accounts_access AS stored
SET state = given.state, reason_codes = given.reason_codes,
    terms_limit_cents = given.terms_limit_cents, limit_cents = given.limit_cents,
    annual_rate = given.annual_rate, max_term_months = given.max_term_months,
    since = given.since, next_review_at = given.next_review_at,
    decision_public_id = coalesce(given.decision_public_id, stored.decision_public_id)
FROM {given} WHERE stored.id = given.id
"""
_COLUMNS = {
    "id": "bigint", "state": "text", "reason_codes": "jsonb", "terms_limit_cents": "bigint",
    "limit_cents": "bigint", "annual_rate": "numeric", "max_term_months": "smallint",
    "since": "timestamptz", "next_review_at": "timestamptz", "decision_public_id": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settling:
    """One locked access and the causes it now follows from.

    `cause` names what made it move; `decision_public_id` is given when a decision did, whose
    terms and next review it then takes.
    """

    locked: facts.Locked
    causes: tuple[facts.Cause, ...]
    terms: facts.Terms | None
    cause: str
    decision_public_id: str | None = None


@step
def settle(
    settlings: Sequence[Settling], *, actor: Actor, at: dt.datetime, pace: Pace | None = None
) -> list[facts.Change]:
    """Derive, write, record, tell; one statement for each of these, whatever the number."""
    settled = [(each, *_derived(each)) for each in settlings]
    bulk.run(
        _UPDATE,
        name="accesses",
        columns=_COLUMNS,
        rows=[
            _row(each, derived, at)
            for each, derived, change in settled
            if change.is_changed or each.decision_public_id is not None
        ],
    )
    news = [
        News(each.locked, change, each.terms, each.cause)
        for each, _follows, change in settled
        if change.is_changed
    ]
    announce(news, actor=actor, at=at, pace=pace)
    return [change for _each, _follows, change in settled]


def _derived(each: Settling) -> tuple[rules.Derived, facts.Change]:
    """The access that follows, and what it changes."""
    before, mask = each.locked.standing, each.locked.mask
    causes = each.causes
    if not causes and each.terms is None and before.next_review_at is not None:
        causes = (facts.Cause(rules.NO_TERMS, facts.State.CLOSED),)  # decided, nothing offered
    derived = rules.derive(causes=causes, terms=each.terms)
    shown = rules.masked(derived, mask)
    is_changed = rules.is_news(before=before, derived=derived, terms=each.terms)
    change = facts.Change(
        before=before.state,
        after=derived.state,
        effective=shown.state,
        limit_cents=shown.limit_cents,
        reason_codes=shown.reason_codes,
        is_changed=is_changed,
        is_told=is_changed
        and rules.is_told(before=before, derived=derived, terms=each.terms, mask=mask),
    )
    return derived, change


@lru_cache(maxsize=4096)
def _codes(reason_codes: tuple[str, ...]) -> str:
    """The same few lists come again and again."""
    return json.dumps(reason_codes)


def _row(each: Settling, derived: rules.Derived, at: dt.datetime) -> tuple[Any, ...]:
    before = each.locked.standing
    terms, next_review_at = before.terms, before.next_review_at
    if each.decision_public_id is not None:
        terms = each.terms
        next_review_at = at + dt.timedelta(days=each.locked.product.review_days)
    return (
        before.access_id,
        derived.state.value,
        _codes(derived.reason_codes),
        terms.limit_cents if terms else None,
        derived.limit_cents,
        terms.annual_rate if terms else None,
        terms.max_term_months if terms else None,
        before.since if derived.state is before.state else max(at, before.since or at),
        next_review_at,
        each.decision_public_id,
    )
