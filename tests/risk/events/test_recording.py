"""The log keeps every event once, whoever sends it, however often, in whatever company."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from accounts.customers.models import Customer
from risk.events.facts import EventKind, NewEvent, Taken
from risk.events.models import Event, EventKey
from tests.lender import AT
from tests.risk.events.recording import record
from tests.threads import WAIT_SECONDS, at_once, wait_for_a_waiter, wait_until

BOTH_WAIT = (
    "SELECT count(*) >= 2 FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
A, D, C = Taken.ACCEPTED, Taken.DUPLICATE, Taken.CONFLICT


def customer(reference: str = "C-1") -> int:
    return Customer.objects.create(
        public_id=f"cus_{reference}", reference=reference, created_at=AT, changed_at=AT
    ).pk


def event(event_id: str, owner: int, **given: Any) -> NewEvent:
    values = {"kind": EventKind.DRAWDOWN, "occurred_at": AT, "amount_cents": 5_000, **given}
    return NewEvent(event_id=event_id, customer_id=owner, **values)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 150], ids=["as arrays", "by COPY"])
def test_events_are_kept_as_they_are(count: int) -> None:
    owner = customer()
    given = [
        event(
            f"E-{number}", owner, phone_key=b"\0" * 15 + b"\xff", address_key=None,
            detail={"product": "flex", "note": "“\\\t”"},
        )
        for number in range(count)
    ]  # fmt: skip
    assert record(events=given, at=AT) == [A] * count
    assert Event.objects.count() == EventKey.objects.count() == count
    kept = Event.objects.get(event_id="E-1")
    assert (kept.kind, kept.customer_id, kept.occurred_at, kept.received_at) == (
        "drawdown", owner, AT, AT,
    )  # fmt: skip
    assert (kept.amount_cents, kept.device_id, kept.address_key) == (5_000, None, None)
    assert bytes(kept.phone_key) == b"\0" * 15 + b"\xff"
    assert kept.detail == {"product": "flex", "note": "“\\\t”"}


@pytest.mark.django_db
def test_the_same_event_again_is_a_duplicate_and_another_of_its_id_a_conflict() -> None:
    owner, other = customer(), customer("C-2")
    first = event("E-1", owner, detail={"a": 1, "b": 2})
    assert record(events=[first], at=AT) == [A]
    elsewhere = AT.astimezone(dt.timezone(dt.timedelta(hours=8)))
    same = dataclasses.replace(first, occurred_at=elsewhere, detail={"b": 2, "a": 1})
    changes: list[dict[str, Any]] = [
        {"kind": EventKind.APPLICATION}, {"customer_id": other}, {"amount_cents": 5_001},
        {"amount_cents": None}, {"occurred_at": AT + dt.timedelta(microseconds=1)},
        {"phone_key": b"1" * 16}, {"address_key": b"1" * 16}, {"detail": {"a": 1}},
    ]  # fmt: skip
    again = [same, *(dataclasses.replace(first, **change) for change in changes)]
    assert record(events=again, at=AT) == [D, *[C] * len(changes)]
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_within_a_batch_the_first_of_an_id_counts() -> None:
    owner = customer()
    one, two = event("E-1", owner), event("E-1", owner, amount_cents=1)
    assert record(events=[one, two, one], at=AT) == [A, C, D]
    assert [row.amount_cents for row in Event.objects.all()] == [5_000]


@pytest.mark.django_db
def test_nothing_to_record_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert record(events=[], at=AT) == []


@pytest.mark.django_db
def test_a_batch_is_a_handful_of_statements(django_assert_num_queries: Any) -> None:
    owner = customer()
    record(events=[event("first", owner)], at=AT)
    few = [event(f"few-{number}", owner) for number in range(50)]
    with django_assert_num_queries(3):  # ids, months, rows
        record(events=few, at=AT)
    many = [event(f"many-{number}", owner) for number in range(1000)]
    with django_assert_num_queries(10):  # ids and rows by COPY: a table, emptied, filled, read
        assert record(events=[*many[:999], few[0]], at=AT) == [*[A] * 999, D]
    with django_assert_num_queries(8):
        assert set(record(events=many[:999], at=AT)) == {D}


@pytest.mark.django_db
def test_what_happened_cannot_be_changed_deleted_or_emptied() -> None:
    owner = customer()
    record(events=[event("E-1", owner)], at=AT)
    for table in ("risk_event", "risk_event_2026_06"):
        for statement in (
            f"UPDATE {table} SET amount_cents = 1", f"DELETE FROM {table}", f"TRUNCATE {table}",
        ):  # fmt: skip
            refused = pytest.raises(DatabaseError, match="pgtrigger: Cannot")
            with refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(statement)
    assert Event.objects.get().amount_cents == 5_000


@pytest.mark.django_db(transaction=True)
def test_two_connections_with_the_same_batch_keep_it_once() -> None:
    """A third one holds an id in the middle until both wait: in two orders they would end up
    waiting for each other."""
    owner = customer()
    record(events=[event("first", owner)], at=AT)  # the month is there
    batch = [event(f"E-{number:03}", owner) for number in range(300)]
    held = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            record(events=[batch[150]], at=AT)
            held.set()
            wait_until(BOTH_WAIT)
            transaction.set_rollback(True)

    def send(events: list[NewEvent]) -> list[Taken]:
        assert held.wait(WAIT_SECONDS)
        return record(events=events, at=AT)

    [_none, one, two] = at_once([hold, lambda: send(batch), lambda: send(batch[::-1])])
    assert [{a, b} for a, b in zip(one, two[::-1], strict=True)] == [{A, D}] * 300
    assert Event.objects.count() == EventKey.objects.count() == 301


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_kept", "answer"), [(True, D), (False, A)])
def test_an_event_in_another_transaction_is_waited_for(is_kept: bool, answer: Taken) -> None:
    owner = customer()
    record(events=[event("first", owner)], at=AT)
    written, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record(events=[event("E-1", owner)], at=AT)
            written.set()
            wait_for_a_waiter()
            may_end.set()
            transaction.set_rollback(not is_kept)

    def quick() -> list[Taken]:
        assert written.wait(WAIT_SECONDS)
        return record(events=[event("E-1", owner)], at=AT)

    assert at_once([slow, quick]) == [None, [answer]]
    assert may_end.is_set()
    assert Event.objects.filter(event_id="E-1").count() == 1
