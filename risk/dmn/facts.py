"""Types, faults and errors as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a value is; the built-in types of FEEL by their standard names."""

    ANY = "Any"
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATE_AND_TIME = "date and time"
    DAYS_DURATION = "days and time duration"
    MONTHS_DURATION = "years and months duration"
    CONTEXT = "context"
    LIST = "list"
    RANGE = "range"
    NULL = "null"


class HitPolicy(StrEnum):
    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"


class Aggregation(StrEnum):
    SUM = "SUM"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"


@dataclass(frozen=True, slots=True)
class Allowed:
    """A constraint on a type: the unary tests a value must pass, and how they were written."""

    text: str
    test: Any


@dataclass(frozen=True, slots=True)
class ItemType:
    """A type: built in, a structure (`components`), or a list (`element`); exactly one of them."""

    name: str
    kind: Kind = Kind.ANY
    components: Mapping[str, ItemType] | None = None
    element: ItemType | None = None
    allowed: tuple[Allowed, ...] = ()


ANY = ItemType("Any")
BUILT_IN = {kind.value: ItemType(kind.value, kind) for kind in Kind if kind is not Kind.NULL} | {
    "dateTime": ItemType(Kind.DATE_AND_TIME, Kind.DATE_AND_TIME),
    "dayTimeDuration": ItemType(Kind.DAYS_DURATION, Kind.DAYS_DURATION),
    "yearMonthDuration": ItemType(Kind.MONTHS_DURATION, Kind.MONTHS_DURATION),
    "Any": ANY,
}


@dataclass(frozen=True, slots=True)
class InputData:
    name: str
    type: ItemType


@dataclass(frozen=True, slots=True)
class Decision:
    """`body` is a tree of `risk.dmn.syntax`, None for a decision only people take; `names` is what
    it sees, `decisions` those of them that are decisions themselves."""

    name: str
    place: str
    type: ItemType
    body: Any
    names: tuple[str, ...]
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function with typed parameters."""

    name: str
    place: str
    type: ItemType
    parameters: tuple[InputData, ...]
    body: Any


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: evaluates `outputs`; the decisions `given` come from outside."""

    name: str
    place: str
    type: ItemType
    outputs: tuple[str, ...]
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model that was read, checked and may be evaluated; names are unique.

    `order` lists the decisions so that each comes after those it requires.
    """

    name: str
    inputs: Mapping[str, InputData]
    decisions: Mapping[str, Decision]
    knowledge: Mapping[str, Knowledge]
    services: Mapping[str, Service]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason to refuse a model. `position` counts characters of a FEEL text from 0."""

    place: str
    line: int
    message: str
    position: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else ""
        if self.position is not None:
            where += f", character {self.position + 1} of its text"
        return f"{self.place}{f' ({where})' if where else ''}: {self.message}"


class DmnError(Exception):
    """Base of everything this room raises; its text is meant for people."""


class ModelRefused(DmnError):
    """The model cannot be used; `faults` says why, place by place."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UnknownDecision(DmnError):
    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no decision {quoted(name)} in this model{hint(name, known)}.")
        self.name = name


class InputRefused(DmnError):
    """An input does not fit the model. Never says the value: it is personal."""

    def __init__(self, *, path: str, message: str) -> None:
        super().__init__(f"input {path}: {message}" if path else f"input: {message}")
        self.path = path


class EvaluationFailed(DmnError):
    """The model has no answer for these inputs; `place` is the element that could not be told."""

    def __init__(self, *, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place


class LimitExceeded(DmnError):
    """The evaluation would take too many steps, nest too deeply or grow too large."""


def quoted(name: str) -> str:
    """A name as a message shows it, cut where it would drown the message."""
    return f'"{name}"' if len(name) <= 80 else f'"{name[:77]}…"'


def closest(name: str, known: Iterable[str]) -> str:
    """`; did you mean …` or nothing."""
    close = get_close_matches(name[:100], sorted(known)[:2000], n=1, cutoff=0.6)
    return f"; did you mean {quoted(close[0])}" if close else ""


def hint(name: str, known: Iterable[str]) -> str:
    """`; did you mean …`, what there is when it is little, or nothing."""
    names = sorted(known)
    if meant := closest(name, names):
        return meant
    if 0 < len(names) <= 10:
        return "; there is " + ", ".join(quoted(one) for one in names)
    return ""
