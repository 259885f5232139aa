"""A candidate's answer beside the one that was given: recorded, without effect.

Nothing here can fail a decision. What goes wrong with a candidate is its own finding; what goes
wrong with the recording is a line in the log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection, transaction

from accounts.access.facts import Product
from risk.decisions import rules
from risk.decisions.facts import Decided
from risk.policies.facts import Shadow
from risk.signals.facts import Facts
from risk.signals.rules import columns
from risk.tables.facts import TableError
from risk.tables.services import canonical

log = structlog.get_logger(__name__)

_INSERT = """
INSERT INTO risk_shadowdecision
    (trial_id, decision_id, customer_id, state, limit_cents, reason_codes, live_state,
     live_limit_cents, live_reason_codes, differs, error, decided_at)
SELECT %s, decision_id, customer_id, state, limit_cents, reason_codes::jsonb, live_state,
       live_limit_cents, live_reason_codes::jsonb,
       (state, limit_cents, reason_codes)
           IS DISTINCT FROM (live_state, live_limit_cents, live_reason_codes),
       error, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[],
            %s::bigint[], %s::text[], %s::text[])
    AS given (decision_id, customer_id, state, limit_cents, reason_codes, live_state,
              live_limit_cents, live_reason_codes, error)
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One decision as it was made: about whom, on which facts, with which answer."""

    customer_id: int
    facts: Facts
    decided: Decided


def record(*, shadow: Shadow, seen: Sequence[Seen], product: Product, at: dt.datetime) -> None:
    """Effects: one statement for all of them, in a savepoint. Raises: nothing."""
    try:
        rows = [_row(shadow, one, product, at) for one in seen]
        if rows:
            _insert(shadow, rows, at)
    except Exception as error:  # the decision stands, whatever became of its shadow
        log.error("shadow_not_recorded", trial=shadow.trial_id, error=type(error).__name__)


def _row(shadow: Shadow, one: Seen, product: Product, at: dt.datetime) -> tuple[Any, ...]:
    given = one.decided.answer
    answer, error = _answer(shadow, one.facts, product, at)
    return (one.decided.id, one.customer_id, *_plain(answer), *_plain(given), error)


def _answer(
    shadow: Shadow, facts: Facts, product: Product, at: dt.datetime
) -> tuple[dict[str, Any] | None, str]:
    """The candidate's answer, or none and why."""
    if shadow.version is None:
        return None, "policy_unreadable"
    try:
        _causes, _terms, answer = rules.evaluate(
            compiled=shadow.version.compiled, signals=columns(facts), product=product, at=at
        )
    except TableError:
        return None, "policy_inconclusive"
    except Exception as error:
        log.exception("shadow_failed", policy=shadow.version.public_id)
        return None, type(error).__name__
    return answer, ""


def _plain(answer: Any) -> tuple[str | None, int | None, str]:
    if answer is None:
        return None, None, "[]"
    return answer["state"], answer["limit_cents"], canonical(sorted(answer["reason_codes"]))


def _insert(shadow: Shadow, rows: Sequence[tuple[Any, ...]], at: dt.datetime) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, [shadow.trial_id, at, *columns])
