"""One partition compared: who gets what under both policies, counted in every way that is shown.

Rows are evaluated as columns; then there is one line for each combination of fired rows, which
gets its answers (see `derivation`), and the lines are joined back to the customers.
Units: a leaf is [customers, outcomes known, bad outcomes, old limits, new limits], in cents.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from accounts.access.facts import Product
from risk.simulation import frames
from risk.simulation.derivation import Side, nothing_in_force
from risk.simulation.facts import DIMENSIONS, STATES, Answer, Counts
from risk.simulation.layout import PLACES
from risk.simulation.results import SAMPLES
from risk.tables.facts import Model
from risk.tables.services import compile_columns, compile_pair, fired_rules

_LEAF = ("customers", "known", "bad", "old_limit", "new_limit")
_HELD = ("NONE", *STATES)
_ANSWERS = ("old_state", "new_state", "old_limit", "new_limit", "old_reasons", "new_reasons")
_MOVE_COLUMNS = ("customer_id", "public_id", *_ANSWERS)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one partition came to. `moves` has a row for each customer whose access changes."""

    counts: Counts
    moves: pl.DataFrame


class Comparison:
    """Two policies ready to be run over partitions; `old` None: nothing is in force."""

    def __init__(self, *, old: Model | None, new: Model, product: Product, at: dt.datetime) -> None:
        self._at, self._product_id = at, product.id
        self._sides = {"new": Side(new, product=product, at=at)}
        if old is not None:
            self._sides["old"] = Side(old, product=product, at=at)
        self._columns = (
            compile_columns(model=new) if old is None else compile_pair(old=old, new=new)
        )
        asked = {column.name for column in self._columns.inputs}
        self._places = {name: places for name, places in PLACES.items() if name in asked}
        self._words = {
            (name, table.name): self._columns.words(
                table.name if old is None else f"{name}__{table.name}"
            )
            for name, side in self._sides.items()
            for table in side.model.tables
        }

    def tally(self, content: bytes) -> Tally:
        rows, answered = self._both(content)
        told = self._joined(rows, answered)
        moves = _moves(told)
        return Tally(self._counts(answered, told, moves), moves)

    def told(self, content: bytes) -> pl.DataFrame:
        """Each customer of a partition with what both policies say."""
        return self._joined(*self._both(content))

    def _both(self, content: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
        rows = self._evaluated(content)
        words = self._word_names()
        return rows, self._answered(rows.group_by(words).agg(*_sums()).sort(words), words)

    def _joined(self, rows: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
        words = self._word_names()
        return rows.join(answered.select(*words, *_ANSWERS), on=words)

    def _word_names(self) -> list[str]:
        return [name for names in self._words.values() for name in names]

    def _evaluated(self, content: bytes) -> pl.DataFrame:
        seen = frames.seen_at(frames.opened(content), self._at)
        columns: list[str | pl.Expr] = [
            "customer_id", "public_id", *DIMENSIONS,
            pl.col(f"held_state_{self._product_id}").alias("held"),
            (pl.col("outcome_default").is_not_null()).alias("is_known"),
            (pl.col("outcome_default").fill_null(value=False)).alias("is_bad"),
        ]  # fmt: skip
        with_words = self._columns.evaluate(
            frames.with_segments(seen, self._at), places=self._places
        )
        return with_words.select(*columns, *self._word_names()).collect(engine="streaming")

    def _answered(self, lines: pl.DataFrame, words: list[str]) -> pl.DataFrame:
        """Each combination of fired rows with what both policies say to it."""
        found: dict[str, list[Any]] = {name: [] for name in _ANSWERS}
        for line in lines.select(words).iter_rows(named=True):
            for name in ("old", "new"):
                answer = self._answer(name, line)
                found[f"{name}_state"].append(answer.state)
                found[f"{name}_limit"].append(answer.limit_cents)
                found[f"{name}_reasons"].append("|".join(answer.reason_codes))
        types = {name: pl.Int64 if name.endswith("limit") else pl.String for name in found}
        return lines.hstack(pl.DataFrame(found, schema=types))

    def _answer(self, name: str, line: Mapping[str, int]) -> Answer:
        if name not in self._sides:
            return nothing_in_force()
        return self._sides[name].answer(self._fired(name, line))

    def _fired(self, name: str, line: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
        return {
            table: fired_rules([line[word] for word in words])
            for (side, table), words in self._words.items()
            if side == name
        }

    def _counts(self, answered: pl.DataFrame, told: pl.DataFrame, moves: pl.DataFrame) -> Counts:
        return {
            "matrix": _matrix(told, ()),
            "held": _held(told),
            "segments": {dimension: _matrix(told, (dimension,)) for dimension in DIMENSIONS},
            "reasons": _reasons(answered),
            "hits": {name: self._hits(name, answered) for name in self._sides},
            "samples": _samples(moves),
        }

    def _hits(self, name: str, lines: pl.DataFrame) -> dict[str, list[int]]:
        """For how many customers each row of each table counted."""
        side = self._sides[name]
        found = {table.name: [0] * len(table.rules) for table in side.model.tables}
        for line in lines.iter_rows(named=True):
            for table, rows in side.deciding(self._fired(name, line)).items():
                for row in rows:
                    found[table][row] += line["customers"]
        return found


def _sums() -> list[pl.Expr]:
    return [
        pl.len().cast(pl.Int64).alias("customers"),
        pl.col("is_known").sum().cast(pl.Int64).alias("known"),
        pl.col("is_bad").sum().cast(pl.Int64).alias("bad"),
    ]


def _matrix(told: pl.DataFrame, by: tuple[str, ...]) -> Counts:
    """`{"OPEN>CLOSED": leaf}`, or `{value: {"OPEN>CLOSED": leaf}}` by one column."""
    rows = told.group_by(*by, "old_state", "new_state").agg(
        *_sums(),
        pl.col("old_limit").fill_null(0).sum(),
        pl.col("new_limit").fill_null(0).sum(),
    )
    found: Counts = {}
    for row in rows.sort(*by, "old_state", "new_state").iter_rows(named=True):
        place = found.setdefault(row[by[0]], {}) if by else found
        place[f"{row['old_state']}>{row['new_state']}"] = [row[name] for name in _LEAF]
    return found


def _held(told: pl.DataFrame) -> Counts:
    """What customers hold now against what the candidate says, `NONE` for never decided."""
    rows = told.group_by("held", "new_state").len().sort("held", "new_state")
    return {
        f"{_HELD[0 if held is None else held + 1]}>{state}": count
        for held, state, count in rows.iter_rows()
    }


def _reasons(answered: pl.DataFrame) -> Counts:
    """How many customers have each reason before and after, and who gains or loses it."""
    found: Counts = {"old": {}, "new": {}, "gained": {}, "lost": {}}
    for line in answered.iter_rows(named=True):
        old, new = (
            set(filter(None, line[f"{side}_reasons"].split("|"))) for side in ("old", "new")
        )
        for kind, codes in (("old", old), ("new", new), ("gained", new - old), ("lost", old - new)):
            for code in codes:
                found[kind][code] = found[kind].get(code, 0) + line["customers"]
    return found


def _moves(told: pl.DataFrame) -> pl.DataFrame:
    moved = told.filter(pl.col("old_state") != pl.col("new_state"))
    return moved.select(_MOVE_COLUMNS).sort("customer_id")


def _samples(moves: pl.DataFrame) -> Counts:
    found: Counts = {}
    chosen = moves.group_by("old_state", "new_state", maintain_order=True).head(SAMPLES)
    for row in chosen.sort("old_state", "new_state", "customer_id").iter_rows(named=True):
        move = f"{row['old_state']}>{row['new_state']}"
        found.setdefault(move, []).append(
            {name: row[name] for name in _MOVE_COLUMNS if name not in ("old_state", "new_state")}
        )
    return found
