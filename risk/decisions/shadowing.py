"""A candidate's answer beside the one that was given: recorded, without effect.

Nothing here can fail a decision. What goes wrong with a candidate is its own finding; what goes
wrong with the recording is a line in the log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import transaction

from accounts.access.facts import Product
from backoffice.lib import bulk
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
SELECT %(trial_id)s::bigint, decision_id, customer_id, state, limit_cents, reason_codes::jsonb,
       live_state, live_limit_cents, live_reason_codes::jsonb,
       (state, limit_cents, reason_codes)
           IS DISTINCT FROM (live_state, live_limit_cents, live_reason_codes),
       error, %(at)s::timestamptz
FROM {given} ORDER BY place
"""
_COLUMNS = {
    "decision_id": "bigint", "customer_id": "bigint", "state": "text", "limit_cents": "bigint",
    "reason_codes": "text", "live_state": "text", "live_limit_cents": "bigint",
    "live_reason_codes": "text", "error": "text",
}  # fmt: skip


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
        with transaction.atomic():
            bulk.run(
                _INSERT, name="shadows", columns=_COLUMNS, rows=rows, trial_id=shadow.trial_id,
                at=at,
            )  # fmt: skip
    except Exception as error:  # the decision stands, whatever became of its shadow
        log.error("shadow_not_recorded", trial=shadow.trial_id, error=type(error).__name__)


def _row(shadow: Shadow, one: Seen, product: Product, at: dt.datetime) -> tuple[Any, ...]:
    given = one.decided.answer
    answer, error = _answer(shadow, one.facts, product, at)
    return (one.decided.id, one.customer_id, *_plain(answer), *_plain(given), error)


def _answer(
    shadow: Shadow, facts: Facts, product: Product, at: dt.datetime
) -> tuple[Mapping[str, Any] | None, str]:
    """The candidate's answer, or none and why."""
    if shadow.version is None:
        return None, "policy_unreadable"
    try:
        found = rules.evaluate(
            compiled=shadow.version.compiled, signals=columns(facts), product=product, at=at
        )
    except TableError:
        return None, "policy_inconclusive"
    except Exception as error:
        # Neither the text nor the traceback: both may quote what a customer told us.
        name = type(error).__name__
        log.error("shadow_failed", policy=shadow.version.public_id, error=name)
        return None, name
    return found.answer, ""


def _plain(answer: Any) -> tuple[str | None, int | None, str]:
    if answer is None:
        return None, None, "[]"
    return answer["state"], answer["limit_cents"], canonical(sorted(answer["reason_codes"]))
