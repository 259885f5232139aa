"""Decision tables as DMN 1.5 says them, row by row and cell by cell, on trees made by the tests.

Nothing here comes from `risk.tables`: a cell is a tuple, its meaning is written out, its text is
rendered from it. Slow and plain on purpose.

Shape of a cell: ("any",) · ("null",) · ("compare", operator, literal) ·
("interval", low, high, is_low_closed, is_high_closed) · ("list", cells) · ("not", cells).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

Cell = tuple[Any, ...]


def truth(cell: Cell, value: Any) -> bool | None:
    """Three-valued: clause 10.3.2.12; comparing null to anything is unknown."""
    kind = cell[0]
    if kind == "any":
        return True
    if kind == "null":
        return value is None
    if kind == "list":
        return _either(truth(part, value) for part in cell[1])
    if kind == "not":
        inner = _either(truth(part, value) for part in cell[1])
        return None if inner is None else not inner
    if value is None:
        return None
    here = _comparable(value)
    if kind == "compare":
        there = _comparable(cell[2])
        return {
            "=": here == there, "<": here < there, "<=": here <= there,
            ">": here > there, ">=": here >= there,
        }[cell[1]]  # fmt: skip
    low, high = _comparable(cell[1]), _comparable(cell[2])
    return (low < here or (cell[3] and low == here)) and (here < high or (cell[4] and here == high))


def _either(answers: Iterable[bool | None]) -> bool | None:
    given = list(answers)
    if any(answer is True for answer in given):
        return True
    return None if any(answer is None for answer in given) else False


def _comparable(value: Any) -> Any:
    """Numbers as fractions (exact whatever the digits), dates as day counts."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal | int):
        return Fraction(value)
    return value.toordinal() if isinstance(value, dt.date) else value


def outcome(
    hit_policy: str,
    rules: list[tuple[list[Cell], list[Any]]],
    defaults: list[Any],
    values: list[Any],
    allowed: list[list[Any]] | None = None,
) -> tuple[Any, tuple[int, ...], tuple[frozenset[int], ...]]:
    """(result, fired rules, per column the rules whose cell matched); result "violation" when the
    hit policy is broken. Rows are lists of output values; `allowed` has the values each output
    lists, the most important first. Clause 8.2.8, 8.2.9."""
    columns = tuple(
        frozenset(
            row for row, (cells, _out) in enumerate(rules) if truth(cells[column], value) is True
        )
        for column, value in enumerate(values)
    )
    fired = tuple(row for row in range(len(rules)) if all(row in column for column in columns))
    rows = [rules[row][1] for row in fired]
    default = defaults if any(value is not None for value in defaults) else None
    if hit_policy in ("P", "O"):
        rows = _by_importance(rows, allowed or [])
    return _result(hit_policy, rows, default), fired, columns


def _by_importance(rows: list[list[Any]], allowed: list[list[Any]]) -> list[list[Any]]:
    """The most important first, the leftmost output first, by picking out again and again."""

    def places(row: list[Any]) -> list[int]:
        return [listed.index(v) for v, listed in zip(row, allowed, strict=True) if listed]

    left, ordered = list(rows), []
    while left:
        best = next(row for row in left if all(places(row) <= places(other) for other in left))
        ordered.append(best)
        left = [row for row in left if row is not best]
    return ordered


def _result(hit_policy: str, rows: list[list[Any]], default: list[Any] | None) -> Any:
    if hit_policy == "C#":
        return Fraction(len(rows))
    if hit_policy in ("C+", "C<", "C>"):
        numbers = [Fraction(row[0]) for row in rows]
        if not numbers:
            return Fraction(default[0]) if default else None
        return {"C+": sum, "C<": min, "C>": max}[hit_policy](numbers)
    if hit_policy in ("C", "R", "O"):
        return rows or ([default] if default else [])
    if not rows:
        return default
    if hit_policy == "U" and len(rows) > 1:
        return "violation"
    if hit_policy == "A" and any(row != rows[0] for row in rows):
        return "violation"
    return rows[0]


# ── text ────────────────────────────────────────────────────────────────────────────────────


def literal_text(value: Any, *, escaped: bool = False) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_character(c, escaped) for c in value) + '"'
    if isinstance(value, dt.date):
        return f'date("{value.isoformat()}")'
    text = f"{value:f}"
    return text.replace("0.", ".", 1) if escaped and text.startswith(("0.", "-0.")) else text


def _character(character: str, escaped: bool) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
    if character in short:
        return short[character]
    if ord(character) < 0x20 or (escaped and not character.isalnum()):
        return f"\\U{ord(character):06X}" if ord(character) > 0xFFFF else f"\\u{ord(character):04x}"
    return character


def cell_text(cell: Cell, *, gap: str = "", escaped: bool = False, mirrored: bool = False) -> str:
    """`gap` goes between all tokens; `mirrored` writes open ends as ]1..5[."""

    def text(value: Any) -> str:
        return literal_text(value, escaped=escaped)

    def many(cells: Iterable[Cell]) -> str:
        return f"{gap},{gap}".join(one(part) for part in cells)

    def one(part: Cell) -> str:
        kind = part[0]
        if kind == "any":
            return "-"
        if kind == "null":
            return "null"
        if kind == "compare":
            operator = "" if part[1] == "=" and not escaped else part[1]
            return f"{operator}{gap}{text(part[2])}"
        if kind == "interval":
            opening = "[" if part[3] else "]" if mirrored else "("
            closing = "]" if part[4] else "[" if mirrored else ")"
            high = text(part[2])
            apart = " " if high.startswith(".") else gap  # "0...5" would be refused as unclear
            return f"{opening}{gap}{text(part[1])}{gap}..{apart}{high}{gap}{closing}"
        inner = many(part[1])
        return f"not{gap}({gap}{inner}{gap})" if kind == "not" else inner

    return f"{gap}{one(cell)}{gap}"
