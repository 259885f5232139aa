"""Faults of files and differences of models as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FAULTS_TOLD = 100

# What the files have a place for; any other key of a model's JSON is carried as it is.
KEYS_OF_A_MODEL = frozenset({"tables"})
KEYS_OF_A_TABLE = frozenset({"name", "hit_policy", "inputs", "outputs", "rules"})
KEYS_OF_A_COLUMN = frozenset({"name", "type", "allowed", "default"})
KEYS_OF_A_RULE = frozenset({"inputs", "outputs", "note"})


def others(part: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in known}


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason to refuse a file, or to write none. `place` is a sheet and cell, or an element.

    `message` is English; a caller that speaks another language words `code` with `params`.
    """

    place: str
    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class FileRefused(Exception):
    """The file is no policy, or the policy cannot be such a file; `faults` says why."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = tuple(faults)
        self.count = len(found)
        self.faults = found[:FAULTS_TOLD]
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Change(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"

    @classmethod
    def between(cls, *, has_old: bool, has_new: bool, is_same: bool) -> Change:
        if not has_old:
            return cls.ADDED
        if not has_new:
            return cls.REMOVED
        return cls.SAME if is_same else cls.CHANGED


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """What is said of a table or column as a whole: hit policy, type, allowed values, default."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """`old_name` and `new_name` differ for a renamed column; one is empty for an added or removed
    one. Places count from 0 within inputs then outputs, -1 where there is none.
    """

    change: Change
    is_input: bool
    old_name: str
    new_name: str
    old_place: int
    new_place: int
    is_moved: bool = False
    properties: tuple[PropertyChange, ...] = ()

    @property
    def name(self) -> str:
        return self.new_name or self.old_name

    @property
    def differs(self) -> bool:
        return self.change is not Change.SAME or self.is_moved

    @property
    def is_renamed(self) -> bool:
        return bool(self.old_name and self.new_name) and self.old_name != self.new_name


@dataclass(frozen=True, slots=True)
class RowDifference:
    """One row of both tables, or of one. Numbers count from 1, None where there is no such row.

    `old` and `new` are cell texts in the order of the table difference's `columns`, None under a
    column that table does not have; empty where there is no such row.
    """

    change: Change
    old_number: int | None
    new_number: int | None
    is_moved: bool
    old: tuple[str | None, ...]
    new: tuple[str | None, ...]
    old_note: str = ""
    new_note: str = ""

    @property
    def differs(self) -> bool:
        return self.change is not Change.SAME or self.is_moved


@dataclass(frozen=True, slots=True)
class TableDifference:
    """`rows` in the new table's order, removed ones where they were; all rows, equal ones too."""

    change: Change
    name: str
    properties: tuple[PropertyChange, ...]
    columns: tuple[ColumnDifference, ...]
    rows: tuple[RowDifference, ...]

    @property
    def count(self) -> dict[str, int]:
        """How many rows are added, removed, changed and moved (a row may be both)."""
        kinds = [row.change for row in self.rows]
        return {
            change.value: kinds.count(change)
            for change in (Change.ADDED, Change.REMOVED, Change.CHANGED)
        } | {"moved": sum(row.is_moved for row in self.rows)}


@dataclass(frozen=True, slots=True)
class ModelDifference:
    tables: tuple[TableDifference, ...]
    properties: tuple[PropertyChange, ...] = ()

    @property
    def is_same(self) -> bool:
        return not self.properties and all(table.change is Change.SAME for table in self.tables)
