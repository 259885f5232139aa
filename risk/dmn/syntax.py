"""The tree of an expression, a boxed expression or a unary-tests cell.

Chains of operators are one node and not a tower, so the depth of a tree is the nesting a person
wrote, and no expression, however long, deepens the stack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from risk.dmn.facts import Aggregation, HitPolicy, ItemType


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """`source.member.member`."""

    source: Node
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """`-x`, `times` over."""

    operand: Node
    times: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one level, from left to right: `a + b - c`, `a * b / c`, `a ** b`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and c`, or the same of `or`."""

    symbol: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    symbol: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between:
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Membership:
    """`value in test`."""

    value: Node
    test: Test


@dataclass(frozen=True, slots=True)
class Conditional:
    """`if … then … else if … then … else …`."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf:
    """Entries see those before them. With a `result` the context's value is that."""

    entries: tuple[tuple[str, Node], ...]
    result: Node | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of a built-in function or a business knowledge model; None: not given."""

    function: str
    arguments: tuple[Node | None, ...]
    is_built_in: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """The value of `node`, which has to be of `type`; `place` says whose value it is."""

    node: Node
    type: ItemType
    place: str


@dataclass(frozen=True, slots=True)
class Anything:
    """`-`: matches every value and null."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`< x`, `>= x`, `= x`, `!= x`."""

    symbol: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Matching:
    """An expression as a test: equal to it, in it, or, where it mentions `?`, true."""

    node: Node
    mentions_input: bool


@dataclass(frozen=True, slots=True)
class Tests:
    """`a, b`: one of them holds; `not(a, b)`: none does."""

    tests: tuple[Test, ...]
    negated: bool = False


Test = Anything | Compared | Matching | Tests


@dataclass(frozen=True, slots=True)
class InputClause:
    """`allowed` is what the standard calls input values."""

    label: str
    node: Node
    type: ItemType


@dataclass(frozen=True, slots=True)
class OutputClause:
    """`priorities` are the output values in order, for P and O."""

    name: str
    type: ItemType
    priorities: tuple[Node, ...]
    default: Node | None


@dataclass(frozen=True, slots=True)
class Rule:
    tests: tuple[Test, ...]
    outputs: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    place: str
    hit_policy: HitPolicy
    aggregation: Aggregation | None
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]


Node = (
    Literal
    | Name
    | Path
    | Negation
    | Chain
    | Logic
    | Comparison
    | Between
    | Membership
    | Conditional
    | ListOf
    | ContextOf
    | Interval
    | Invocation
    | Typed
    | Table
)
