"""One decision through the house."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from accounts.access.facts import State
from accounts.access.models import Access, Restriction
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Delivery, Notice
from risk.decisions import services
from risk.decisions.models import Decision
from tests.lender import AT, Lender


def test_a_good_customer_is_opened_on_the_terms_of_the_first_fitting_row(lender: Lender) -> None:
    customer = lender.customer()
    decided = lender.decide(customer)

    assert decided.change.effective is State.OPEN
    access = Access.objects.get()
    assert (access.state, access.limit_cents, str(access.annual_rate)) == (
        "OPEN", 20_000_000, "0.07200",
    )  # fmt: skip
    assert access.next_review_at == AT + dt.timedelta(days=90)
    assert Notice.objects.get().template == "access_open"
    assert Delivery.objects.get().channel == "email"
    assert LedgerEntry.objects.filter(action="access.opened").count() == 1


def test_a_fallen_score_closes_with_its_reason_and_a_risen_one_reopens(lender: Lender) -> None:
    customer = lender.customer(score=750)
    lender.decide(customer)
    row = Access.objects.get()
    from risk.signals import services as signals

    later = AT + dt.timedelta(days=1)
    signals.write(customer_id=row.customer_id, values={"score": 560}, observed_at=later)
    closed = lender.decide(customer, later)
    assert (closed.change.before, closed.change.after) == (State.OPEN, State.CLOSED)
    assert closed.change.reason_codes == ("SCORE_TOO_LOW",)

    last = later + dt.timedelta(days=1)
    signals.write(customer_id=row.customer_id, values={"score": 700}, observed_at=last)
    reopened = lender.decide(customer, last)
    assert reopened.change.after is State.OPEN
    assert Restriction.objects.get().lifted_at == last
    actions = list(
        LedgerEntry.objects.filter(action__startswith="access.")
        .order_by("id").values_list("action", flat=True)
    )  # fmt: skip
    assert actions == ["access.opened", "access.closed", "access.restored"]


def test_the_same_answer_twice_says_nothing_twice(lender: Lender) -> None:
    customer = lender.customer()
    lender.decide(customer)
    again = lender.decide(customer, AT + dt.timedelta(hours=1))
    assert again.change.is_changed is False
    assert Notice.objects.count() == 1
    assert Decision.objects.count() == 2


def test_a_stale_score_is_unknown_and_the_policy_says_what_follows(lender: Lender) -> None:
    customer = lender.customer()
    decided = lender.decide(customer, AT + dt.timedelta(days=91))
    assert "SCORE_UNKNOWN" in decided.change.reason_codes
    facts = json.loads(Decision.objects.get().facts)
    assert facts["signals"]["score"] is None
    assert "score" in facts["stale"]


@pytest.mark.parametrize("score", [None, 0, 579, 580, 619, 620, 699, 700, 1000])
def test_replay_gives_the_same_bytes(lender: Lender, score: int | None) -> None:
    decided = lender.decide(lender.customer(score=score))
    replayed = services.replay(public_id=decided.public_id)
    assert replayed.is_equal, (replayed.stored, replayed.recomputed)


def test_a_decision_is_written_with_nine_statements(
    lender: Lender, django_assert_num_queries: object
) -> None:
    customer = lender.customer()
    lender.decide(customer)
    with django_assert_num_queries(9):  # type: ignore[operator]
        lender.decide(customer, AT + dt.timedelta(hours=1))
