"""Writing an import: its run, its batches, its end. Progress commits with the rows it counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backoffice.lib import ids
from backoffice.lib.errors import Conflict
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from risk.intake.facts import FileFormat, Position, RowFault, SourceFile, Written
from risk.intake.models import ImportedCustomer, ImportKind, ImportRun, ImportState
from risk.intake.rows import RowReader

Report = Callable[[Iterable[RowFault]], int]  # into the side file; answers how long it is then
_POSITION = tuple(Position.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: how its rows are read, and what they become."""

    name: ImportKind
    reader: Callable[..., RowReader[Any, Any]]
    write: Callable[..., Written]  # a step
    check: Callable[..., Sequence[RowFault]]  # what is wrong with rows, the database untouched
    prepare: Callable[..., None]  # before their transaction begins


@entry
def open_run(
    *,
    source: SourceFile,
    file_format: FileFormat,
    kind: ImportKind,
    actor: Actor,
    at: dt.datetime,
    again: bool,
) -> tuple[ImportRun, bool]:
    """The run for these bytes under this mapping, and whether it existed before.

    One that is running is gone on with, one that is finished is returned as it is; `again`
    begins anew whatever there was. Effects: run row, ledger.
    """
    known = (
        ImportRun.objects.select_for_update()
        .filter(file_digest=source.digest, mapping_digest=file_format.digest)
        .exclude(state=ImportState.ABANDONED)
        .order_by("-id")
        .first()
    )
    if known is not None and not again:
        return known, True
    if known is not None and known.state == ImportState.RUNNING:
        known.state, known.finished_at = ImportState.ABANDONED, at
        known.save(update_fields=["state", "finished_at"])
        ImportedCustomer.objects.filter(run_id=known.id).delete()
        _record(known, "import.abandoned", actor, at)
    run = _new_run(source, file_format, kind, at)
    _record(run, "import.started", actor, at)
    return run, False


def position(*, run: ImportRun) -> Position:
    """Where the run stands."""
    return Position(**{name: getattr(run, name) for name in _POSITION})


@entry
def write_batch(
    *,
    run: ImportRun,
    before: Position,
    after: Position,
    rows: Sequence[Any],
    kind: Kind,
    report: Report,
    actor: Actor,
    at: dt.datetime,
) -> Position:
    """Write the rows between two positions and the new position, or nothing.

    `after` counts what was read and rejected; what comes of writing is added here. Effects: those
    of the kind; what is to be said of rows is in the side file before the position commits that
    counts on it. Raises: Conflict when somebody else has moved this run since `before`.
    """
    written = kind.write(run=run, rows=rows, actor=actor, at=at)
    done = dataclasses.replace(
        after,
        rows_written=before.rows_written + len(rows) - written.refused,
        rows_rejected=after.rows_rejected + written.refused,
        rows_repeated=before.rows_repeated + written.repeated,
        customers_created=before.customers_created + written.created,
        customers_changed=before.customers_changed + written.changed,
        reject_bytes=report(written.faults),
    )
    _advance(run, before, done)
    return done


@entry
def finish(*, run: ImportRun, done: Position, actor: Actor, at: dt.datetime) -> None:
    """Effects: ends the run, forgets which customers it met, ledger. Raises: Conflict."""
    ended = ImportRun.objects.filter(
        id=run.id, state=ImportState.RUNNING, bytes_done=done.bytes_done
    ).update(state=ImportState.FINISHED, finished_at=at)
    if not ended:
        raise _elsewhere()
    ImportedCustomer.objects.filter(run_id=run.id).delete()
    run.refresh_from_db()
    _record(run, "import.finished", actor, at)


def _new_run(
    source: SourceFile, file_format: FileFormat, kind: ImportKind, at: dt.datetime
) -> ImportRun:
    name = source.path.name.encode("utf-8", errors="backslashreplace").decode()
    try:
        with transaction.atomic():
            return ImportRun.objects.create(
                public_id=ids.ordered("imp"),
                file_digest=source.digest,
                mapping_digest=file_format.digest,
                file_name=name[:200],
                source=file_format.source,
                kind=kind,
                bytes_total=source.size,
                started_at=at,
            )
    except IntegrityError as error:
        raise _elsewhere() from error


def _advance(run: ImportRun, before: Position, done: Position) -> None:
    """Only from where we began: two processes cannot both write the same rows."""
    moved = ImportRun.objects.filter(
        id=run.id, state=ImportState.RUNNING, bytes_done=before.bytes_done
    ).update(**dataclasses.asdict(done))
    if not moved:
        raise _elsewhere()


def _elsewhere() -> Conflict:
    return Conflict(_("Another process has gone on with this import."), code="import_elsewhere")


def _record(run: ImportRun, action: str, actor: Actor, at: dt.datetime) -> None:
    ledger.record(
        actor=actor,
        action=action,
        subject=("import", run.public_id),
        at=at,
        detail={
            "source": run.source, "digest": run.file_digest, "read": run.rows_read,
            "written": run.rows_written, "rejected": run.rows_rejected,
            "created": run.customers_created, "changed": run.customers_changed,
        },
    )  # fmt: skip
