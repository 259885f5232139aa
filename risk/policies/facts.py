"""A policy version as deciders see it, its unit cases, and what a backtest proved about one."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from risk.tables.facts import CellError
from risk.tables.services import CompiledModel

RESTRICTIONS = "restrictions"
TERMS = "terms"
UNDECIDED = "unknown_not_decided"  # the code of a column that does not say what unknown means


@dataclass(frozen=True, slots=True)
class LiveVersion:
    """The version in force for one product, ready to evaluate."""

    id: int
    public_id: str
    number: int
    content_hash: str
    compiled: CompiledModel


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file a draft was read from: its name, and how to know it again. It is kept nowhere."""

    name: str
    sha256: str


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
    """What was found in a model before it moves: errors stop it, warnings are shown to people.

    Of the errors, `undecided` are columns that do not say what unknown means. They stop a new
    version, but not one that comes back: it decides as it did when it was in force.
    """

    errors: tuple[CellError, ...]
    warnings: tuple[CellError, ...] = ()

    @property
    def undecided(self) -> tuple[CellError, ...]:
        return tuple(error for error in self.errors if error.code == UNDECIDED)

    @property
    def harmful(self) -> tuple[CellError, ...]:
        return tuple(error for error in self.errors if error.code != UNDECIDED)


@dataclass(frozen=True, slots=True)
class Challenger:
    """An approved version that decides a fixed share of the customers instead of the live one."""

    version: LiveVersion
    share_percent: int
    salt: str

    def decides(self, *, customer_public_id: str) -> bool:
        """The same customers for as long as the experiment runs, whoever asks and however often."""
        digest = hashlib.sha256(f"{self.salt}:{customer_public_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % 100 < self.share_percent


@dataclass(frozen=True, slots=True)
class Shadow:
    """A candidate evaluated beside the live version; `version` is None when it cannot be read."""

    trial_id: int
    version: LiveVersion | None


@dataclass(frozen=True, slots=True)
class InForce:
    """What decides about one product at one moment."""

    live: LiveVersion
    challenger: Challenger | None = None
    shadow: Shadow | None = None

    def inputs(self) -> frozenset[str]:
        """Every column that some version looks at, of whatever is evaluated now."""
        versions = (
            self.live, self.challenger and self.challenger.version,
            self.shadow and self.shadow.version,
        )  # fmt: skip
        return frozenset(
            column.name for version in versions if version for column in version.compiled.inputs
        )

    def version_for(self, *, customer_public_id: str) -> LiveVersion:
        challenger = self.challenger
        if challenger and challenger.decides(customer_public_id=customer_public_id):
            return challenger.version
        return self.live


@dataclass(frozen=True, slots=True)
class Proof:
    """What a backtest found. Counts are customers whose answer would change.

    `live_hash` is the version it was compared with, "" when none was in force. `open_appeals`
    are those among `closes`; None when appeals are not known.
    """

    backtest_public_id: str
    candidate_hash: str
    live_hash: str
    snapshot_hash: str
    snapshot_at: dt.datetime
    customers: int
    closes: int
    limits: int
    opens: int
    open_appeals: int | None = None
