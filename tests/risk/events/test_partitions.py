"""Months of the log: there when needed, whoever needs them first, and set aside when old."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, OperationalError

from accounts.customers.models import Customer
from backoffice.lib import clock
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from risk.events import partitions, rules, services, tasks
from risk.events.facts import EventKind, NewEvent, Taken
from risk.events.models import Event, EventKey
from tests.lender import AT
from tests.risk.events.recording import record
from tests.threads import WAIT_SECONDS, at_once, wait_for_a_waiter

JUNE = dt.date(2026, 6, 1)
ACTOR = system("events")


@pytest.fixture
def months_go_again(transactional_db: None) -> Iterator[None]:
    """What a test made or set aside is not there for the next one."""
    before = partitions.months_there()
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^risk_event_[d0-9]'"
        )
        for [name] in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")
    with transaction.atomic():
        partitions.ensure(months=before)


def customer() -> int:
    return Customer.objects.create(
        public_id="cus_1", reference="C-1", created_at=AT, changed_at=AT
    ).pk


def event(event_id: str, owner: int, occurred_at: dt.datetime) -> NewEvent:
    return NewEvent(event_id, EventKind.LOGIN, owner, occurred_at)


def statements(*texts: str) -> None:
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(text)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("2026-05-31T23:59:59.999999+00:00", "2026-05-01"),
        ("2026-06-01T00:00:00+00:00", "2026-06-01"),
        ("2026-06-01T00:00:00+08:00", "2026-05-01"),  # the lender's June begins in UTC's May
        ("2027-01-01T07:59:59+08:00", "2026-12-01"),
        ("2027-01-01T08:00:00+08:00", "2027-01-01"),
        ("2024-02-29T23:30:00-01:00", "2024-03-01"),
    ],
)
def test_a_month_is_a_month_of_utc(moment: str, month: str) -> None:
    assert rules.month_of(dt.datetime.fromisoformat(moment)).isoformat() == month


@pytest.mark.parametrize(
    ("by", "month"),
    [(0, "2026-06-01"), (7, "2027-01-01"), (-6, "2025-12-01"), (-36, "2023-06-01")],
)
def test_months_are_counted_across_years(by: int, month: str) -> None:
    assert rules.shifted(JUNE, by).isoformat() == month


@pytest.mark.parametrize(
    ("at", "months", "edge"),
    [
        ("2026-06-15T12:00:00", 36, "2023-06-15T12:00:00"),
        ("2026-05-31T12:00:00", 3, "2026-03-01T00:00:00"),  # there is no 31 February
        ("2024-02-29T00:00:00", 12, "2023-03-01T00:00:00"),
        ("2026-01-01T00:00:00", 1, "2025-12-01T00:00:00"),
    ],
)
def test_the_edge_of_retention(at: str, months: int, edge: str) -> None:
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    found = rules.oldest_kept(at=moment, retention_months=months)
    assert found.isoformat() == f"{edge}+00:00"


@pytest.mark.usefixtures("months_go_again")
def test_this_month_and_the_next_ones_are_made_ahead_once_and_told() -> None:
    at = dt.datetime(2031, 11, 30, 23, 59, tzinfo=dt.UTC)
    assert partitions.make_ahead(actor=ACTOR, at=at) == 4
    made = {dt.date(2031, 11, 1), dt.date(2031, 12, 1), dt.date(2032, 1, 1), dt.date(2032, 2, 1)}
    assert made <= partitions.months_there()
    assert partitions.make_ahead(actor=ACTOR, at=at) == 0
    told = LedgerEntry.objects.get(action="events.months_made")
    assert told.detail == {"months": 4}


@pytest.mark.usefixtures("months_go_again")
def test_both_edges_of_a_month_fall_into_it() -> None:
    owner, month = customer(), rules.shifted(JUNE, 60)
    first = dt.datetime(2031, 6, 1, tzinfo=dt.UTC)
    last = dt.datetime(2031, 7, 1, tzinfo=dt.UTC) - dt.timedelta(microseconds=1)
    taken = record(events=[event("a", owner, first), event("b", owner, last)], at=AT)
    assert taken == [Taken.ACCEPTED] * 2
    assert month in partitions.months_there()
    statements("SELECT 1 FROM risk_event_2031_06 HAVING count(*) = 2")
    assert Event.objects.count() == 2


@pytest.mark.usefixtures("months_go_again")
def test_two_workers_that_need_the_same_month_make_it_once() -> None:
    moments = [dt.datetime(2032, month, 1, tzinfo=dt.UTC) for month in range(1, 7)]
    ends = at_once([lambda: services.prepare(moments=moments)] * 4)
    assert sorted(ends) == [0, 0, 0, 6]
    assert services.prepare(moments=moments) == 0


@pytest.mark.usefixtures("months_go_again")
def test_a_month_is_made_while_others_write_events() -> None:
    owner = customer()
    record(events=[event("first", owner, AT)], at=AT)
    written, made = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            record(events=[event("E-1", owner, AT)], at=AT)
            written.set()
            assert made.wait(WAIT_SECONDS)
            record(events=[event("E-2", owner, AT)], at=AT)

    def make() -> None:
        assert written.wait(WAIT_SECONDS)
        services.prepare(moments=[dt.datetime(2033, 1, 1, tzinfo=dt.UTC)])
        made.set()

    assert at_once([write, make]) == [None, None]
    assert Event.objects.count() == 3


@pytest.mark.usefixtures("months_go_again")
def test_a_month_does_not_wait_for_ever_for_who_writes_customers() -> None:
    ready, done = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            customer()
            ready.set()
            assert done.wait(WAIT_SECONDS)

    def make() -> None:
        assert ready.wait(WAIT_SECONDS)
        try:
            with mock.patch.object(partitions, "_WAIT_AT_MOST", "100ms"):
                services.prepare(moments=[dt.datetime(2033, 1, 1, tzinfo=dt.UTC)])
        finally:
            done.set()

    [_none, error] = at_once([write, make])
    assert isinstance(error, OperationalError)
    assert dt.date(2033, 1, 1) not in partitions.months_there()


@pytest.mark.usefixtures("months_go_again")
class TestRetention:
    AT = dt.datetime(2026, 6, 15, tzinfo=dt.UTC)
    OLD = dt.datetime(2023, 5, 31, 23, tzinfo=dt.UTC)
    KEPT = dt.datetime(2023, 6, 1, tzinfo=dt.UTC)

    def recorded(self) -> None:
        owner = customer()
        given = [event("old", owner, self.OLD), event("kept", owner, self.KEPT)]
        record(events=given, at=AT)

    def set_aside(self, at: dt.datetime = AT) -> list[str]:
        return partitions.set_aside(retention_months=36, actor=ACTOR, at=at)

    def test_a_month_past_it_is_set_aside_whole_and_guarded(self) -> None:
        self.recorded()
        assert self.set_aside() == ["risk_event_detached_2023_05"]
        assert [row.event_id for row in Event.objects.all()] == ["kept"]
        statements("SELECT 1 FROM risk_event_detached_2023_05 HAVING count(*) = 1")
        told = LedgerEntry.objects.get(action="events.month_detached")
        assert (told.subject_id, told.detail) == (
            "2023-05-01", {"table": "risk_event_detached_2023_05"},
        )  # fmt: skip
        for statement in ("UPDATE {} SET kind = 'score'", "DELETE FROM {}", "TRUNCATE {}"):
            with pytest.raises(DatabaseError, match="pgtrigger: Cannot"):
                statements(statement.format("risk_event_detached_2023_05"))
        assert self.set_aside() == []

    def test_a_month_with_anything_still_kept_stays(self) -> None:
        self.recorded()
        month_after = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)  # and nobody's clock is a day wrong
        assert self.set_aside(month_after) == ["risk_event_detached_2023_05"]
        later = month_after + dt.timedelta(days=1)
        assert self.set_aside(later) == ["risk_event_detached_2023_06"]

    def test_a_kill_between_two_steps_is_made_good(self) -> None:
        self.recorded()
        statements("ALTER TABLE risk_event DETACH PARTITION risk_event_2023_05")
        assert self.set_aside() == ["risk_event_detached_2023_05"]

    def test_a_detaching_that_was_broken_off_is_finished(self) -> None:
        self.recorded()
        reading, may_end = threading.Event(), threading.Event()

        def read() -> None:
            with transaction.atomic():
                assert Event.objects.count() == 2
                reading.set()
                assert may_end.wait(WAIT_SECONDS)

        def detach() -> None:
            assert reading.wait(WAIT_SECONDS)
            try:
                statements("SET lock_timeout = '200ms'")
                self.set_aside()
            finally:
                may_end.set()

        [_none, error] = at_once([read, detach])
        assert isinstance(error, OperationalError)
        assert dt.date(2023, 5, 1) not in partitions.months_there()
        assert self.set_aside() == ["risk_event_detached_2023_05"]

    def test_it_waits_for_who_reads_and_lets_everybody_write(self) -> None:
        self.recorded()
        owner = Customer.objects.get().pk
        reading, may_end = threading.Event(), threading.Event()

        def read() -> int:
            with transaction.atomic():
                Event.objects.count()
                reading.set()
                wait_for_a_waiter()
                others = at_once([lambda: record(events=[new], at=AT)])
                assert others == [[Taken.ACCEPTED]]
                may_end.set()
                return Event.objects.count()

        def detach() -> list[str]:
            assert reading.wait(WAIT_SECONDS)
            return self.set_aside()

        new = event("new", owner, self.KEPT)
        [_count, names] = at_once([read, detach])
        assert names == ["risk_event_detached_2023_05"]
        assert sorted(row.event_id for row in Event.objects.all()) == ["kept", "new"]

    def test_two_workers_set_it_aside_once(self) -> None:
        self.recorded()
        ends = at_once([self.set_aside] * 3)
        assert sorted(ends) == [[], [], ["risk_event_detached_2023_05"]]
        assert self.set_aside() == []  # and the lock is free again
        assert LedgerEntry.objects.filter(action="events.month_detached").count() == 1

    def test_a_month_that_came_again_gets_another_name(self) -> None:
        self.recorded()
        self.set_aside()
        record(events=[event("again", Customer.objects.get().pk, self.OLD)], at=AT)
        assert self.set_aside() == ["risk_event_detached_2023_05_2"]

    def test_ids_of_its_events_are_forgotten_a_few_at_a_time(self) -> None:
        self.recorded()
        record(
            events=[event(f"E-{n}", Customer.objects.get().pk, self.OLD) for n in range(5)], at=AT
        )
        with mock.patch.object(partitions, "KEYS_AT_ONCE", 2):
            assert partitions.forget_keys(retention_months=36, at=self.AT) == 6
        assert [row.event_id for row in EventKey.objects.all()] == ["kept"]
        assert partitions.forget_keys(retention_months=36, at=self.AT) == 0


@pytest.mark.usefixtures("months_go_again")
def test_the_scheduled_tasks_do_both(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    owner = customer()
    old, kept = dt.datetime(2025, 4, 30, tzinfo=dt.UTC), dt.datetime(2025, 5, 1, tzinfo=dt.UTC)
    record(events=[event("old", owner, old), event("kept", owner, kept)], at=AT)
    settings.EVENT_RETENTION_MONTHS = 13
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 6, 15, tzinfo=dt.UTC))
    tasks.make_months_ahead()
    assert dt.date(2026, 9, 1) in partitions.months_there()
    assert tasks.set_old_months_aside() == ["risk_event_detached_2025_04"]
    assert [row.event_id for row in EventKey.objects.all()] == ["kept"]
