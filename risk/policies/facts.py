"""A policy version as deciders see it, and the unit cases kept with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from risk.tables.facts import CellError
from risk.tables.services import CompiledModel

RESTRICTIONS = "restrictions"
TERMS = "terms"


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """The version in force for one product, ready to evaluate."""

    id: int
    public_id: str
    number: int
    content_hash: str
    compiled: CompiledModel


@dataclass(frozen=True, slots=True)
class Expected:
    """What a case wants of the answer; None is not looked at. Rates are text, never rounded."""

    state: str
    reasons: tuple[str, ...] | None = None
    limit_cents: int | None = None
    annual_rate: str | None = None
    max_term_months: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An invented or borrowed customer: facts by signal as text (None: not known), no identity."""

    name: str
    facts: Mapping[str, str | None]
    expected: Expected


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing a case wanted and did not get."""

    field: str
    wanted: Any
    found: Any


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of one case; it passed when nothing differs."""

    name: str
    differences: tuple[Difference, ...]

    @property
    def is_passed(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft as it stands: its faults and, when there are none, what became of its cases.

    `readings` has each table's rules as sentences.
    """

    faults: tuple[CellError, ...] = ()
    warnings: tuple[CellError, ...] = ()
    results: tuple[CaseResult, ...] = ()
    readings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Review:
    """What was found in a model before it moves: errors stop it, warnings are shown to people."""

    errors: tuple[CellError, ...]
    warnings: tuple[CellError, ...] = ()
