"""Snapshots hold what a decision would see, at one moment, in files that prove themselves."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.customers.models import Customer
from backoffice.lib.errors import Conflict, Invalid
from compliance.ledger.facts import system
from risk.signals import queries as signals
from risk.signals import services as signal_services
from risk.signals.catalogue import SIGNALS, STALENESS, stale_column, staleness_of
from risk.signals.derived_entries import BANDS
from risk.simulation import frames, queries, snapshots, storage, streaming
from risk.simulation.layout import PLACES
from risk.simulation.models import Snapshot, SnapshotPartition
from tests.lender import AT, Lender
from tests.snapshots import nothing_written

pytestmark = pytest.mark.django_db(transaction=True)
NIGHT = AT + dt.timedelta(hours=12)


def take(at: dt.datetime = NIGHT) -> Snapshot:
    asked = snapshots.request(note="test", actor=system("test"), at=at)
    assert snapshots.take(public_id=asked.public_id, now=lambda: at)
    return queries.snapshot(public_id=asked.public_id)


def rows_of(snapshot: Snapshot, at: dt.datetime) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for file in queries.partitions(snapshot_id=snapshot.pk):
        content = storage.read_partition(number=file.number, sha256=file.sha256)
        found += frames.seen_at(frames.opened(content), at).collect().to_dicts()
    return found


def as_decided(row: dict[str, Any]) -> dict[str, Any]:
    """The snapshot's row in the units decisions see."""
    return {
        name: row[name]
        if isinstance(row[name], str | bool) or row[name] is None
        else Decimal(row[name]).scaleb(-PLACES.get(name, 0))
        for name in SIGNALS
    }


@pytest.mark.parametrize("days", [0, 6.5, 7, 45, 46, 90, 91, 401])
def test_a_snapshot_shows_every_customer_as_a_decision_would(people: Lender, days: float) -> None:
    at = AT + dt.timedelta(days=days)
    rows = rows_of(take(at), at)
    ids = [row["customer_id"] for row in rows]
    assert sorted(ids) == sorted(Customer.objects.values_list("pk", flat=True))
    expected = signals.facts_for_many(customer_ids=ids, at=at)
    for row in rows:
        facts = expected[row["customer_id"]]
        assert as_decided(row) == facts.values
        stale = tuple(name for name in map(staleness_of, STALENESS) if row[stale_column(name)])
        assert stale == facts.stale


def test_a_row_has_outcome_access_and_segments_and_nothing_that_names_a_person(
    people: Lender,
) -> None:
    snapshot = take()
    rows = {row["public_id"]: row for row in rows_of(snapshot, NIGHT)}
    fifth = Customer.objects.get(reference="C-5")
    row, held = rows[fifth.public_id], f"held_state_{people.product.pk}"
    assert (row["outcome_default"], row["outcome_cure"], row["region"]) == (True, None, "11")
    assert (row[held], rows["cus_bare"][held]) == (2, None)
    assert row["created_at"] == AT
    texts = {value for row in rows.values() for value in row.values() if isinstance(value, str)}
    assert texts - {*BANDS} == {*rows, "11", "", "verified", "unverified", "match", "missing"}


