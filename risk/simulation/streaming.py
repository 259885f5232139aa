"""Out of PostgreSQL into Parquet, batch by batch: binary COPY read as Arrow, written as it comes.

One transaction of its own (REPEATABLE READ, READ ONLY) on a connection of its own: all partitions
show one moment. While one batch is written the next is read, so that server and writer work at
the same time and no more than a few batches are ever in memory. A second connection, which shows
the same moment, works out meanwhile how the partitions are marked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
from risk.simulation.layout import Layout, mark_of, marks_statement, numbers_statement

_LOCK = 0x51A95
_BATCHES_AHEAD = 2
_BATCH_BYTES = 8 << 20
_ROWS_A_GROUP = 128 << 10
_BATCH_OPTION = "adbc.postgresql.batch_size_hint_bytes"
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

Marks = Callable[[], dict[int, str]]  # partition → mark; waits until they are known


class Reading:
    """One moment of the database, to be read partition by partition."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def products(self) -> tuple[tuple[int, str], ...]:
        rows = _rows(self._cursor, "SELECT id, code FROM accounts_product ORDER BY id")
        return tuple((row["id"], row["code"]) for row in rows)

    def extents(self, *, span: int) -> tuple[Extent, ...]:
        """Every partition that has customers, in order."""
        numbers = [row["number"] for row in _rows(self._cursor, numbers_statement(span=span))]
        return tuple(Extent(each, each * span + 1, (each + 1) * span) for each in numbers)

    @contextmanager
    def marking(self, *, layout: Layout, span: int) -> Iterator[Marks]:
        """How each partition is marked, worked out while others things are done.

        Effects: another connection, on a thread of its own, until it knows.
        """
        [row] = _rows(self._cursor, "SELECT pg_export_snapshot() AS moment")
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="snapshot-marks") as thread:
            yield thread.submit(_marks, row["moment"], layout, span).result

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


@contextmanager
def reading(*, snapshot_id: int) -> Iterator[Reading]:
    """Effects: a connection that holds an advisory lock until the end: one taker a snapshot.

    Raises: SnapshotBusy.
    """
    with adbc.connect(_address(), autocommit=True) as line, line.cursor() as cursor:
        cursor.adbc_statement.set_options(**{_BATCH_OPTION: str(_BATCH_BYTES)})
        cursor.execute(_BEGIN)
        try:
            lock = f"SELECT pg_try_advisory_xact_lock({_LOCK}, {int(snapshot_id)}) AS mine"
            cursor.execute(lock)
            if not cursor.fetch_arrow_table()["mine"][0].as_py():
                raise SnapshotBusy
            yield Reading(cursor)
        finally:
            cursor.execute("ROLLBACK")


def _marks(moment: str, layout: Layout, span: int) -> dict[int, str]:
    """One pass over five tables, and a look into those of events and links.

    Shape: partition → mark. That of one whose customers' facts move with time is of this moment.
    """
    with adbc.connect(_address(), autocommit=True) as line, line.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute(f"SET TRANSACTION SNAPSHOT '{moment}'")
        # The planner expects as many partitions as customers, and would sort them all.
        cursor.execute("SET LOCAL enable_sort = off")
        rows = _rows(cursor, marks_statement(span=span))
        cursor.execute("ROLLBACK")
    version = f"{layout.version} {span}"
    return {
        row.pop("number"): mark_of(
            version,
            [row[name] for name in sorted(row) if name != "moves"],
            moment=layout.at.isoformat() if row["moves"] else "",
        )
        for row in rows
    }


def _rows(cursor: Any, statement: str) -> list[dict[str, Any]]:
    cursor.execute(statement)
    found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
    return found


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
