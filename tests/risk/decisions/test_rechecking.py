"""Whoever's facts changed is decided again, once; one who cannot be holds up nobody."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.access import services as access
from accounts.access.facts import Cause, Source, State
from accounts.access.models import Access, Product
from backoffice.lib.errors import Conflict
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from risk.decisions import rechecking, services, tasks
from risk.decisions.models import Decision, ShadowDecision
from risk.policies import services as policies
from risk.policies import starter
from risk.policies.models import PolicyVersion
from risk.signals import rechecks
from risk.signals.models import Recheck
from tests.lender import AT, Lender
from tests.risk.decisions.rechecks import (
    DAY,
    HOUR,
    MINUTE,
    SOON,
    by_events,
    key,
    moves,
    news,
    queue,
    state,
    work,
)
from tests.snapshots import nothing_written
from tests.threads import at_once, failures, wait_for_a_waiter

pytestmark = pytest.mark.django_db(transaction=True)


def test_news_that_closes_does_so_at_once_and_is_told(customer: str) -> None:
    news(customer, score=500)
    assert work() == 1
    assert state(customer) == ("CLOSED", None)
    decision = Decision.objects.latest("id")
    assert (decision.trigger, decision.actor, decision.decided_at) == (
        "event", "system:events", SOON,
    )  # fmt: skip
    assert services.replay(public_id=decision.public_id).is_equal
    assert Access.objects.get().moved_by_event_at == SOON
    assert Notice.objects.filter(cause=f"decision:{decision.public_id}").count() == 1
    assert (queue(), work()) == ([], 0)


def test_a_hundred_changes_make_one_decision(customer: str) -> None:
    for score in range(400, 500):
        news(customer, SOON + dt.timedelta(seconds=score - 400), score=score)
    assert work(SOON + 5 * MINUTE) == 1
    assert by_events() == 1
    assert '"score":"499"' in Decision.objects.latest("id").facts


def test_news_that_comes_while_a_worker_decides_makes_one_more(
    customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes after the worker has read what is known, and before it is done."""
    evaluate = services.rules.evaluate
    late = iter([partial(news, customer, SOON, score=500), lambda: None])

    def meanwhile(**given: Any) -> Any:
        assert failures(at_once([next(late)])) == []
        return evaluate(**given)

    monkeypatch.setattr(services.rules, "evaluate", meanwhile)
    news(customer, score=640)
    assert work() == 2
    assert moves(customer) == [(None, "OPEN"), ("OPEN", "OPEN"), ("OPEN", "CLOSED")]
    assert by_events() == 2
    assert queue() == []


def test_several_workers_at_once_decide_everybody_once(
    lender_on_disk: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecking, "BATCH", 3)
    customers = [lender_on_disk.customer(f"C-{number}") for number in range(20)]
    for one in customers:
        lender_on_disk.decide(one)
        news(one, score=500)
    assert failures(at_once([work] * 4)) == []
    work()  # who was in a slower one's hands when a faster one looked
    assert by_events() == len(customers)
    assert Decision.objects.filter(trigger="event").values("customer").distinct().count() == 20
    assert {state(one)[0] for one in customers} == {"CLOSED"}
    assert queue() == []


def test_a_second_worker_finds_nothing_of_what_the_first_has_in_hand(customer: str) -> None:
    news(customer, score=500)
    found: list[Any] = []

    def look_on(*_given: Any, **_more: Any) -> Any:
        found.extend(at_once([work]))
        return decide(*_given, **_more)

    decide = services.decide_many
    with mock.patch.object(rechecking, "decide_many", look_on):
        assert work() == 1
    assert found == [0]
    assert by_events() == 1


def test_what_was_decided_between_claim_and_reading_is_not_decided_again(customer: str) -> None:
    """The claim's own snapshot still shows a row whose worker has just finished."""
    news(customer, score=500)
    read = rechecks.read

    def somebody_was_faster(**given: Any) -> Any:
        assert failures(at_once([lambda: Recheck.objects.all().delete()])) == []
        return read(**given)

    with mock.patch.object(rechecking.rechecks, "read", somebody_was_faster):
        assert rechecking.run_batch(at=SOON) is True
    assert by_events() == 0


def test_a_batch_asks_as_much_for_twenty_customers_as_for_two(lender_on_disk: Lender) -> None:
    counts = []
    for size, prefix in ((2, "A"), (20, "B")):
        for number in range(size):
            one = lender_on_disk.customer(f"{prefix}-{number}")
            lender_on_disk.decide(one)
            news(one, score=500)
        with CaptureQueriesContext(connection) as asked:
            assert rechecking.run_batch(at=SOON) is True
        counts.append(len(asked))
    assert counts == [25, 25]


