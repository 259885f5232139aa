"""A finished backtest as JSON and as a spreadsheet.

Whatever is written into a cell is text, number or nothing: a text that a spreadsheet would take
for a formula is given a leading apostrophe, as spreadsheets themselves do.
Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from risk.simulation import queries, results, storage
from risk.simulation.facts import DIMENSIONS, STATES
from risk.simulation.models import Backtest
from risk.tables.services import canonical

ROWS_AT_MOST = 1_000_000  # a sheet ends at 1,048,576
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Row = list[Any]


def as_json(backtest: Backtest) -> dict[str, Any]:
    """Everything the backtest says and everything it is bound to. Amounts in cents."""
    matrix = (backtest.result or results.empty())["matrix"]
    return {
        "backtest": backtest.public_id,
        "state": backtest.state,
        "problem": backtest.problem or backtest.proof_problem,
        "product": backtest.product.code,
        "currency": backtest.product.currency,
        "candidate_hash": backtest.candidate_hash,
        "live_hash": backtest.live_hash,
        "snapshot": backtest.snapshot.public_id,
        "snapshot_hash": backtest.snapshot_hash,
        "snapshot_at": backtest.snapshot.at.isoformat() if backtest.snapshot.at else None,
        "started_at": backtest.started_at.isoformat(),
        "finished_at": backtest.finished_at.isoformat() if backtest.finished_at else None,
        "customers": backtest.customers_done,
        "open_appeals": None,
        "changes": results.changes({"matrix": matrix}),
        "books": {
            name: {
                "customers": book.customers, "limit_cents": book.limit, "known": book.known,
                "bad": book.bad, "bad_rate": book.bad_rate,
            }
            for name, book in results.books(matrix).items()
        },
        "fairness": {
            name: _fairness(backtest, name) for name in results.FAIRNESS_BY
        },
        "result": backtest.result,
    }  # fmt: skip


def as_xlsx(backtest: Backtest) -> bytes:
    """Raises: SnapshotDamaged when a list of who moves is gone or altered."""
    _require_lists(backtest)  # a sheet that breaks off half-way would be left open
    book = Workbook(write_only=True)
    result = backtest.result or results.empty()
    for title, rows in (
        ("summary", _summary(backtest)),
        ("matrix", _matrix(result["matrix"])),
        ("segments", _segments(result["segments"])),
        ("fairness", _fairness_rows(backtest)),
        ("reasons", _reasons(result["reasons"])),
        ("rules", _rules(result["hits"])),
        ("moves", _moves(backtest)),
    ):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _require_lists(backtest: Backtest) -> None:
    for part in queries.results(backtest_id=backtest.pk):
        storage.read_moves(
            backtest_public_id=backtest.public_id, number=part.number, sha256=part.moves_sha256
        )


def harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; numbers as they are."""
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return value


def _cell(sheet: Any, value: Any) -> Any:
    cell = WriteOnlyCell(sheet, harmless(value))
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _summary(backtest: Backtest) -> Iterator[Row]:
    told = as_json(backtest)
    for name, value in told.items():
        if isinstance(value, str | int | None):
            yield [name, value]
    for name, count in told["changes"].items():
        yield [name, count]
    for name, book in told["books"].items():
        for what, value in book.items():
            yield [f"{name} {what}", value]


def _matrix(matrix: results.Matrix) -> Iterator[Row]:
    yield ["old", "new", "customers", "known", "bad", "old_limit_cents", "new_limit_cents"]
    for old in STATES:
        for new in STATES:
            yield [old, new, *results.cell(matrix, old, new)]


def _segments(segments: dict[str, Any]) -> Iterator[Row]:
    yield [
        "dimension", "value", "old", "new", "customers", "known", "bad", "old_limit_cents",
        "new_limit_cents",
    ]  # fmt: skip
    for dimension in DIMENSIONS:
        for value, matrix in sorted(segments[dimension].items()):
            for move, leaf in sorted(matrix.items()):
                yield [dimension, value, *move.split(">"), *leaf]


def _fairness(backtest: Backtest, dimension: str) -> list[dict[str, Any]]:
    segments = (backtest.result or results.empty())["segments"]
    return [
        {
            "value": group.value, "customers": group.customers, "old_rate": _number(group.old_rate),
            "new_rate": _number(group.new_rate), "old_ratio": _number(group.old_ratio),
            "new_ratio": _number(group.new_ratio), "is_small": group.is_small,
            "is_flagged": group.is_flagged,
        }
        for group in results.fairness(segments[dimension])
    ]  # fmt: skip


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 6)


def _fairness_rows(backtest: Backtest) -> Iterator[Row]:
    yield [
        "dimension", "value", "customers", "old_rate", "new_rate", "old_ratio", "new_ratio",
        "is_small", "is_flagged",
    ]  # fmt: skip
    for dimension in results.FAIRNESS_BY:
        for group in _fairness(backtest, dimension):
            yield [dimension, *group.values()]


def _reasons(counts: dict[str, dict[str, int]]) -> Iterator[Row]:
    kinds = ("old", "new", "gained", "lost")
    yield ["reason", *kinds]
    for code in sorted({*counts["old"], *counts["new"]}):
        yield [code, *(counts[kind].get(code, 0) for kind in kinds)]


def _rules(hits: dict[str, dict[str, list[int]]]) -> Iterator[Row]:
    yield ["version", "table", "rule", "customers"]
    for side, tables in sorted(hits.items()):
        for table, counts in tables.items():
            for number, count in enumerate(counts, start=1):
                yield [side, table, number, count]


def _moves(backtest: Backtest) -> Iterator[Row]:
    """Everybody whose access would change, by customer; cut where a sheet ends, and said so."""
    yield [
        "customer", "old", "new", "old_limit_cents", "new_limit_cents", "old_reasons",
        "new_reasons",
    ]  # fmt: skip
    for index, row in enumerate(moves(backtest)):
        if index == ROWS_AT_MOST:
            yield ["more customers than a sheet holds"]
            return
        yield list(row)


def moves(backtest: Backtest) -> Iterable[tuple[Any, ...]]:
    """Raises: SnapshotDamaged."""
    import polars as pl

    for part in queries.results(backtest_id=backtest.pk):
        content = storage.read_moves(
            backtest_public_id=backtest.public_id, number=part.number, sha256=part.moves_sha256
        )
        frame = pl.read_parquet(io.BytesIO(content))
        yield from frame.select(
            "public_id", "old_state", "new_state", "old_limit", "new_limit", "old_reasons",
            "new_reasons",
        ).iter_rows()  # fmt: skip


def json_text(backtest: Backtest) -> str:
    return canonical(as_json(backtest))