def test_a_second_snapshot_writes_only_where_somebody_changed(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    first = take()
    spans = {number // 4 for number in range(Customer.objects.last().pk)}
    assert first.partitions == first.partitions_written >= 3
    assert len(spans) >= first.partitions

    second = take(NIGHT + dt.timedelta(hours=1))
    assert (second.partitions_written, second.customers) == (0, first.customers)
    assert second.content_hash != first.content_hash  # it shows another moment

    changed = Customer.objects.get(reference="C-0").pk
    signal_services.write(customer_id=changed, values={"score": 601}, observed_at=AT)
    third = take(NIGHT + dt.timedelta(hours=2))
    assert third.partitions_written == 1
    before = {file.number: file.sha256 for file in queries.partitions(snapshot_id=first.pk)}
    after = {file.number: file.sha256 for file in queries.partitions(snapshot_id=third.pk)}
    assert [n for n in before if before[n] != after[n]] == [(changed - 1) // 4]


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE accounts_verification SET phone_comparison = 'typo' WHERE customer_id = %s",
        "UPDATE accounts_access SET limit_cents = 1 WHERE customer_id = %s",
        "UPDATE accounts_customer SET language = 'en' WHERE id = %s",
        "UPDATE risk_outcome SET happened = NOT happened WHERE customer_id = %s",
        "DELETE FROM risk_customersignals WHERE customer_id = %s",
    ],
)
def test_every_table_a_row_is_made_of_marks_its_partition(people: Lender, write: str) -> None:
    first, person = take(), Customer.objects.get(reference="C-1").pk
    with connection.cursor() as cursor:
        cursor.execute(write, [person])
        assert cursor.rowcount == 1
    assert take(NIGHT + dt.timedelta(hours=1)).partitions_written == first.partitions == 1


def test_a_write_that_commits_late_is_seen_by_the_next_snapshot(people: Lender) -> None:
    """Its transaction is older than others the first snapshot saw: the greatest id stays."""
    person, other = (Customer.objects.get(reference=f"C-{n}").pk for n in (1, 2))
    slow = connection.copy()
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "UPDATE risk_customersignals SET score = 1 WHERE customer_id = %s", [person]
            )
        signal_services.write(customer_id=other, values={"score": 2}, observed_at=AT)
        take()
        slow.commit()
    finally:
        slow.close()
    later = take(NIGHT + dt.timedelta(hours=1))
    assert later.partitions_written == 1
    assert {row["score"] for row in rows_of(later, NIGHT)} >= {1, 2}