# ── nothing changes ─────────────────────────────────────────────────────────────────────────


def test_news_that_changes_nothing_leaves_the_last_decision_standing(customer: str) -> None:
    news(customer, score=730)
    before = Recheck.objects.count()
    work()
    assert (before, queue(), Decision.objects.count()) == (1, [], 1)
    assert Access.objects.get().moved_by_event_at is None


def test_once_a_day_the_same_answer_is_said_again_with_what_is_known_then(customer: str) -> None:
    for hours in range(1, 49):
        news(customer, AT + hours * HOUR, score=700 + hours)
        work(AT + hours * HOUR)
    said = Decision.objects.filter(trigger="event").order_by("id")
    assert [one.decided_at for one in said] == [AT + DAY, AT + 2 * DAY]
    assert ['"score":"724"' in said[0].facts, '"score":"748"' in said[1].facts] == [True, True]
    assert moves(customer) == [(None, "OPEN")]
    assert Notice.objects.count() == 1


def test_another_version_in_force_is_put_on_record_even_when_it_says_the_same(
    lender_on_disk: Lender, customer: str
) -> None:
    content = starter.consumer_credit()
    content["tables"][0]["rules"].reverse()
    lender_on_disk.publish(content, at=SOON)
    live = PolicyVersion.objects.get(status="live")
    for score in (730, 740):
        news(customer, SOON, score=score)
        work()
    [again] = Decision.objects.filter(trigger="event")
    assert again.policy_hash == live.content_hash
    assert moves(customer) == [(None, "OPEN")]


def test_better_terms_behind_an_operators_restriction_are_kept_for_when_it_ends(
    customer: str,
) -> None:
    restriction = access.restrict(
        customer_public_id=customer, product_code="flex-credit",
        cause=Cause("OPERATOR_REVIEW", State.CLOSED), source=Source.OPERATOR, note="odd papers",
        actor=staff(7), at=AT,
    )  # fmt: skip
    news(customer, score=660)
    work()
    assert (state(customer), by_events()) == (("CLOSED", None), 1)
    access.lift(restriction_public_id=restriction, note="in order", actor=staff(7), at=SOON)
    assert state(customer) == ("OPEN", 8_000_000)


def test_a_candidate_sees_what_was_decided_and_nothing_else(
    lender_on_disk: Lender, customer: str
) -> None:
    from tests.risk.decisions.test_trials import SUBMITTED, candidate, shadow

    shadow(lender_on_disk, candidate(lender_on_disk, SUBMITTED))
    other = lender_on_disk.customer("C-2")
    lender_on_disk.decide(other)
    before = ShadowDecision.objects.count()
    news(customer, score=500)
    news(other, score=730)
    work()
    [seen] = ShadowDecision.objects.order_by("id")[before:]
    assert (seen.customer_id, seen.live_state) == (key(customer), "CLOSED")


# ── who is not decided ──────────────────────────────────────────────────────────────────────


def test_somebody_never_decided_is_left_alone(lender_on_disk: Lender) -> None:
    news(lender_on_disk.customer(), score=500)
    assert work() == 1
    assert (Decision.objects.count(), Access.objects.count(), queue()) == (0, 0, [])


@pytest.mark.parametrize("what", ["not offered", "no policy"])
def test_without_product_or_policy_the_row_ends_and_access_stands(what: str, customer: str) -> None:
    if what == "not offered":
        Product.objects.update(is_active=False)
    else:
        policies.retire(
            public_id=PolicyVersion.objects.get().public_id, note="over", actor=staff(7), at=AT
        )
    news(customer, score=500)
    work()
    assert (state(customer)[0], by_events(), queue()) == ("OPEN", 0, [])


def test_every_product_they_were_decided_for_is_decided(
    lender_on_disk: Lender, customer: str
) -> None:
    product = lender_on_disk.product
    product.pk, product.code = None, "other-credit"
    product.save(force_insert=True)
    lender_on_disk.publish(starter.consumer_credit())
    lender_on_disk.decide(customer)
    news(customer, score=500)
    assert work() == 1
    assert state(customer) == state(customer, "other-credit") == ("CLOSED", None)
    assert by_events() == 2


