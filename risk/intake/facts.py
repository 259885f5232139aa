"""A mapping, the rows it makes, and what is said about rows that cannot be used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from accounts.customers.facts import Profile
from risk.signals.given import GivenEvent

Number = Decimal | None
Numbers = Sequence[Number]


class DividedByZero(Exception):
    """An expression met a zero below the line; the mapping says what that means."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a mapping, and where in it (`signals.utilisation`)."""

    place: str
    detail: str


class MappingRefused(Exception):
    """The mapping cannot be used, alone or with this file's header."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(f"{fault.place}: {fault.detail}" for fault in faults))
        self.faults = tuple(faults)


class FileRefused(Exception):
    """The file cannot be read as rows at all; the message is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Exact texts of a cell and what each means; `otherwise` None: any other text is a fault."""

    meanings: Mapping[str, str]
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileField:
    """Where one profile field comes from: a constant, or a column and how to read it."""

    name: str
    column: str | None
    constant: str | None = None
    date_format: str | None = None
    choices: Choices | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression over the numbers of `columns`, given in that order."""

    columns: tuple[str, ...]
    value: Callable[[Numbers], Number]


@dataclass(frozen=True, slots=True)
class SignalSource:
    """Where one signal comes from: an expression, or a column of codes."""

    name: str
    expression: Expression | None = None
    if_divided_by_zero: Number = None
    code_column: str | None = None
    codes: Mapping[str, Number] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was observed: one instant for the whole file, or a column."""

    fixed: dt.datetime | None
    column: str | None = None
    date_format: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeSource:
    """What later became of the customer: a column with the texts for yes and no."""

    kind: str
    column: str
    yes: frozenset[str]
    no: frozenset[str]
    observed_at: Moment


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What every mapping says: whose file it is, and how its bytes become cells."""

    source: str
    encoding: str
    delimiter: str
    missing: frozenset[str]
    digest: str


Template = tuple[tuple[str, bool], ...]  # literal texts and columns: (text, whether it is one)


@dataclass(frozen=True, slots=True)
class CustomerMapping:
    """How a file of customers is read, one a row."""

    format: FileFormat
    reference: Template
    profile: tuple[ProfileField, ...]
    signals: tuple[SignalSource, ...]
    signals_at: Moment | None
    outcomes: tuple[OutcomeSource, ...]

    @property
    def columns(self) -> dict[str, str]:
        """Every column the mapping reads → the first place that names it."""
        found: dict[str, str] = {}
        named = [(text, "reference") for text, is_column in self.reference if is_column]
        named += [(f.column, f"profile.{f.name}") for f in self.profile if f.column]
        for signal in self.signals:
            columns = signal.expression.columns if signal.expression else (signal.code_column,)
            named += [(column, f"signals.{signal.name}") for column in columns if column]
        if self.signals_at and self.signals_at.column:
            named.append((self.signals_at.column, "signals.observed_at"))
        for outcome in self.outcomes:
            named.append((outcome.column, f"outcomes.{outcome.kind}"))
            if outcome.observed_at.column:
                named.append((outcome.observed_at.column, f"outcomes.{outcome.kind}.observed_at"))
        for column, place in named:
            found.setdefault(column, place)
        return found


@dataclass(frozen=True, slots=True)
class EventField:
    """Where one thing an event says comes from: an expression over numbers, or a text."""

    name: str
    expression: Expression | None = None
    if_divided_by_zero: Number = None
    column: str | None = None
    choices: Choices | None = None


@dataclass(frozen=True, slots=True)
class EventMapping:
    """How a file of events is read, one a row. `kind`: a column, or that of all events."""

    format: FileFormat
    event_id: Template
    customer: Template
    occurred_at: Moment
    kind: EventField | str
    fields: tuple[EventField, ...]
    device: tuple[EventField, ...]

    @property
    def columns(self) -> dict[str, str]:
        """Every column the mapping reads → the first place that names it."""
        named: list[tuple[str | None, str]]
        named = [(text, "event_id") for text, is_column in self.event_id if is_column]
        named += [(text, "customer") for text, is_column in self.customer if is_column]
        named.append((self.occurred_at.column, "occurred_at"))
        if isinstance(self.kind, EventField):
            named.append((self.kind.column, "kind"))
        for place, fields in (("fields", self.fields), ("device", self.device)):
            for each in fields:
                columns = each.expression.columns if each.expression else (each.column,)
                named += [(column, f"{place}.{each.name}") for column in columns]
        found: dict[str, str] = {}
        for column, place in named:
            if column:
                found.setdefault(column, place)
        return found


@dataclass(frozen=True, slots=True)
class EventRow:
    """One row as an event that was given; whether it can be true is seen when it is taken.

    `columns`: which column gave what.
    """

    line: int
    occurred_at: dt.datetime
    event: GivenEvent
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the file as bytes, without its line end. `end` is where the next begins."""

    raw: bytes
    line: int
    lines: int
    end: int
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why one row was not written (or, as a warning, what is odd about it). No personal data."""

    line: int
    column: str
    code: str
    cause: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeSeen:
    kind: str
    happened: bool
    observed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One usable row of customers. `signals_at` None: the mapping gives no signals."""

    line: int
    reference: str
    profile: Profile
    signals: Mapping[str, Number]
    signals_at: dt.datetime | None
    outcomes: tuple[OutcomeSeen, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing some rows, and what is to be said of them: warnings, and the rows that
    were refused only then."""

    faults: tuple[RowFault, ...] = ()
    refused: int = 0
    repeated: int = 0
    created: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was when the import began."""

    path: Path
    size: int
    modified_ns: int
    digest: str


@dataclass(frozen=True, slots=True)
class Position:
    """How far an import is, and what became of the rows so far."""

    bytes_done: int = 0
    lines_done: int = 0
    rows_read: int = 0
    rows_written: int = 0
    rows_rejected: int = 0
    rows_repeated: int = 0
    customers_created: int = 0
    customers_changed: int = 0
    reject_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """One import as it ended."""

    public_id: str
    position: Position
    was_resumed: bool
    was_already_done: bool
    seconds: float
