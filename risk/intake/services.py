"""Writing an import: its run, its batches, its end. Progress commits with the rows it counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.customers import queries as customers
from accounts.customers.facts import NOT_GIVEN, CustomerRef, Profile
from accounts.verification import services as verification
from backoffice.lib import ids
from backoffice.lib.errors import Conflict
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from risk.intake.facts import FileMapping, Position, Row, RowFault, SourceFile
from risk.intake.models import ImportedCustomer, ImportRun, ImportState
from risk.signals import services as signals

_POSITION = tuple(Position.__dataclass_fields__)
_MEET = """
INSERT INTO risk_importedcustomer (run_id, customer_id, line)
SELECT %s, customer_id, line FROM unnest(%s::bigint[], %s::bigint[]) AS given (customer_id, line)
ON CONFLICT (run_id, customer_id) DO UPDATE SET line = excluded.line
"""


@entry
def open_run(
    *, source: SourceFile, mapping: FileMapping, actor: Actor, at: dt.datetime, again: bool
) -> tuple[ImportRun, bool]:
    """The run for these bytes under this mapping, and whether it existed before.

    One that is running is gone on with, one that is finished is returned as it is; `again`
    begins anew whatever there was. Effects: run row, ledger.
    """
    known = (
        ImportRun.objects.select_for_update()
        .filter(file_digest=source.digest, mapping_digest=mapping.digest)
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
    run = _new_run(source, mapping, at)
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
    rows: Sequence[Row],
    actor: Actor,
    at: dt.datetime,
) -> Position:
    """Write the rows between two positions and the new position, or nothing.

    `after` counts what was read, rejected and repeated; what was written is added here. Effects:
    customers, verification, signals, outcomes, ledger. Raises: Conflict when somebody else has
    moved this run since `before`.
    """
    written = _write_customers(run, rows, actor, at)
    _write_signals(rows, written)
    _write_outcomes(rows, written, run.source)
    _meet(run, {written[row.reference].id: row.line for row in rows})
    done = dataclasses.replace(
        after,
        rows_written=before.rows_written + len(rows),
        customers_created=before.customers_created
        + sum(ref.was_created for ref in written.values()),
        customers_changed=before.customers_changed
        + sum(ref.was_changed and not ref.was_created for ref in written.values()),
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


def repetitions(*, run: ImportRun, rows: Sequence[Row]) -> list[RowFault]:
    """Warnings for rows whose customer an earlier row of the file gave. Nobody but the run itself
    adds to what it met, so this may be asked before the batch is written."""
    known = customers.ids_by_reference({row.reference for row in rows})
    met_at = dict(
        ImportedCustomer.objects.filter(run_id=run.id, customer_id__in=known.values())
        .values_list("customer_id", "line")
    )  # fmt: skip
    met = {reference: met_at[row_id] for reference, row_id in known.items() if row_id in met_at}
    found = []
    for row in rows:
        if row.reference in met:
            found.append(_repeats(row.line, met[row.reference]))
        met[row.reference] = row.line
    return found


def _new_run(source: SourceFile, mapping: FileMapping, at: dt.datetime) -> ImportRun:
    name = source.path.name.encode("utf-8", errors="backslashreplace").decode()
    try:
        with transaction.atomic():
            return ImportRun.objects.create(
                public_id=ids.ordered("imp"),
                file_digest=source.digest,
                mapping_digest=mapping.digest,
                file_name=name[:200],
                source=mapping.source,
                bytes_total=source.size,
                started_at=at,
            )
    except IntegrityError as error:
        raise _elsewhere() from error


def _write_customers(
    run: ImportRun, rows: Sequence[Row], actor: Actor, at: dt.datetime
) -> dict[str, CustomerRef]:
    merged: dict[str, Profile] = {}
    for row in rows:
        known = merged.get(row.reference)
        merged[row.reference] = _over(known, row.profile) if known else row.profile
    return verification.upsert_customers(
        profiles=merged, actor=actor, at=at, detail={"import": run.public_id}
    )


def _over(earlier: Profile, later: Profile) -> Profile:
    """What the later row gives wins; what it leaves out stays."""
    given = {
        name: value
        for name in Profile.__dataclass_fields__
        if (value := getattr(later, name)) is not NOT_GIVEN
    }
    return dataclasses.replace(earlier, **given)


def _write_signals(rows: Sequence[Row], written: Mapping[str, CustomerRef]) -> None:
    """The newest observation of each customer; of equal ones the later row."""
    newest: dict[int, Row] = {}
    for row in rows:
        if row.signals_at is None:
            continue
        customer_id = written[row.reference].id
        known = newest.get(customer_id)
        if known is None or known.signals_at is None or row.signals_at >= known.signals_at:
            newest[customer_id] = row
    signals.write_observed(
        rows=[
            (customer_id, newest[customer_id].signals, observed_at)
            for customer_id in sorted(newest)
            if (observed_at := newest[customer_id].signals_at) is not None
        ]
    )


def _write_outcomes(rows: Sequence[Row], written: Mapping[str, CustomerRef], source: str) -> None:
    last = {
        (written[row.reference].id, seen.kind, seen.observed_at): seen.happened
        for row in rows
        for seen in row.outcomes
    }
    if last:
        signals.record_outcomes(
            rows=[
                (customer, kind, happened, at) for (customer, kind, at), happened in last.items()
            ],
            source=source,
        )


def _meet(run: ImportRun, lines: Mapping[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MEET, [run.id, list(lines), list(lines.values())])


def _advance(run: ImportRun, before: Position, done: Position) -> None:
    """Only from where we began: two processes cannot both write the same rows."""
    moved = ImportRun.objects.filter(
        id=run.id, state=ImportState.RUNNING, bytes_done=before.bytes_done
    ).update(**dataclasses.asdict(done))
    if not moved:
        raise _elsewhere()


def _elsewhere() -> Conflict:
    return Conflict(_("Another process has gone on with this import."), code="import_elsewhere")


def _repeats(line: int, earlier: int) -> RowFault:
    words = f"Line {earlier} gave the same customer; this later row was written over it."
    return RowFault(line, "", "reference_repeated", words, is_warning=True)


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
