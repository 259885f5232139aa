"""From a checked model to one plain Python function per table.

A column's cells depend on the value only through where it lies among the column's constants. So
each column becomes a lookup: for ordered types a bisection over the sorted constants (every
constant and every gap between two has its own entry), for texts and truth values a dictionary.
The entry is the set of rules whose cell matches, as bits; the rules that fire are the
intersection. The sets are the full trace, at no extra cost.

The generated source holds only names made here; everything a person wrote stays a constant.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from risk.tables.checks import check_model
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    HitPolicyViolation,
    InputColumn,
    InvalidModel,
    MissingFact,
    Model,
    Table,
    TableOutcome,
    WrongFact,
)
from risk.tables.parser import parse_literal, parse_tests
from risk.tables.syntax import Test, literals, with_literals

_CLASSES: dict[FeelType, frozenset[type]] = {
    FeelType.NUMBER: frozenset({Decimal, int}),
    FeelType.STRING: frozenset({str}),
    FeelType.BOOLEAN: frozenset({bool}),
    FeelType.DATE: frozenset({dt.date}),
}

Evaluator = Callable[[Mapping[str, Any]], TableOutcome]


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """Call `evaluate` with every fact the model names; unknown ones as None."""

    inputs: tuple[InputColumn, ...]
    evaluators: Mapping[str, Evaluator]

    def evaluate(self, facts: Mapping[str, Any]) -> dict[str, TableOutcome]:
        """Shape: table name → outcome, in the model's order.

        Raises: MissingFact, WrongFact, HitPolicyViolation.
        """
        return {name: evaluate(facts) for name, evaluate in self.evaluators.items()}


def compile_model(model: Model) -> CompiledModel:
    """Raises: InvalidModel with every fault."""
    errors = check_model(model)
    if errors:
        raise InvalidModel(errors)
    inputs = {column.name: column for table in model.tables for column in table.inputs}
    return CompiledModel(
        inputs=tuple(inputs.values()),
        evaluators={table.name: _compile_table(table) for table in model.tables},
    )


def _compile_table(table: Table) -> Evaluator:
    names: dict[str, Any] = {
        "bisect": bisect_left, "wrong": _wrong, "missing": _missing, "finish": _finisher(table),
        "Outcome": TableOutcome,
    }  # fmt: skip
    lines = ["def evaluate(facts):", "  try:"]
    lines += [f"    v{index} = facts[name{index}]" for index in range(len(table.inputs))] + [
        "  except KeyError as error:",
        "    missing(error)",
    ]
    for index, column in enumerate(table.inputs):
        tests = [parse_tests(rule.inputs[index], type=column.type) for rule in table.rules]
        names[f"name{index}"] = column.name
        names[f"classes{index}"] = _CLASSES[column.type]
        names[f"null{index}"] = _mask(tests, None)
        lines += _lookup(index, column.type, tests, names)
    fired = " & ".join(f"m{index}" for index in range(len(table.inputs)))
    columns = "".join(f"m{index}, " for index in range(len(table.inputs)))
    lines += [f"  return finish({fired}, ({columns}))"]
    exec("\n".join(lines), names)  # noqa: S102 — only names made above; constants stay values
    evaluator: Evaluator = names["evaluate"]
    return evaluator


def _lookup(
    index: int, column_type: FeelType, tests: list[Test], names: dict[str, Any]
) -> list[str]:
    """Source lines that set `m<index>` from `v<index>`; fills in the constants they use."""
    head = [
        f"  if v{index} is None:",
        f"    m{index} = null{index}",
        f"  elif v{index}.__class__ not in classes{index} or v{index} != v{index}:",
        f"    wrong(name{index})",
        "  else:",
    ]
    constants = {literal for test in tests for literal in literals(test)}
    if column_type in (FeelType.STRING, FeelType.BOOLEAN):
        names[f"get{index}"] = {value: _mask(tests, value) for value in constants}.get
        other = object()  # equal to no constant: stands for every value not mentioned
        names[f"other{index}"] = _mask(tests, other)
        return [*head, f"    m{index} = get{index}(v{index}, other{index})"]
    ordered = sorted(constants)
    # Entry 2k+1 is the k-th constant itself, entry 2k the gap below it.
    place = {constant: 2 * position + 1 for position, constant in enumerate(ordered)}
    moved = [with_literals(test, place.__getitem__) for test in tests]
    names[f"points{index}"] = tuple(ordered)
    names[f"at{index}"] = tuple(_mask(moved, where) for where in range(1, 2 * len(ordered), 2))
    names[f"below{index}"] = tuple(
        _mask(moved, where) for where in range(0, 2 * len(ordered) + 1, 2)
    )
    if not ordered:
        return [*head, f"    m{index} = below{index}[0]"]
    return [
        *head,
        f"    i = bisect(points{index}, v{index})",
        f"    m{index} = at{index}[i] if i < {len(ordered)} and points{index}[i] == v{index}"
        f" else below{index}[i]",
    ]


def _mask(tests: list[Test], value: Any) -> int:
    return sum(1 << rule for rule, test in enumerate(tests) if test.holds(value) is True)


def _finisher(table: Table) -> Callable[[int, tuple[int, ...]], TableOutcome]:
    """How the hit policy turns the rules that fired into the table's result."""
    rows = tuple(
        {
            output.name: parse_literal(text, type=output.type)
            for output, text in zip(table.outputs, rule.outputs, strict=True)
        }
        for rule in table.rules
    )
    default = {
        output.name: parse_literal(output.default, type=output.type) for output in table.outputs
    }
    no_match = default if any(value is not None for value in default.values()) else None
    choose = _CHOOSERS[table.hit_policy]

    def finish(mask: int, columns: tuple[int, ...]) -> TableOutcome:
        fired = []
        rest = mask
        while rest:
            lowest = rest & -rest
            fired.append(lowest.bit_length() - 1)
            rest ^= lowest
        return TableOutcome(choose(table, rows, no_match, fired), tuple(fired), columns)

    return finish


