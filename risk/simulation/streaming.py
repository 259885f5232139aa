"""Out of PostgreSQL into Parquet, batch by batch: binary COPY read as Arrow, written as it comes.

One transaction of its own (REPEATABLE READ, READ ONLY) on a connection of its own: all partitions
show one moment. While one batch is written the next is read, so that server and writer work at
the same time and no more than a few batches are ever in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection
from psycopg.conninfo import make_conninfo

from risk.simulation.facts import Extent, SnapshotBusy
from risk.simulation.layout import Layout, mark_of, marks_statement

_LOCK = 0x51A95
_BATCHES_AHEAD = 2
_BATCH_BYTES = 8 << 20
_ROWS_A_GROUP = 128 << 10
_BATCH_OPTION = "adbc.postgresql.batch_size_hint_bytes"


class Reading:
    """One moment of the database, to be read partition by partition."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def products(self) -> tuple[tuple[int, str], ...]:
        rows = self._rows("SELECT id, code FROM accounts_product ORDER BY id")
        return tuple((row["id"], row["code"]) for row in rows)

    def extents(self, *, layout: Layout, span: int) -> tuple[Extent, ...]:
        """Every partition that has customers, in order. One pass over five tables, and a
        look into those of events and links."""
        version = f"{layout.version} {span}"
        return tuple(
            Extent(
                number=row["number"],
                first_id=row["number"] * span + 1,
                last_id=(row["number"] + 1) * span,
                customers=row["rows0"],
                mark=mark_of(
                    version,
                    [row[name] for name in sorted(row) if name not in ("number", "moves")],
                    moment=layout.at.isoformat() if row["moves"] else "",
                ),
            )
            for row in self._rows(marks_statement(span=span))
        )

    def write(self, statement: str, path: Path) -> int:
        """Effects: writes the statement's rows to a Parquet file; answers how many."""
        self._cursor.execute(statement)
        reader = self._cursor.fetch_record_batch()
        rows = 0
        with pq.ParquetWriter(path, plain(reader.schema), compression="lz4") as writer:
            for batch in _ahead(reader):
                writer.write_batch(
                    pa.RecordBatch.from_arrays(batch.columns, schema=writer.schema),
                    row_group_size=_ROWS_A_GROUP,
                )
                rows += batch.num_rows
        return rows

    def _rows(self, statement: str) -> list[dict[str, Any]]:
        self._cursor.execute(statement)
        found: list[dict[str, Any]] = self._cursor.fetch_arrow_table().to_pylist()
        return found


@contextmanager
def reading(*, snapshot_id: int) -> Iterator[Reading]:
    """Effects: a connection that holds an advisory lock until the end: one taker a snapshot.

    Raises: SnapshotBusy.
    """
    with adbc.connect(_address(), autocommit=True) as line, line.cursor() as cursor:
        cursor.adbc_statement.set_options(**{_BATCH_OPTION: str(_BATCH_BYTES)})
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            lock = f"SELECT pg_try_advisory_xact_lock({_LOCK}, {int(snapshot_id)}) AS mine"
            cursor.execute(lock)
            if not cursor.fetch_arrow_table()["mine"][0].as_py():
                raise SnapshotBusy
            yield Reading(cursor)
        finally:
            cursor.execute("ROLLBACK")


def plain(schema: pa.Schema) -> pa.Schema:
    """Without the driver's notes about types: equal rows must give equal files."""
    return pa.schema([pa.field(field.name, field.type) for field in schema])


def _ahead(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The reader's batches, read by a thread of their own."""
    found: Queue[pa.RecordBatch | Exception | None] = Queue(maxsize=_BATCHES_AHEAD)
    is_wanted = True

    def read() -> None:
        try:
            for batch in reader:
                found.put(batch)
                if not is_wanted:
                    return
            found.put(None)
        except Exception as error:  # said by the one who waits for the batch
            found.put(error)

    thread = threading.Thread(target=read, name="snapshot-reader", daemon=True)
    thread.start()
    try:
        while (batch := found.get()) is not None:
            if isinstance(batch, Exception):
                raise batch
            yield batch
    finally:
        is_wanted = False
        while thread.is_alive():
            if not found.empty():
                found.get_nowait()
            thread.join(0.01)


def _address() -> str:
    """The database in use, as libpq is told about it."""
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    given = connection.get_connection_params()
    return make_conninfo(
        **{name: value for name, value in given.items() if name in known and value is not None}
    )
