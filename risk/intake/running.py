"""One file from its first byte to its last: read, write, report, and go on where it stopped."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from backoffice.lib import clock
from compliance.ledger.facts import Actor
from risk.intake import services
from risk.intake.facts import (
    FileFormat,
    FileRefused,
    Position,
    Record,
    RowFault,
    SourceFile,
    Summary,
)
from risk.intake.models import ImportRun, ImportState
from risk.intake.records import BYTE_ORDER_MARKS, records
from risk.intake.rejects import RejectFile
from risk.intake.rows import AnyMapping, RowReader, read_header

BATCH = 500
BATCH_AT_MOST = 2000
Progress = Callable[[Position, int], None]  # how far, of how many bytes


@dataclass(frozen=True, slots=True)
class Options:
    """How one import is run. `again`: from the first row, whatever was done before."""

    batch: int = BATCH
    rejects: Path | None = None
    with_rows: bool = False
    again: bool = False


def import_file(
    *,
    path: Path,
    kind: services.Kind,
    mapping: AnyMapping,
    options: Options,
    actor: Actor,
    progress: Progress,
) -> Summary:
    """Effects: see `services.write_batch`, and the side file. Each batch is a transaction.

    Raises: FileRefused, MappingRefused (columns), Conflict (another process has gone on).
    """
    began, at = time.monotonic(), clock.now()
    with _opened(path) as (file, source):
        header, first = _header(file, mapping.format)
        reader = kind.reader(mapping=mapping, header=header, now=at)
        run, is_known = services.open_run(
            source=source,
            file_format=mapping.format,
            kind=kind.name,
            actor=actor,
            at=at,
            again=options.again,
        )
        done = services.position(run=run)
        if run.state == ImportState.FINISHED:
            return Summary(run.public_id, done, False, True, time.monotonic() - began)
        if done.bytes_done == 0:
            done = dataclasses.replace(done, bytes_done=first.end, lines_done=first.lines)
            before = Position()
        else:
            before = done
        side = options.rejects or rejects_path(path)
        _refuse_same(side, path)
        with RejectFile(side, keep_bytes=done.reject_bytes, with_rows=options.with_rows) as rejects:
            work = _Work(
                file, source, mapping.format, kind, reader, run, rejects, actor, at, options
            )
            done = work.all(before, done, progress)
        services.finish(run=run, done=done, actor=actor, at=clock.now())
    return Summary(run.public_id, done, is_known, False, time.monotonic() - began)


def check_file(
    *,
    path: Path,
    kind: services.Kind,
    mapping: AnyMapping,
    options: Options,
    progress: Progress,
) -> Summary:
    """Read every row and report it as an import would; the database is not touched.

    Raises: FileRefused, MappingRefused.
    """
    began = time.monotonic()
    side = options.rejects or rejects_path(path, is_check=True)
    _refuse_same(side, path)
    with _opened(path) as (file, source):
        header, first = _header(file, mapping.format)
        reader = kind.reader(mapping=mapping, header=header, now=clock.now())
        done = Position(bytes_done=first.end, lines_done=first.lines)
        progress(done, source.size)
        with RejectFile(side, keep_bytes=0, with_rows=options.with_rows) as rejects:
            for batch in _batches(file, mapping.format, reader, done, options.batch):
                _report(batch, rejects, mapping.format)
                faults = kind.check(rows=batch.rows, at=reader.now)
                rejects.add(faults)
                refused = len({fault.line for fault in faults})
                reached = batch.reached(done)
                done = dataclasses.replace(
                    reached,
                    rows_written=done.rows_written + len(batch.rows) - refused,
                    rows_rejected=reached.rows_rejected + refused,
                    reject_bytes=rejects.settled(),
                )
                progress(done, source.size)
        _refuse_changed(file, source)
    return Summary("", done, False, False, time.monotonic() - began)


def rejects_path(path: Path, *, is_check: bool = False) -> Path:
    """A check reports into a file of its own: a half-done import goes on in the other."""
    return path.with_name(path.name + (".check" if is_check else "") + ".rejects.csv")


def _refuse_same(side: Path, path: Path) -> None:
    if side.exists() and path.exists() and side.samefile(path):
        raise FileRefused(f"{side} is the file to import: name another place for --rejects.")


@dataclass(slots=True)
class _Batch:
    """What one transaction writes: usable rows, and the records that are none, with why."""

    rows: list[Any] = field(default_factory=list)
    refused: list[tuple[Record, list[RowFault]]] = field(default_factory=list)
    last: Record | None = None

    def reached(self, before: Position) -> Position:
        """The position after this batch, without what writing adds."""
        if self.last is None:
            return before
        return dataclasses.replace(
            before,
            bytes_done=self.last.end,
            lines_done=self.last.line + self.last.lines - 1,
            rows_read=before.rows_read + len(self.rows) + len(self.refused),
            rows_rejected=before.rows_rejected + len(self.refused),
        )


@dataclass(frozen=True, slots=True)
class _Work:
    file: BinaryIO
    source: SourceFile
    file_format: FileFormat
    kind: services.Kind
    reader: RowReader[Any, Any]
    run: ImportRun
    rejects: RejectFile
    actor: Actor
    at: dt.datetime
    options: Options

    def all(self, before: Position, done: Position, progress: Progress) -> Position:
        """`before` is what the database holds; `done` also counts the header."""
        progress(done, self.source.size)
        for batch in _batches(self.file, self.file_format, self.reader, done, self.options.batch):
            done = self._write(batch, before, batch.reached(done))
            before = done
            progress(done, self.source.size)
        if done is not before:  # a file with nothing but a header
            done = self._write(_Batch(), before, done)
        return done

    def _write(self, batch: _Batch, before: Position, after: Position) -> Position:
        _report(batch, self.rejects, self.file_format)
        _refuse_changed(self.file, self.source)
        self.kind.prepare(rows=batch.rows, at=self.at)
        return services.write_batch(
            run=self.run, before=before, after=after, rows=batch.rows, kind=self.kind,
            report=self._reported, actor=self.actor, at=self.at,
        )  # fmt: skip

    def _reported(self, faults: Iterable[RowFault]) -> int:
        self.rejects.add(faults)
        return self.rejects.settled()


def _batches(
    file: BinaryIO, file_format: FileFormat, reader: RowReader[Any, Any], done: Position, size: int
) -> Iterator[_Batch]:
    batch = _Batch()
    stream = records(
        file, offset=done.bytes_done, line=done.lines_done + 1, delimiter=file_format.delimiter
    )
    for record in stream:
        batch.last = record
        if not record.raw and record.fault is None:
            continue  # a blank line is no row
        found = reader.read(record)
        if isinstance(found, list):
            batch.refused.append((record, found))
        else:
            batch.rows.append(found)
        if len(batch.rows) + len(batch.refused) >= size:
            yield batch
            batch = _Batch()
    if batch.last is not None:
        yield batch


def _report(batch: _Batch, rejects: RejectFile, file_format: FileFormat) -> None:
    for record, faults in batch.refused:
        rejects.add(faults, row=record.raw.decode(file_format.encoding, errors="backslashreplace"))


def _header(file: BinaryIO, file_format: FileFormat) -> tuple[list[str], Record]:
    """The header's names, and the record it stands in (its `lines` reach back to the first)."""
    file.seek(0)
    start = file.read(4)
    mark = next((mark for mark in BYTE_ORDER_MARKS if start.startswith(mark)), b"")
    for record in records(file, offset=len(mark), line=1, delimiter=file_format.delimiter):
        if record.raw or record.fault:
            lines = record.line + record.lines - 1
            return read_header(record, file_format=file_format), dataclasses.replace(
                record, lines=lines
            )
    raise FileRefused("The file is empty: not even a header line.")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, SourceFile]]:
    """Raises: FileRefused. Read once to name it by its content: a changed file is another file."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise FileRefused(f"Cannot read {path}: {error.strerror}.") from error
    with file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise FileRefused(f"{path} is no regular file: a killed import could not go on.")
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        source = SourceFile(path, status.st_size, status.st_mtime_ns, digest)
        _refuse_changed(file, source)
        yield file, source


def _refuse_changed(file: BinaryIO, source: SourceFile) -> None:
    status = os.fstat(file.fileno())
    if (status.st_size, status.st_mtime_ns) != (source.size, source.modified_ns):
        raise FileRefused(
            f"{source.path} changed while it was read; what was written before stays. "
            "Import the new file when it is complete."
        )
