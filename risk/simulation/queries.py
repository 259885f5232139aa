"""Reading snapshots and backtests."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing
from risk.simulation.models import (
    Backtest,
    BacktestPartition,
    BacktestState,
    Snapshot,
    SnapshotPartition,
    SnapshotState,
)


def snapshots() -> QuerySet[Snapshot]:
    return Snapshot.objects.order_by("-id")


def snapshot(*, public_id: str) -> Snapshot:
    """Raises: Missing."""
    found = snapshots().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such snapshot."), code="snapshot_unknown")
    return found


def is_any_being_taken() -> bool:
    return Snapshot.objects.filter(state=SnapshotState.TAKING).exists()


def partitions(*, snapshot_id: int) -> list[SnapshotPartition]:
    """In the order of their customers' ids."""
    return list(SnapshotPartition.objects.filter(snapshot_id=snapshot_id).order_by("number"))


def known_partition(*, number: int, mark: str) -> SnapshotPartition | None:
    """The newest file this database had written of exactly these rows."""
    rows = SnapshotPartition.objects.filter(number=number, mark=mark)
    return rows.order_by("-id").first()


def numbers_written() -> set[int]:
    """The partitions of which some snapshot had a file."""
    return set(SnapshotPartition.objects.values_list("number", flat=True).distinct())


def hashes_in_use() -> set[str]:
    """Of every file that a snapshot still stands on."""
    rows = SnapshotPartition.objects.exclude(snapshot__state=SnapshotState.REMOVED)
    return set(rows.values_list("sha256", flat=True).distinct())


def unreferenced_snapshots(*, before: dt.datetime) -> QuerySet[Snapshot]:
    """Finished before then, and no backtest stands on them."""
    tested = Backtest.objects.values("snapshot_id")
    rows = Snapshot.objects.filter(state=SnapshotState.READY, finished_at__lt=before)
    return rows.exclude(id__in=tested).order_by("id")


def backtests() -> QuerySet[Backtest]:
    """Newest first, without their results."""
    joined = Backtest.objects.select_related("product", "candidate", "live", "snapshot")
    return joined.defer("result", "candidate__content", "live__content").order_by("-id")


def backtest(*, public_id: str) -> Backtest:
    """Raises: Missing."""
    joined = Backtest.objects.select_related("product", "candidate", "live", "snapshot")
    found = joined.filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such backtest."), code="backtest_unknown")
    return found


def results(*, backtest_id: int) -> list[BacktestPartition]:
    """What has been worked out so far, in order."""
    return list(BacktestPartition.objects.filter(backtest_id=backtest_id).order_by("number"))


def next_partition(*, backtest: Backtest) -> SnapshotPartition | None:
    """The first file whose counts are not kept yet."""
    done = BacktestPartition.objects.filter(backtest=backtest).values("number")
    files = SnapshotPartition.objects.filter(snapshot_id=backtest.snapshot_id)
    return files.exclude(number__in=done).order_by("number").first()


def row_hits(*, product_id: int) -> dict[str, Any] | None:
    """For how many customers each row fired in the product's newest finished backtest, by what
    the row says: drafts move, and only a row that still says the same has a number.

    Shape: {backtest, at, customers, tables: {name: [{columns, counts: {row: customers}}]}}, the
    candidate's rows before those in force; a row is the compact JSON of its inputs and outputs.
    """
    finished = Backtest.objects.filter(product_id=product_id, state=BacktestState.FINISHED)
    found = finished.select_related("candidate", "live", "snapshot").order_by("-id").first()
    if found is None or found.result is None:
        return None
    sides = [("new", found.candidate), ("old", found.live)]
    tables: dict[str, list[Any]] = {}
    for side, version in sides:
        for table in version.content["tables"] if version else []:
            counts = _by_content(table, found.result["hits"][side][table["name"]])
            tables.setdefault(table["name"], []).append(counts)
    return {
        "backtest": found.public_id,
        "at": found.snapshot.at,
        "customers": found.customers_done,
        "tables": tables,
    }


def _by_content(table: Mapping[str, Any], hits: Sequence[int]) -> dict[str, Any]:
    rows = [[rule["inputs"], rule["outputs"]] for rule in table["rules"]]
    keys = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    return {
        "columns": [column["name"] for column in table["inputs"]],
        "counts": dict(zip(keys, hits, strict=True)),
    }