def broken(score: int, error: Exception) -> Any:
    """An evaluation that fails for whoever has this score."""
    evaluate = services.rules.evaluate

    def evaluated(**given: Any) -> Any:
        if given["signals"]["score"] == score:
            raise error
        return evaluate(**given)

    return mock.patch.object(services.rules, "evaluate", evaluated)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Conflict("no", code="policy_inconclusive"), "policy_inconclusive"),
        (ZeroDivisionError("13812345678"), "unexpected"),
    ],
)
def test_one_who_cannot_be_decided_waits_and_the_others_go_on(
    lender_on_disk: Lender, error: Exception, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    customers = [lender_on_disk.customer(f"C-{number}") for number in range(4)]
    for number, one in enumerate(customers):
        lender_on_disk.decide(one)
        news(one, score=500 + number)
    with broken(502, error):
        assert work() == 1
    assert queue() == [(customers[2], "failed", SOON + dt.timedelta(seconds=10), code)]
    assert [state(one)[0] for one in customers] == ["CLOSED", "CLOSED", "OPEN", "CLOSED"]
    assert "13812345678" not in "".join(capsys.readouterr())
    assert work(SOON + dt.timedelta(seconds=9)) == 0
    assert work(SOON + dt.timedelta(seconds=10)) == 1
    assert (state(customers[2])[0], queue()) == ("CLOSED", [])


def test_what_breaks_the_writing_of_one_is_found_one_by_one(
    lender_on_disk: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = [lender_on_disk.customer(f"C-{number}") for number in range(3)]
    for one in customers:
        lender_on_disk.decide(one)
        news(one, score=500)
    carried_out = access.apply_all

    def apply_all(**given: Any) -> Any:
        if any(one.locked.customer_public_id == customers[1] for one in given["findings"]):
            raise ZeroDivisionError
        return carried_out(**given)

    monkeypatch.setattr(services.access, "apply_all", apply_all)
    work()
    assert [(row[0], row[3]) for row in queue()] == [(customers[1], "unexpected")]
    assert by_events() == 2


def test_after_enough_attempts_somebody_has_to_look_and_says_when_to_go_on(customer: str) -> None:
    news(customer, score=500)
    at = SOON
    with broken(500, Conflict("no", code="policy_inconclusive")):
        for _attempt in range(rechecks.ATTEMPTS_AT_MOST):
            assert work(at) == 1
            at = Recheck.objects.get().due_at or at
        assert queue() == [(customer, "stuck", None, "policy_inconclusive")]
        assert work(at + DAY) == 0
    entry = LedgerEntry.objects.get(action="recheck.given_up")
    assert (entry.subject_id, entry.detail) == (customer, {"code": "policy_inconclusive"})
    rechecks.retry(customer_id=key(customer), note="mended", actor=staff(7), at=at)
    assert work(at) == 1
    assert (state(customer)[0], queue()) == ("CLOSED", [])


def test_a_policy_nobody_can_read_is_a_problem_of_everybody_and_loses_nobody(
    customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(**_given: Any) -> Any:
        raise Conflict("no", code="policy_unreadable")

    news(customer, score=500)
    with monkeypatch.context() as patch:
        patch.setattr(services.activation, "in_force", unreadable)
        work()
    assert [row[3] for row in queue()] == ["policy_unreadable"]
    assert work(SOON + MINUTE) == 1
    assert state(customer)[0] == "CLOSED"


def test_a_database_that_goes_away_takes_the_batch_back_whole(
    customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    news(customer, score=500)

    def gone(**_given: Any) -> Any:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patch, nothing_written():
        patch.setattr(rechecking.rechecks, "conclude", gone)
        with pytest.raises(OperationalError):
            rechecking.run_batch(at=SOON)
    assert work() == 1
    assert (state(customer)[0], by_events()) == ("CLOSED", 1)


def test_a_decision_on_request_meanwhile_waits_its_turn_and_both_stand(
    lender_on_disk: Lender, customer: str
) -> None:
    news(customer, score=500)

    def request() -> None:
        with transaction.atomic():
            lender_on_disk.decide(customer, SOON)
            wait_for_a_waiter()

    def event() -> None:
        from tests.risk.decisions.test_concurrency import wait_until_held

        wait_until_held()
        work()

    assert failures(at_once([request, event])) == []
    assert moves(customer) == [(None, "OPEN"), ("OPEN", "CLOSED")]
    assert (by_events(), queue()) == (0, [])  # the request has said it all


def test_the_task_goes_on_until_nobody_is_due_and_gives_up_its_turn_in_between(
    customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: list[str] = []
    monkeypatch.setattr(tasks, "nudge", nudged.append)
    batches = iter([True, True, True, False])
    monkeypatch.setattr(tasks.rechecking, "run_batch", lambda **_given: next(batches))
    tasks.recheck_customers()
    assert (list(batches), nudged) == ([], [])
    monkeypatch.setattr(tasks, "RECHECK_TURN_SECONDS", 0.0)
    monkeypatch.setattr(tasks.rechecking, "run_batch", lambda **_given: True)
    tasks.recheck_customers()
    assert nudged == ["risk.decisions.recheck_customers"]
