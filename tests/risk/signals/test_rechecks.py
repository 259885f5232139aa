"""The queue of customers whose facts changed: one row each, and whoever waits is nudged once."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from accounts.customers.models import Customer
from backoffice.lib import outbox
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from risk.events.facts import EventKind
from risk.signals import rechecks, services
from risk.signals.models import CustomerSignals, Recheck
from tests.api_client import LenderApp
from tests.lender import AT
from tests.threads import at_once, wait_for_a_waiter, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = "risk.decisions.recheck_customers"
SOON = AT + dt.timedelta(minutes=1)


@pytest.fixture
def people(transactional_db: None) -> list[int]:
    rows = [
        Customer(public_id=f"cus_{n}", reference=f"C-{n}", created_at=AT, changed_at=AT)
        for n in range(40)
    ]
    return [row.pk for row in Customer.objects.bulk_create(rows)]


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every task this process asks the broker for."""
    found: list[str] = []
    monkeypatch.setattr(outbox.app, "send_task", lambda task, *_given, **_more: found.append(task))
    return found


def row(customer_id: int) -> tuple[Any, ...]:
    found = Recheck.objects.get(pk=customer_id)
    return found.generation, found.state, found.asked_at, found.due_at, found.attempts


def test_a_hundred_changes_are_one_row_that_keeps_the_first_time(people: list[int]) -> None:
    for minute in range(100):
        rechecks.ask(customer_ids=[people[0]], at=AT + dt.timedelta(minutes=minute))
    assert row(people[0]) == (100, "waiting", AT, AT, 0)
    assert Recheck.objects.count() == 1


def test_a_batch_is_one_statement_and_names_a_customer_as_often_as_it_likes(
    people: list[int], django_assert_num_queries: Any
) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        rechecks.ask(customer_ids=[*people, *people, people[0]], at=AT)
    with transaction.atomic(), django_assert_num_queries(0):
        rechecks.ask(customer_ids=[], at=AT)
    assert Recheck.objects.filter(generation=1).count() == len(people)


def test_a_change_brings_forward_who_is_held_failed_or_stuck_with_new_attempts(
    people: list[int],
) -> None:
    later = AT + dt.timedelta(hours=1)
    for customer, state, due_at in zip(
        people, ("held", "failed", "stuck"), (later, later, None), strict=False
    ):
        Recheck.objects.create(
            customer_id=customer, state=state, asked_at=AT, due_at=due_at, attempts=7,
            problem="policy_inconclusive",
        )  # fmt: skip
    rechecks.ask(customer_ids=people[:3], at=SOON)
    assert [row(customer) for customer in people[:3]] == [(2, "waiting", AT, SOON, 0)] * 3


def test_rows_are_locked_in_order_of_customer_so_that_batches_never_deadlock(
    people: list[int],
) -> None:
    """Whoever waits for the second of three holds the first and not the third."""
    rechecks.ask(customer_ids=people[:3], at=AT)

    def hold_the_second() -> list[int]:
        with transaction.atomic():
            Recheck.objects.select_for_update().get(pk=people[1])
            wait_for_a_waiter()
            free = Recheck.objects.select_for_update(skip_locked=True)
            return sorted(free.values_list("pk", flat=True))

    def ask_backwards() -> None:
        wait_until(
            "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
            "WHERE c.relname = 'risk_recheck' AND l.mode = 'RowShareLock' "
            "AND l.pid <> pg_backend_pid()"
        )
        rechecks.ask(customer_ids=people[2::-1], at=AT)

    assert at_once([hold_the_second, ask_backwards]) == [people[1:3], None]


def test_a_worker_is_nudged_once_a_transaction_and_not_for_who_waits_already(
    people: list[int], nudged: list[str]
) -> None:
    with transaction.atomic():
        rechecks.ask(customer_ids=people[:2], at=AT)
        rechecks.ask(customer_ids=people[2:4], at=AT)
    assert nudged == [WORKER]
    rechecks.ask(customer_ids=people[:4], at=SOON)
    assert nudged == [WORKER]
    rechecks.ask(customer_ids=people[:5], at=SOON)
    assert nudged == [WORKER] * 2
    Recheck.objects.filter(pk=people[0]).update(state="held", due_at=SOON + dt.timedelta(hours=1))
    rechecks.ask(customer_ids=people[:1], at=SOON)
    assert nudged == [WORKER] * 3


def test_nothing_is_asked_or_nudged_when_the_change_is_taken_back(
    people: list[int], nudged: list[str]
) -> None:
    with transaction.atomic():
        rechecks.ask(customer_ids=people, at=AT)
        transaction.set_rollback(True)
    assert (Recheck.objects.count(), nudged) == (0, [])


