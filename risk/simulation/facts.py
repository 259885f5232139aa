"""What snapshots and backtests are made of, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

STATES = ("OPEN", "LIMITED", "CLOSED")
DIMENSIONS = ("tier", "region", "age", "tenure")

Counts = dict[str, Any]  # nested dictionaries whose leaves are whole numbers or lists of them


@dataclass(frozen=True, slots=True)
class Extent:
    """One partition: customers by id, `last_id` inclusive."""

    number: int
    first_id: int
    last_id: int


@dataclass(frozen=True, slots=True)
class Written:
    """One partition as a file: its name follows from its place and its hash."""

    number: int
    sha256: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a policy says about everybody for whom the same rows fired."""

    state: str
    limit_cents: int | None
    reason_codes: tuple[str, ...]


class SnapshotDamaged(Exception):
    """A file of a snapshot is missing or no longer has its hash. `code` says which."""

    def __init__(self, *, number: int, code: str) -> None:
        super().__init__(f"{code}: partition {number}")
        self.number, self.code = number, code


class SnapshotOutdated(Exception):
    """A snapshot was taken before a signal that a policy looks at was catalogued."""


class SnapshotBusy(Exception):
    """Another process is taking this snapshot."""