def test_all_partitions_show_one_moment(people: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes to every customer between the first partition and the second."""
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    write, seen = streaming.Reading.write, []

    def slow(self: Any, statement: str, path: Path) -> int:
        if len(seen) == 1:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE risk_customersignals SET score = 999")
        seen.append(path)
        return write(self, statement, path)

    monkeypatch.setattr(streaming.Reading, "write", slow)
    rows = rows_of(take(), NIGHT)
    assert len(seen) >= 3
    assert 999 not in {row["score"] for row in rows}


def test_marks_show_the_moment_of_the_rows(people: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes before the marks are worked out: for the next snapshot that is a change."""
    marks = streaming._marks

    def late(*given: Any) -> dict[int, str]:
        with psycopg.connect(streaming._address(), autocommit=True) as other:
            other.execute("UPDATE risk_customersignals SET score = 999")
        return marks(*given)

    with monkeypatch.context() as patch:
        patch.setattr(streaming, "_marks", late)
        first = take()
    second = take(NIGHT + dt.timedelta(hours=1))
    assert (first.partitions, second.partitions_written) == (1, 1)
    scores = [{row["score"] for row in rows_of(each, NIGHT)} for each in (first, second)]
    assert [999 in each for each in scores] == [False, True]


def test_marks_that_cannot_be_worked_out_fail_the_taking(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: Any) -> dict[int, str]:
        raise OSError("no connection")

    monkeypatch.setattr(streaming, "_marks", refuse)
    asked = snapshots.request(note="test", actor=system("test"), at=NIGHT)
    assert not snapshots.take(public_id=asked.public_id, now=lambda: NIGHT)
    assert SnapshotPartition.objects.count() == 0
    assert queries.snapshot(public_id=asked.public_id).state == "failed"


def test_a_disk_that_refuses_is_said_and_the_snapshot_can_be_taken_up_again(
    people: Lender, folder: Path
) -> None:
    asked = snapshots.request(note="test", actor=system("test"), at=NIGHT)
    folder.write_text("a file where the folder should be")
    assert not snapshots.take(public_id=asked.public_id, now=lambda: NIGHT)
    failed = queries.snapshot(public_id=asked.public_id)
    assert (failed.state, failed.problem) == ("failed", "storage_failed")
    folder.unlink()
    snapshots.take_up_again(public_id=asked.public_id, actor=system("test"), at=NIGHT)
    assert snapshots.take(public_id=asked.public_id, now=lambda: NIGHT)
    assert queries.snapshot(public_id=asked.public_id).state == "ready"


def test_a_file_that_was_altered_is_not_used_again(people: Lender) -> None:
    first = take()
    [file] = queries.partitions(snapshot_id=first.pk)
    path = storage.partition_path(number=file.number, sha256=file.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    second = take(NIGHT + dt.timedelta(hours=1))
    assert second.partitions_written == 1
    storage.read_partition(number=file.number, sha256=file.sha256)  # and it is whole again


def test_two_takers_of_one_snapshot_do_not_mix_their_moments(people: Lender) -> None:
    asked = snapshots.request(note="test", actor=system("test"), at=NIGHT)
    with streaming.reading(snapshot_id=asked.pk):
        assert not snapshots.take(public_id=asked.public_id, now=lambda: NIGHT)
    assert queries.snapshot(public_id=asked.public_id).state == "taking"
    assert snapshots.take(public_id=asked.public_id, now=lambda: NIGHT)


def test_a_snapshot_without_a_reason_is_refused(people: Lender) -> None:
    with nothing_written(), pytest.raises(Invalid) as refusal:
        snapshots.request(note="  ", actor=system("test"), at=NIGHT)
    assert refusal.value.code == "note_required"


def test_only_a_failed_snapshot_is_taken_up_again(people: Lender) -> None:
    ready = take()
    with nothing_written(), pytest.raises(Conflict):
        snapshots.take_up_again(public_id=ready.public_id, actor=system("test"), at=NIGHT)


def test_a_finished_snapshot_cannot_be_changed_or_deleted(people: Lender) -> None:
    ready = take()
    for statement in (
        "UPDATE risk_snapshot SET content_hash = repeat('0', 64)",
        "UPDATE risk_snapshot SET at = now()",
        "DELETE FROM risk_snapshot",
        "UPDATE risk_snapshotpartition SET sha256 = repeat('0', 64)",
        "DELETE FROM risk_snapshotpartition",
    ):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            connection.cursor().execute(statement)
    assert SnapshotPartition.objects.filter(snapshot=ready).count() == 1


def test_old_snapshots_go_with_their_files_unless_another_needs_them(
    people: Lender, folder: Path
) -> None:
    first = take()
    second = take(NIGHT + dt.timedelta(days=1))
    assert second.partitions_written == 0
    leftover = folder / "partitions" / "000007.1.partial"
    leftover.write_bytes(b"half")
    later = NIGHT + dt.timedelta(days=30, hours=1)
    month = dt.timedelta(days=30)
    assert snapshots.remove_old(older_than=month, actor=system("t"), at=later) == (1, 1, 4)
    assert queries.snapshot(public_id=first.public_id).state == "removed"
    assert rows_of(second, NIGHT)

    much_later = later + dt.timedelta(days=2)
    removed, files, size = snapshots.remove_old(older_than=month, actor=system("t"), at=much_later)
    assert (removed, files, size) == (1, 1, second.bytes)
    assert list((folder / "partitions").iterdir()) == []


def test_a_removal_that_was_interrupted_is_finished_by_the_next(
    people: Lender, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take()
    month, later = dt.timedelta(days=30), NIGHT + dt.timedelta(days=31)

    def refuse(*, keep: object) -> tuple[int, int]:
        raise OSError("the disk refuses")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "remove_partitions", refuse)
        with pytest.raises(OSError, match="the disk refuses"):
            snapshots.remove_old(older_than=month, actor=system("t"), at=later)
    assert queries.snapshot(public_id=first.public_id).state == "removed"
    removed = snapshots.remove_old(older_than=month, actor=system("t"), at=later)
    assert removed == (0, 1, first.bytes)
    assert list((folder / "partitions").iterdir()) == []


def test_nothing_is_removed_while_a_snapshot_is_being_taken(people: Lender) -> None:
    take()
    snapshots.request(note="test", actor=system("test"), at=NIGHT)
    with nothing_written():
        removed = snapshots.remove_old(
            older_than=dt.timedelta(0), actor=system("t"), at=NIGHT + dt.timedelta(days=9)
        )
    assert removed == (0, 0, 0)


def test_equal_rows_give_equal_files(people: Lender, tmp_path: Path) -> None:
    statement = "SELECT id, public_id FROM accounts_customer ORDER BY id"
    for name in ("one", "two"):
        with streaming.reading(snapshot_id=1) as database:
            assert database.write(statement, tmp_path / name) == Customer.objects.count()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert pl.read_parquet(tmp_path / "one").height == Customer.objects.count()