def test_outcomes_move_no_signal_and_everything_else_does() -> None:
    unmoved = {kind for kind in EventKind if not rechecks.matters(kind)}
    assert unmoved == {EventKind.DEFAULT, EventKind.CURE}


def claim(limit: int, at: dt.datetime = SOON) -> list[int]:
    return rechecks.claim(at=at, limit=limit)


def test_two_workers_claim_different_customers_and_the_longest_waiting_first(
    people: list[int],
) -> None:
    for minute, customer in enumerate(people[:6]):
        rechecks.ask(customer_ids=[customer], at=AT - dt.timedelta(minutes=minute))

    def first() -> list[int]:
        with transaction.atomic():
            mine = claim(2)
            [others] = at_once([partial(claim_alone, 3)])
            return [*mine, *others]

    assert at_once([first]) == [people[5:0:-1]]


def claim_alone(limit: int) -> list[int]:
    with transaction.atomic():
        return claim(limit)


def test_who_waits_is_due_though_the_askers_clock_is_ahead_and_who_is_held_is_not(
    people: list[int],
) -> None:
    ahead = AT + dt.timedelta(seconds=4)
    rechecks.ask(customer_ids=people[:2], at=ahead)
    Recheck.objects.filter(pk=people[0]).update(state="held")
    with transaction.atomic():
        assert claim(10, at=AT) == [people[1]]
        assert [one.customer_id for one in rechecks.read(customer_ids=people[:2], at=AT)] == people[
            1:2
        ]
    with transaction.atomic():
        assert claim(10, at=ahead) == people[:2]


def test_whoever_asks_does_not_wait_for_the_worker_who_decides(people: list[int]) -> None:
    """And whoever removes rows waits for those who are asking, in order."""
    rechecks.ask(customer_ids=people[:2], at=AT)
    with transaction.atomic():
        asked = rechecks.read(customer_ids=claim(10), at=SOON)
        assert at_once([lambda: rechecks.ask(customer_ids=people[1:2], at=SOON)]) == [None]
        rechecks.conclude(asked=asked, held={}, failed={}, at=SOON)
    assert [one.pk for one in Recheck.objects.all()] == [people[1]]
    assert row(people[1]) == (2, "waiting", AT, AT, 0)


def test_a_change_under_way_when_the_row_is_removed_is_not_lost(people: list[int]) -> None:
    rechecks.ask(customer_ids=people[:1], at=AT)

    def slow_event() -> None:
        with transaction.atomic():
            rechecks.ask(customer_ids=people[:1], at=SOON)
            wait_for_a_waiter()

    def decide() -> None:
        with transaction.atomic():
            asked = [rechecks.Asked(people[0], 1, 0)]
            wait_until_asked()
            rechecks.conclude(asked=asked, held={}, failed={}, at=SOON)

    assert at_once([slow_event, decide]) == [None, None]
    assert row(people[0])[0] == 2


def wait_until_asked() -> None:
    wait_until(
        "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
        "WHERE c.relname = 'risk_recheck' AND l.mode = 'RowExclusiveLock' "
        "AND l.pid <> pg_backend_pid()"
    )


def test_a_failure_waits_twice_as_long_each_time_and_then_for_somebody(people: list[int]) -> None:
    customer, at = people[0], AT
    rechecks.ask(customer_ids=[customer], at=at)
    pauses = []
    for _attempt in range(rechecks.ATTEMPTS_AT_MOST):
        with transaction.atomic():
            [asked] = rechecks.read(customer_ids=[customer], at=at)
            stuck = rechecks.conclude(asked=[asked], held={}, failed={customer: "odd"}, at=at)
        due_at = Recheck.objects.get(pk=customer).due_at
        if due_at is not None:
            pauses.append((due_at - at).total_seconds())
            at = due_at
    assert pauses == [10, 20, 40, 80, 160, 320, 640]
    assert stuck == [customer]
    assert row(customer) == (1, "stuck", AT, None, rechecks.ATTEMPTS_AT_MOST)
    with transaction.atomic():
        assert claim(10, at=at + dt.timedelta(days=365)) == []


def test_who_fails_for_one_product_and_is_held_for_another_is_not_forgotten(
    people: list[int],
) -> None:
    customer, until = people[0], AT + dt.timedelta(hours=1)
    rechecks.ask(customer_ids=[customer], at=AT)
    asked = [rechecks.Asked(customer, 1, rechecks.ATTEMPTS_AT_MOST - 1)]
    rechecks.conclude(asked=asked, held={customer: until}, failed={customer: "odd"}, at=AT)
    assert row(customer)[1:4] == ("failed", AT, until)


