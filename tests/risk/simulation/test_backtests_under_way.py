"""A backtest under way: cancelled, taken up again, harmed, beside another; then frozen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.customers.models import Customer
from backoffice.lib import clock
from backoffice.lib.errors import Conflict
from compliance.ledger.facts import system
from risk.policies import starter
from risk.simulation import queries, results, services, snapshots, storage, tasks
from risk.simulation.models import Backtest, BacktestPartition, Snapshot
from tests.lender import Lender
from tests.risk.simulation.backtests import NIGHT, run, started, stricter
from tests.snapshots import nothing_written

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_nobody_works_on_for_a_while_is_abandoned(people: Lender) -> None:
    backtest = started(people, stricter())
    snapshot = backtest.snapshot

    def abandoned(seconds: float) -> tuple[list[str], list[str]]:
        at = NIGHT + dt.timedelta(seconds=seconds)
        return snapshots.abandoned(at=at), services.abandoned(at=at)

    both = ([snapshot.public_id], [backtest.public_id])
    assert [abandoned(10), abandoned(10.1)] == [([], []), both]
    Snapshot.objects.update(lease_until=NIGHT + dt.timedelta(seconds=300))
    assert [abandoned(300), abandoned(300.1)] == [([], []), both]
    Snapshot.objects.update(lease_until=None)
    Backtest.objects.update(lease_until=None)
    assert abandoned(0) == both
    run(backtest)
    assert abandoned(10**6) == ([], [])


def test_one_worker_takes_the_snapshot_and_goes_on_with_the_backtest(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudges: list[tuple[str, str]] = []
    for room in (services, snapshots):
        monkeypatch.setattr(room, "nudge", lambda *given: nudges.append(given))
    backtest = started(people, stricter())
    assert nudges == [("risk.simulation.run_backtest", backtest.public_id)]
    monkeypatch.setattr(clock, "now", lambda: NIGHT)
    tasks.run_backtest(backtest.public_id)
    assert queries.backtest(public_id=backtest.public_id).state == "finished"


def test_a_finished_backtest_and_its_parts_cannot_be_changed(people: Lender) -> None:
    done = run(started(people, stricter()))
    for statement in (
        "UPDATE risk_backtest SET result = '{}'",
        "UPDATE risk_backtest SET state = 'running'",
        "UPDATE risk_backtest SET note = 'x'",
        "DELETE FROM risk_backtest",
        "UPDATE risk_backtestpartition SET counts = '{}'",
        "DELETE FROM risk_backtestpartition",
    ):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            connection.cursor().execute(statement)
    assert queries.backtest(public_id=done.public_id).result == done.result


@pytest.mark.parametrize("verb", [services.cancel, services.resume])
def test_a_finished_backtest_is_neither_cancelled_nor_resumed(people: Lender, verb: Any) -> None:
    done = run(started(people, stricter()))
    with nothing_written(), pytest.raises(Conflict) as refusal:
        verb(public_id=done.public_id, note="no", actor=system("test"), at=NIGHT)
    assert refusal.value.code == "backtest_state"


def test_a_cancelled_backtest_keeps_what_is_done_and_goes_on_from_there(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    backtest = started(people, stricter())
    for _piece in range(2):  # the snapshot, then one partition
        services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    services.cancel(public_id=backtest.public_id, note="wait", actor=system("test"), at=NIGHT)
    with nothing_written():
        assert not services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    [kept] = BacktestPartition.objects.values("pk", "counts")

    services.resume(public_id=backtest.public_id, note="go on", actor=system("test"), at=NIGHT)
    done = run(backtest)
    assert done.state == "finished"
    assert BacktestPartition.objects.values("pk", "counts")[0] == kept
    assert done.customers_done == Customer.objects.count()


def test_a_partition_worked_out_while_somebody_cancels_is_not_kept(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    backtest = started(people, stricter())
    services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    read = storage.read_partition

    def and_cancel(**given: Any) -> bytes:
        services.cancel(public_id=backtest.public_id, note="stop", actor=system("t"), at=NIGHT)
        return read(**given)

    monkeypatch.setattr(storage, "read_partition", and_cancel)
    assert not services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    assert BacktestPartition.objects.count() == 0
    assert queries.backtest(public_id=backtest.public_id).state == "cancelled"


@pytest.mark.parametrize(("harm", "code"), [("delete", "file_missing"), ("alter", "file_altered")])
def test_a_snapshot_harmed_under_a_running_backtest_is_said_and_loses_nothing(
    people: Lender, monkeypatch: pytest.MonkeyPatch, harm: str, code: str
) -> None:
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    backtest = started(people, stricter())
    for _piece in range(2):
        services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    file = queries.partitions(snapshot_id=backtest.snapshot_id)[1]
    path = storage.partition_path(number=file.number, sha256=file.sha256)
    whole = path.read_bytes()
    if harm == "delete":
        path.unlink()
    else:
        path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    failed = run(backtest)
    assert (failed.state, failed.problem, failed.partitions_done) == ("failed", code, 1)
    assert failed.result is None

    path.write_bytes(whole)  # brought back from a backup
    services.resume(public_id=backtest.public_id, note="mended", actor=system("t"), at=NIGHT)
    assert run(backtest).state == "finished"


def test_two_backtests_at_once_share_a_snapshot_and_do_not_mix(people: Lender) -> None:
    one = started(people, stricter())
    assert services.advance(public_id=one.public_id, now=lambda: NIGHT)
    other = started(people, starter.consumer_credit(), snapshot_public_id=one.snapshot.public_id)
    for backtest in (one, other):
        services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    first, second = run(one), run(other)
    assert first.snapshot_hash == second.snapshot_hash
    assert results.changes(first.result) == {"closes": 3, "limits": 1, "opens": 0}
    assert results.changes(second.result) == {"closes": 0, "limits": 0, "opens": 0}
    assert Snapshot.objects.count() == 1
