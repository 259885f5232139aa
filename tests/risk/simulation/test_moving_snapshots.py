"""What moves with time though nothing is written: a snapshot shows it as of its own moment."""

from __future__ import annotations

import datetime as dt
import io

import polars as pl
import pytest
from django.db import connection

from accounts.customers.models import Customer
from risk.events.facts import EventKind
from risk.signals import queries as signals
from risk.simulation import queries, snapshots, storage
from risk.simulation.models import Snapshot
from tests.lender import Lender
from tests.risk.signals.log import happened
from tests.risk.simulation.backtests import (
    NIGHT,
    alone,
    asks_for_lives,
    lives,
    run,
    started,
    stricter,
)
from tests.risk.simulation.test_snapshots import as_decided, rows_of, take

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.timedelta(days=1)


def written(snapshot: Snapshot) -> list[int]:
    files = queries.partitions(snapshot_id=snapshot.pk)
    return [file.number for file in files if not file.is_reused]


@pytest.mark.parametrize("days", [0, 0.5, 7, 21, 30, 366])
def test_a_snapshot_shows_what_people_did_and_share_as_a_decision_would(
    people: Lender, days: float
) -> None:
    lives()
    at = NIGHT + dt.timedelta(days=days)
    rows = rows_of(take(at), at)
    expected = signals.facts_for_many(customer_ids=[row["customer_id"] for row in rows], at=at)
    for row in rows:
        assert as_decided(row) == expected[row["customer_id"]].values
    seen = {row["customer_id"]: row["seen_applications_365d"] for row in rows}
    assert sorted(seen.values())[-2:] == ([1, 2] if days < 366 else [0, 0])


def test_a_partition_in_which_somebody_has_a_life_is_written_anew_at_every_moment(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    person = Customer.objects.get(reference="C-5").pk
    happened(person, EventKind.APPLICATION, NIGHT - 400 * DAY)  # beyond every window
    first = take()
    assert len(written(first)) == first.partitions >= 3
    second = take(NIGHT + DAY)
    assert written(second) == [(person - 1) // 4]
    assert take(NIGHT + DAY).partitions_written == 0  # the same moment


@pytest.mark.parametrize(
    "write",
    [
        "INSERT INTO risk_link (customer_id, kind, key, times, first_seen_at, last_seen_at)"
        " VALUES (%s, 'phone', 'k', 1, now(), now())",
        "INSERT INTO risk_linkgroup VALUES (%s, 1, 2, 1, 2, 1, now())",
    ],
)
def test_whoever_shares_something_moves_too(people: Lender, write: str) -> None:
    take()
    assert take(NIGHT + DAY).partitions_written == 0
    with connection.cursor() as cursor:
        cursor.execute(write, [Customer.objects.get(reference="C-1").pk])
    assert take(NIGHT + 2 * DAY).partitions_written == 1
    assert take(NIGHT + 3 * DAY).partitions_written == 1


def slim(content: bytes) -> bytes:
    """A file as it was before anything was counted over events."""
    frame = pl.read_parquet(io.BytesIO(content))
    new = [name for name in frame.columns if name.startswith(("seen_", "debt_", "outside_"))]
    assert len(new) > 10
    file = io.BytesIO()
    frame.drop(new).write_parquet(file)
    return file.getvalue()


def test_a_snapshot_older_than_a_signal_serves_policies_that_do_not_look_at_it(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, read = take(), storage.read_partition
    monkeypatch.setattr(storage, "read_partition", lambda **which: slim(read(**which)))
    done = run(started(people, stricter(), snapshot_public_id=snapshot.public_id))
    assert done.state == "finished"
    assert len(alone(done.candidate_hash, done)) == done.customers_done
    failed = run(started(people, asks_for_lives(), snapshot_public_id=snapshot.public_id))
    assert (failed.state, failed.problem) == ("failed", "snapshot_outdated")