def test_staff_have_the_stuck_tried_again_with_a_reason(
    people: list[int], nudged: list[str]
) -> None:
    Recheck.objects.create(
        customer_id=people[0], state="stuck", asked_at=AT, due_at=None, attempts=8, problem="odd"
    )
    given: dict[str, Any] = {"customer_id": people[0], "actor": staff(7), "at": SOON}
    with pytest.raises(Exception, match="note_required"):
        rechecks.retry(note=" ", **given)
    assert (row(people[0])[1], nudged) == ("stuck", [])
    rechecks.retry(note="the policy is mended", **given)
    assert row(people[0]) == (2, "waiting", AT, SOON, 0)
    assert nudged == [WORKER]
    entry = LedgerEntry.objects.get()
    assert (entry.action, entry.subject_id, entry.reason, entry.detail) == (
        "recheck.retried", "cus_0", "the policy is mended", {"code": "odd"},
    )  # fmt: skip
    with pytest.raises(Exception, match="recheck_not_failed"):
        rechecks.retry(note="again", **given)
    assert LedgerEntry.objects.count() == 1


@pytest.fixture
def app(transactional_db: None, still: dt.datetime, nudged: list[str]) -> LenderApp:
    return LenderApp()


@pytest.fixture
def known(app: LenderApp) -> int:
    """A customer whose score is 700."""
    customer = app.post("customers", {"reference": "A-1"}).json()["id"]
    send(app, customer, "2026-06-01T03:00:00Z", score=700)
    Recheck.objects.all().delete()
    return Customer.objects.get(public_id=customer).pk


def send(app: LenderApp, customer: str, observed_at: str, **values: Any) -> int:
    body = {"observed_at": observed_at, "values": values}
    return app.post(f"customers/{customer}/signals", body).status_code


@pytest.mark.parametrize(
    ("observed_at", "values", "is_asked"),
    [
        ("2026-06-01T03:30:00Z", {"score": 500}, True),
        ("2026-06-01T03:30:00Z", {"score": None}, True),
        ("2026-06-01T03:30:00Z", {"score": 700}, False),
        ("2026-06-01T03:30:00Z", {"score": 700, "age_years": 40}, True),
        ("2026-06-01T02:30:00Z", {"score": 500}, False),  # older than what is known
        ("2026-06-01T02:30:00Z", {"age_years": None}, False),
        ("2026-06-01T02:30:00Z", {"utilisation": "0.5"}, True),
        ("2025-06-01T02:30:00Z", {"utilisation": "0.5"}, True),  # known, but too old
    ],
)
def test_signals_over_the_api_ask_when_they_change_what_a_decision_sees(
    observed_at: str, values: dict[str, Any], is_asked: bool, app: LenderApp, known: int,
    nudged: list[str],
) -> None:  # fmt: skip
    nudged.clear()
    customer = Customer.objects.get(pk=known).public_id
    assert send(app, customer, observed_at, **values) == 201
    assert Recheck.objects.filter(pk=known).exists() is is_asked
    assert nudged == ([WORKER] if is_asked else [])


def test_the_same_value_asks_again_when_the_old_news_had_grown_too_old(
    app: LenderApp, known: int
) -> None:
    CustomerSignals.objects.filter(pk=known).update(score_observed_at=AT - dt.timedelta(days=91))
    customer = Customer.objects.get(pk=known).public_id
    assert send(app, customer, "2026-06-01T03:30:00Z", score=700) == 201
    assert row(known)[0] == 1


def test_of_two_writers_at_once_the_second_compares_with_what_the_first_has_written(
    app: LenderApp, known: int
) -> None:
    """There and back again: a snapshot of before would show the second nothing new."""

    def there() -> None:
        with transaction.atomic():
            services.report(customer_id=known, values={"score": 500}, observed_at=AT, at=AT)
            wait_for_a_waiter()

    def back() -> None:
        with transaction.atomic():
            wait_until_asked()
            services.report(customer_id=known, values={"score": 700}, observed_at=AT, at=AT)

    assert at_once([there, back]) == [None, None]
    assert row(known)[0] == 2


def test_what_an_import_writes_asks_nobody(known: int, app: LenderApp) -> None:
    with transaction.atomic():
        services.write_many(rows=[(known, {"score": 500})], observed_at=AT)
    assert Recheck.objects.count() == 0
