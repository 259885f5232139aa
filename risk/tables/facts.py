"""Tables, errors and outcomes as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

Value = Decimal | int | str | bool | dt.date | None


class FeelType(StrEnum):
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    DATE = "date"


class HitPolicy(StrEnum):
    UNIQUE = "U"
    ANY = "A"
    PRIORITY = "P"
    FIRST = "F"
    RULE_ORDER = "R"
    OUTPUT_ORDER = "O"
    COLLECT = "C"
    SUM = "C+"
    LEAST = "C<"
    GREATEST = "C>"
    COUNT = "C#"

    @property
    def gives_lists(self) -> bool:
        return self in (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)

    @property
    def is_ranked(self) -> bool:
        """By the order in which the outputs list their allowed values."""
        return self in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)

    @property
    def is_aggregate(self) -> bool:
        return len(self.value) == 2


class Unknown(StrEnum):
    """What a table means by a fact that is not known: its rows say so, or nothing follows."""

    BY_ROWS = ""
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class InputColumn:
    """A fact by name. `allowed` limits the texts its cells may name (a misspelling is an error).

    `unknown` is a declaration people read and sign; it does not change what a cell means.
    """

    name: str
    type: FeelType
    allowed: tuple[str, ...] = ()
    unknown: Unknown = Unknown.BY_ROWS


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """`default` is a FEEL literal used when no rule matches; empty means none.

    `allowed` limits the texts its cells and default may give; under P and O the first is the
    most important.
    """

    name: str
    type: FeelType
    allowed: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a unary test per input, a literal per output, and a note for people."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    hit_policy: HitPolicy
    inputs: tuple[InputColumn, ...]
    outputs: tuple[OutputColumn, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """Tables that look at the same facts; names are unique.

    `association_justification` is why rules may close because of links to other people: written to
    be read and signed with the tables, it does not change what a cell means.
    """

    tables: tuple[Table, ...]
    association_justification: str = ""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class CellError:
    """One fault and where it is. `rule` and `column` are None when the whole table is meant.
    A fault of severity WARNING is shown to people but stops nothing; `example` are the facts of
    somebody who shows it.

    `column` counts inputs first, then outputs. `position` counts characters in the cell from 0.
    `message` is English; a caller that speaks another language words `code` with `params`.
    """

    table: str
    rule: int | None
    column: int | None
    code: str
    message: str
    position: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = Severity.ERROR
    example: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """What one table said. `columns` has, per input, the set of rules whose cell matched, as bits
    (bit 0 is the first rule); `fired` the rules all of whose cells matched, in order.

    `result`: a row {output: value} for U, A, P and F (None when nothing matched and there is no
    default), a tuple of rows for C, R and O, a number or None for the aggregates. Rows are
    read-only.
    """

    result: Any
    fired: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def trace(self) -> dict[str, Any]:
        """What matched, as JSON: rules from 0, and each column's bits in hexadecimal. The whole
        table can be coloured from it.
        """
        return {"fired": list(self.fired), "columns": [f"{rules:x}" for rules in self.columns]}


Outcome = dict[str, TableOutcome]  # by the table's name, in the model's order


class TableError(Exception):
    """Base of everything this room raises."""


class InvalidModel(TableError):
    """The model cannot be compiled; `errors` says why, cell by cell."""

    def __init__(self, errors: tuple[CellError, ...]) -> None:
        super().__init__(f"{len(errors)} errors; first: {errors[0].message}")
        self.errors = errors


class MissingFact(TableError):
    """A fact the model asks for was not given (an unknown one is given as None)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the fact {name} was not given")
        self.name = name


class WrongFact(TableError):
    """A fact has the wrong type or is not a finite number. Never says the value: it is personal."""

    def __init__(self, *, name: str, expected: FeelType, given: type) -> None:
        super().__init__(
            f"the fact {name} must be a {_ACCEPTED[expected]}, not a {given.__name__}"
            + (" that is not finite" if given is Decimal else "")
        )
        self.name = name


class WrongColumn(TableError):
    """A frame lacks a fact's column, or holds it in a type that cannot be read exactly.

    `name` is None when the frame as a whole cannot be taken; `given` then says why.
    """

    def __init__(self, *, name: str | None, expected: FeelType | None, given: str) -> None:
        wanted = "" if expected is None else f" must be {_COLUMNS[expected]}, not"
        super().__init__(f"the column {name}{wanted} {given}" if name else given)
        self.name = name


class HitPolicyViolation(TableError):
    """More rules matched than the hit policy allows. `rules` counts from 0."""

    def __init__(self, *, table: str, hit_policy: HitPolicy, rules: tuple[int, ...]) -> None:
        numbers = ", ".join(str(rule + 1) for rule in rules)
        why = (
            "only one rule may match"
            if hit_policy is HitPolicy.UNIQUE
            else "all rules that match must give the same outputs"
        )
        super().__init__(
            f"table {table}: hit policy {hit_policy.value} broken by rules {numbers}: {why}"
        )
        self.table, self.hit_policy, self.rules = table, hit_policy, rules


_ACCEPTED = {
    FeelType.NUMBER: "finite number (Decimal or int)",
    FeelType.STRING: "text (str)",
    FeelType.BOOLEAN: "truth value (bool)",
    FeelType.DATE: "date (datetime.date)",
}
_COLUMNS = {
    FeelType.NUMBER: "whole numbers of at most 64 bits or decimals",
    FeelType.STRING: "text",
    FeelType.BOOLEAN: "truth values",
    FeelType.DATE: "dates",
}
