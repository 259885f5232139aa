"""Columns of whole numbers between PostgreSQL and numpy, millions of rows at a time.

Binary COPY of bigint columns has rows of one length: no row is looked at in Python. Memory is
that of the numbers.
Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_ROWS_A_BLOCK = 100_000


def read(statement: str, *, columns: int) -> list[Any]:
    """The columns of a SELECT, each as int64. Every value a bigint and none NULL."""
    layout = _layout(columns)
    blocks: list[Any] = []
    rows: list[bytes] = []
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT BINARY") as copy:
        for row in copy:
            rows.append(bytes(row))
            if len(rows) == _ROWS_A_BLOCK:
                blocks.append(_numbers(b"".join(rows), layout, is_first=not blocks))
                rows = []
    blocks.append(_numbers(b"".join(rows), layout, is_first=not blocks))
    whole = np.concatenate(blocks)
    return [whole[f"value{number}"].astype(np.int64) for number in range(columns)]


def write(table: str, names: Sequence[str], columns: Sequence[Any]) -> None:
    """Effects: COPY into the bigint columns of `table`."""
    layout = _layout(len(columns))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN BINARY") as copy,
    ):
        copy.write(_HEADER)
        for start in range(0, len(columns[0]), _ROWS_A_BLOCK):
            copy.write(_rows([column[start : start + _ROWS_A_BLOCK] for column in columns], layout))
        copy.write(_TRAILER)


def _layout(columns: int) -> Any:
    fields = [("count", ">i2")]
    for number in range(columns):
        fields += [(f"length{number}", ">i4"), (f"value{number}", ">i8")]
    return np.dtype(fields)


def _numbers(raw: bytes, layout: Any, *, is_first: bool) -> Any:
    start = len(_HEADER) if is_first else 0
    count = (len(raw) - start) // layout.itemsize  # what is left over is the trailer
    return np.frombuffer(raw, dtype=layout, count=count, offset=start)


def _rows(columns: Sequence[Any], layout: Any) -> bytes:
    rows = np.empty(len(columns[0]), dtype=layout)
    rows["count"] = len(columns)
    for number, column in enumerate(columns):
        rows[f"length{number}"], rows[f"value{number}"] = 8, column
    return rows.tobytes()
