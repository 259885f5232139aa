"""Deciding many together writes the rows that deciding one after another writes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.access import services as access
from accounts.access.facts import Cause, Source, State
from backoffice.lib import bulk
from compliance.ledger.facts import staff, system
from compliance.switches import services as switches
from compliance.switches.facts import Effect, Kind
from risk.decisions import services
from risk.decisions.models import DecisionTrigger
from risk.policies import starter
from risk.signals import services as signals
from tests.lender import AT, Lender

# Row ids and random ids differ; everything else must not.
_ROWS = {
    "decisions": """
        SELECT customer_id, product_id, policy_version_id, policy_hash, trigger, campaign_id, state,
               effective_state, effective_limit_cents, effective_reason_codes::text, facts, answer,
               actor, decided_at
        FROM risk_decision ORDER BY customer_id, id""",
    "restrictions": """
        SELECT customer_id, product_id, reason_id, source, effect, limit_cents, started_at, ends_at,
               lifted_at, lifted_by, started_by, note
        FROM accounts_restriction ORDER BY customer_id, reason_id, source, id""",
    "access": """
        SELECT customer_id, product_id, state, reason_codes::text, terms_limit_cents, limit_cents,
               annual_rate, max_term_months, since, next_review_at, decision_public_id
        FROM accounts_access ORDER BY customer_id""",
    "ledger": """
        SELECT subject_id, occurred_at, actor_kind, actor_id, action, subject_kind, reason,
               detail::text
        FROM compliance_ledgerentry ORDER BY subject_kind, subject_id, id""",
    "notices": """
        SELECT recipient, cause, template, context::text, queued_at, channel, state, attempts,
               due_at, failure
        FROM compliance_notice n JOIN compliance_delivery d ON d.notice_id = n.id
        ORDER BY recipient, n.id""",
}
_RANDOM_ID = re.compile(r"\b(dec|rst|not)_[a-z2-7]{26}\b")


def rows() -> dict[str, list[tuple[str, ...]]]:
    found = {}
    with connection.cursor() as cursor:
        for name, statement in _ROWS.items():
            cursor.execute(statement)
            found[name] = [
                tuple(_RANDOM_ID.sub(r"\1_", str(value)) for value in row)
                for row in cursor.fetchall()
            ]
    return found


@contextmanager
def undone() -> Iterator[None]:
    """A savepoint, not a block: what is an entry must not find itself inside another."""
    savepoint = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(savepoint)


CUSTOMERS = st.lists(
    st.fixed_dictionaries(
        {
            "before": st.sampled_from([None, 560, 610, 720]),
            "score": st.sampled_from([None, 500, 579, 600, 650, 700, 720]),
            "applications_30d": st.sampled_from([0, 5, 9]),
            "utilisation": st.sampled_from([None, 0, 1]),
            "months_late_now": st.sampled_from([None, 0, 1, 2]),
            "is_reviewed": st.booleans(),
        }
    ),
    min_size=2,
    max_size=5,
)


@given(
    people=CUSTOMERS,
    is_stricter=st.booleans(),
    effect=st.sampled_from([None, Effect.LIMITED, Effect.CLOSED]),
    days=st.integers(0, 31),
    copied_from=st.sampled_from([1, 100]),
)
@settings(
    max_examples=12, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_together_is_one_after_another(
    lender: Lender,
    people: list[dict[str, Any]],
    is_stricter: bool,
    effect: Effect | None,
    days: int,
    copied_from: int,
) -> None:
    """After a history of their own: earlier decisions, reviews by hand, ends that have come."""
    at = AT + dt.timedelta(days=days)
    with undone():
        customers = [_with_history(lender, index, person) for index, person in enumerate(people)]
        if is_stricter:
            lender.publish(starter.repayment_behaviour())
        if effect is not None:
            switches.turn_on(
                scope="platform", kind=Kind.EMERGENCY, effect=effect, note="test", at=AT,
                reason_code="EMERGENCY_STOP", actor=system("test"),
            )  # fmt: skip
        with undone():
            for customer in customers:
                _decide([customer], at)
            singly = rows()
        with undone(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(bulk, "COPIED_FROM", copied_from)
            _decide(customers, at)
            together = rows()
    assert len(singly["decisions"]) >= len(people)
    for name, expected in singly.items():
        assert together[name] == expected, name


def _with_history(lender: Lender, index: int, person: dict[str, Any]) -> str:
    customer = lender.customer(f"C-{index}", score=person["before"])
    if person["before"] is not None:
        _decide([customer], AT)
    if person["is_reviewed"]:
        access.restrict(
            customer_public_id=customer, product_code="flex-credit",
            cause=Cause("OPERATOR_REVIEW", State.CLOSED, ends_at=AT + dt.timedelta(days=10)),
            source=Source.OPERATOR, note="papers", actor=staff(lender.approver.pk), at=AT,
        )  # fmt: skip
    given_now = {
        name: person[name]
        for name in ("score", "applications_30d", "utilisation", "months_late_now")
    }
    row_id = _row_id(customer)
    moment = AT + dt.timedelta(hours=1)
    signals.write(customer_id=row_id, values=given_now, observed_at=moment)
    return customer


def _row_id(customer: str) -> int:
    from accounts.customers import queries

    return queries.resolve_id(customer)


def _decide(customers: list[str], at: dt.datetime) -> None:
    services.decide_many(
        customer_public_ids=customers, product_code="flex-credit",
        trigger=DecisionTrigger.REQUEST, actor=system("test"), at=at,
    )  # fmt: skip
