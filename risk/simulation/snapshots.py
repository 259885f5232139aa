"""Taking snapshots: asked for as a row, written by a worker, finished under one hash.

A taking that is killed begins again at a new moment; partitions in which nothing was written
since are not written again, whoever wrote them first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import structlog
from django.db import connection
from django.utils.translation import gettext_lazy as _

from backoffice.lib import ids
from backoffice.lib.errors import Conflict, Invalid
from backoffice.lib.outbox import nudge
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, system
from risk.simulation import queries, storage
from risk.simulation.facts import Extent, SnapshotBusy, Written
from risk.simulation.layout import FORMAT, Layout
from risk.simulation.models import Snapshot, SnapshotPartition, SnapshotState
from risk.tables.services import canonical

if TYPE_CHECKING:
    from risk.simulation.streaming import Reading

log = structlog.get_logger(__name__)

PARTITION_SPAN = 250_000
LEASE_SECONDS = 300
TAKEN_UP_SECONDS = 10  # the time a worker has to begin
KEEP_DAYS = 30

_FILES_LOCK = 0x51A95F11E5  # between who is about to use files and who deletes them

Progress = Callable[[Snapshot], None]
Clock = Callable[[], dt.datetime]


@step
def request(*, note: str, actor: Actor, at: dt.datetime) -> Snapshot:
    """Ask for a snapshot. Effects: as `plan`; a worker is nudged after commit. Raises: Invalid."""
    snapshot = plan(note=note, actor=actor, at=at)
    wake(snapshot.public_id)
    return snapshot


@step
def plan(*, note: str, actor: Actor, at: dt.datetime) -> Snapshot:
    """A snapshot that whoever needs it takes. Effects: row, ledger. Raises: Invalid."""
    if not note.strip():
        raise Invalid(_("Say what the snapshot is for."), code="note_required")
    snapshot = Snapshot.objects.create(
        public_id=ids.ordered("snp"),
        note=note.strip(),
        partition_span=PARTITION_SPAN,
        started_by=str(actor),
        started_at=at,
        lease_until=taken_up_until(at),
    )
    ledger.record(
        actor=actor, action="snapshot.requested", subject=("snapshot", snapshot.public_id),
        reason=snapshot.note, at=at,
    )  # fmt: skip
    return snapshot


def take(*, public_id: str, now: Clock, progress: Progress = lambda _snapshot: None) -> bool:
    """Write every partition and finish; False when there was nothing to do, or another does it.

    Effects: files; short transactions beside the one that reads. A disk that refuses ends it as
    failed, and it can be taken up again.
    """
    from risk.simulation.streaming import reading  # drivers only workers and commands need

    snapshot = queries.snapshot(public_id=public_id)
    if snapshot.state != SnapshotState.TAKING:
        return False
    try:
        with reading(snapshot_id=snapshot.id) as database:
            _write_all(snapshot, database, now, progress)
    except SnapshotBusy:
        return False
    except OSError as error:
        log.error("snapshot_failed", snapshot=public_id, error=type(error).__name__)
        _fail(public_id=public_id, code="storage_failed")
        return False
    return True


@entry
def take_up_again(*, public_id: str, actor: Actor, at: dt.datetime) -> Snapshot:
    """Raises: Missing, Conflict (not failed)."""
    snapshot = _locked(public_id)
    if snapshot.state != SnapshotState.FAILED:
        raise Conflict(_("Only a failed snapshot is taken up again."), code="snapshot_state")
    snapshot.state, snapshot.problem = SnapshotState.TAKING, ""
    snapshot.lease_until = taken_up_until(at)
    snapshot.save(update_fields=["state", "problem", "lease_until"])
    ledger.record(actor=actor, action="snapshot.resumed", subject=("snapshot", public_id), at=at)
    wake(public_id)
    return snapshot


def abandoned(*, at: dt.datetime) -> list[str]:
    """Snapshots being taken by nobody for a while."""
    rows = Snapshot.objects.filter(state=SnapshotState.TAKING).exclude(lease_until__gte=at)
    return list(rows.values_list("public_id", flat=True))


def taken_up_until(at: dt.datetime) -> dt.datetime:
    """The end of the lease of what a worker has just been asked to do."""
    return at + dt.timedelta(seconds=TAKEN_UP_SECONDS)


def wake(public_id: str) -> None:
    """Effects: after commit, asks a worker to go on with the snapshot."""
    nudge("risk.simulation.take_snapshot", public_id)


def remove_old(*, older_than: dt.timedelta, actor: Actor, at: dt.datetime) -> tuple[int, int, int]:
    """Let go of snapshots no backtest stands on. Answers (snapshots, files, bytes) removed.

    Effects: their rows stay, as removed; files nobody needs any more are deleted once that is
    committed, those of an interrupted removal too. Nothing is done while a snapshot is being
    taken: it may be about to use one of them.
    """
    removed = _let_go(before=at - older_than, actor=actor, at=at)
    return (removed, *_delete_files())


@entry
def _let_go(*, before: dt.datetime, actor: Actor, at: dt.datetime) -> int:
    _lock_files()
    if queries.is_any_being_taken():
        return 0
    removed = list(queries.unreferenced_snapshots(before=before).select_for_update())
    for snapshot in removed:
        snapshot.state = SnapshotState.REMOVED
        snapshot.save(update_fields=["state"])
        ledger.record(
            actor=actor, action="snapshot.removed", subject=("snapshot", snapshot.public_id), at=at
        )
    return len(removed)


@entry
def _delete_files() -> tuple[int, int]:
    """Inside a transaction for its lock alone: nothing is written that a rollback would undo."""
    _lock_files()
    if queries.is_any_being_taken():
        return 0, 0
    return storage.remove_partitions(keep=queries.hashes_in_use())


def _write_all(snapshot: Snapshot, database: Reading, now: Clock, progress: Progress) -> None:
    at = now()
    layout = Layout(database.products(), at)
    extents = database.extents(span=snapshot.partition_span)
    _begin(snapshot, extents, at)
    progress(snapshot)
    written_before = queries.numbers_written()
    with database.marking(layout=layout, span=snapshot.partition_span) as marks:
        for extent in extents:
            # Marks are waited for only where they can save a partition from being written.
            known = extent.number in written_before and _unchanged(extent, marks())
            written = known or _write(database, layout, extent)
            mark = marks()[extent.number]
            _keep(snapshot, mark, written, now(), is_reused=bool(known))
            progress(snapshot)
    _finish(public_id=snapshot.public_id, layout=layout.version, at=now())
    progress(queries.snapshot(public_id=snapshot.public_id))


def _unchanged(extent: Extent, marks: Mapping[int, str]) -> Written | None:
    """The whole file of exactly these rows, where there is one."""
    known = queries.known_partition(number=extent.number, mark=marks[extent.number])
    if known and storage.is_intact(number=known.number, sha256=known.sha256, size=known.bytes):
        return Written(known.number, known.sha256, known.rows, known.bytes)
    return None


def _write(database: Reading, layout: Layout, extent: Extent) -> Written:
    with storage.partial_partition(number=extent.number) as partial:
        statement = layout.select(first_id=extent.first_id, last_id=extent.last_id)
        rows = database.write(statement, partial)
        digest, size = storage.keep_partition(partial, number=extent.number)
    return Written(extent.number, digest, rows, size)


@entry
def _begin(snapshot: Snapshot, extents: Sequence[Extent], at: dt.datetime) -> None:
    """What an earlier attempt noted of partitions that are gone is forgotten; the others are noted
    anew before this one finishes."""
    _lock_files()
    SnapshotPartition.objects.filter(snapshot=snapshot).exclude(
        number__in=[extent.number for extent in extents]
    ).delete()
    snapshot.at, snapshot.partitions = at, len(extents)
    snapshot.partitions_done = snapshot.partitions_written = snapshot.customers = 0
    snapshot.lease_until = at + dt.timedelta(seconds=LEASE_SECONDS)
    snapshot.save(
        update_fields=[
            "at", "partitions", "partitions_done", "partitions_written", "customers",
            "lease_until",
        ]
    )  # fmt: skip


@entry
def _keep(
    snapshot: Snapshot, mark: str, written: Written, at: dt.datetime, *, is_reused: bool
) -> None:
    SnapshotPartition.objects.update_or_create(
        snapshot=snapshot,
        number=written.number,
        defaults={
            "mark": mark, "sha256": written.sha256, "rows": written.rows,
            "bytes": written.bytes, "is_reused": is_reused,
        },
    )  # fmt: skip
    snapshot.partitions_done += 1
    snapshot.partitions_written += not is_reused
    snapshot.customers += written.rows
    snapshot.lease_until = at + dt.timedelta(seconds=LEASE_SECONDS)
    snapshot.save(
        update_fields=["partitions_done", "partitions_written", "customers", "lease_until"]
    )


@entry
def _finish(*, public_id: str, layout: str, at: dt.datetime) -> None:
    snapshot = _locked(public_id)
    files = queries.partitions(snapshot_id=snapshot.id)
    snapshot.content_hash = manifest_hash(snapshot, files, layout)
    snapshot.state = SnapshotState.READY
    snapshot.bytes = sum(file.bytes for file in files)
    snapshot.finished_at = at
    snapshot.save(update_fields=["content_hash", "state", "bytes", "finished_at"])
    ledger.record(
        actor=system("simulation"), action="snapshot.taken", subject=("snapshot", public_id),
        detail={"customers": snapshot.customers, "hash": snapshot.content_hash},
        at=at,
    )  # fmt: skip


def manifest_hash(snapshot: Snapshot, files: Sequence[SnapshotPartition], layout: str) -> str:
    """Names everything a snapshot says: its moment, its columns and every file by hash."""
    manifest = {
        "format": FORMAT,
        "layout": layout,
        "at": snapshot.at.isoformat() if snapshot.at else "",
        "partitions": [[file.number, file.rows, file.sha256] for file in files],
    }
    return hashlib.sha256(canonical(manifest).encode()).hexdigest()


@entry
def _fail(*, public_id: str, code: str) -> None:
    snapshot = _locked(public_id)
    snapshot.state, snapshot.problem = SnapshotState.FAILED, code
    snapshot.save(update_fields=["state", "problem"])


def _lock_files() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::int8)", [_FILES_LOCK])


def _locked(public_id: str) -> Snapshot:
    queries.snapshot(public_id=public_id)
    return Snapshot.objects.select_for_update().get(public_id=public_id)