def _unique(table: Table, rows: Any, no_match: Any, fired: list[int]) -> Any:
    if len(fired) > 1:
        raise _violation(table, fired)
    return rows[fired[0]] if fired else no_match


def _any(table: Table, rows: Any, no_match: Any, fired: list[int]) -> Any:
    if any(rows[rule] != rows[fired[0]] for rule in fired):
        raise _violation(table, fired)
    return rows[fired[0]] if fired else no_match


def _first(table: Table, rows: Any, no_match: Any, fired: list[int]) -> Any:
    return rows[fired[0]] if fired else no_match


def _collect(table: Table, rows: Any, no_match: Any, fired: list[int]) -> Any:
    if not fired and no_match is not None:
        return (no_match,)
    return tuple(rows[rule] for rule in fired)


def _aggregate(combine: Callable[[list[Any]], Any]) -> Any:
    """Null when nothing matched, unless the table has a default (DMN 1.5, 8.2.10)."""

    def choose(table: Table, rows: Any, no_match: Any, fired: list[int]) -> Any:
        name = table.outputs[0].name
        if not fired:
            return no_match[name] if no_match else None
        return combine([rows[rule][name] for rule in fired])

    return choose


def _count(table: Table, rows: Any, no_match: Any, fired: list[int]) -> Any:
    return Decimal(len(fired))


_CHOOSERS: dict[HitPolicy, Any] = {
    HitPolicy.UNIQUE: _unique,
    HitPolicy.ANY: _any,
    HitPolicy.FIRST: _first,
    HitPolicy.COLLECT: _collect,
    HitPolicy.SUM: _aggregate(lambda values: sum(values, Decimal(0))),
    HitPolicy.LEAST: _aggregate(min),
    HitPolicy.GREATEST: _aggregate(max),
    HitPolicy.COUNT: _count,
}


def _violation(table: Table, fired: list[int]) -> HitPolicyViolation:
    return HitPolicyViolation(table=table.name, hit_policy=table.hit_policy, rules=tuple(fired))


def _wrong(name: str) -> None:
    raise WrongFact(f"the fact {name} has the wrong type or is not a finite number")


def _missing(error: KeyError) -> None:
    raise MissingFact(f"the fact {error.args[0]} was not given") from None
