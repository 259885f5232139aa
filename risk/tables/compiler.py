"""From a checked model to one plain Python function per table.

Each column becomes a lookup of the place where its value lies (see `spans`): for numbers and
dates a bisection over the sorted constants, for texts and truth values a dictionary. The entry
found is the set of rules whose cell matches, as bits, so each distinct test of a column is
settled at once; the rules that fire are the intersection. The sets are the full trace, at no
extra cost.

The generated source holds only names made here; everything a person wrote stays a constant.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NoReturn

from risk.tables.checks import check_model
from risk.tables.facts import (
    FeelType,
    InputColumn,
    InvalidModel,
    MissingFact,
    Model,
    Outcome,
    Table,
    TableOutcome,
    Value,
    WrongFact,
)
from risk.tables.hits import finisher
from risk.tables.parser import parse_tests
from risk.tables.spans import places_of, rules_by_place
from risk.tables.syntax import Test

# Classes are compared exactly: True is no number, a datetime is no date.
_ACCEPTS: dict[FeelType, str] = {
    FeelType.NUMBER: "{v}.__class__ is int or {v}.__class__ is Decimal and {v}.is_finite()",
    FeelType.STRING: "{v}.__class__ is str",
    FeelType.BOOLEAN: "{v}.__class__ is bool",
    FeelType.DATE: "{v}.__class__ is date",
}

Evaluator = Callable[[Mapping[str, Value]], TableOutcome]


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """Call `evaluate` with every fact the model names; unknown ones as None."""

    inputs: tuple[InputColumn, ...]
    evaluators: Mapping[str, Evaluator]

    def evaluate(self, facts: Mapping[str, Value]) -> Outcome:
        """Facts the model does not name are ignored.

        Raises: MissingFact, WrongFact, HitPolicyViolation.
        """
        return Outcome({name: evaluate(facts) for name, evaluate in self.evaluators.items()})


@lru_cache(maxsize=64)
def compile_model(model: Model) -> CompiledModel:
    """The same model is compiled once a process. Raises: InvalidModel with every fault."""
    errors = check_model(model)
    if errors:
        raise InvalidModel(errors)
    inputs = {column.name: column for table in model.tables for column in table.inputs}
    return CompiledModel(
        inputs=tuple(inputs.values()),
        evaluators=MappingProxyType({table.name: _compile_table(table) for table in model.tables}),
    )


def _compile_table(table: Table) -> Evaluator:
    names: dict[str, Any] = {
        "Decimal": Decimal, "date": dt.date, "bisect": bisect_left,
        "wrong": _wrong, "missing": _missing, "finish": finisher(table),
    }  # fmt: skip
    columns = range(len(table.inputs))
    lines = ["def evaluate(facts):", "  try:"]
    lines += [f"    v{index} = facts[name{index}]" for index in columns]
    lines += ["  except KeyError as error:", "    missing(error)"]
    for index, column in enumerate(table.inputs):
        texts = [rule.inputs[index] for rule in table.rules]
        parsed = {text: parse_tests(text, type=column.type) for text in {*texts}}
        tests = [parsed[text] for text in texts]
        names |= {f"name{index}": column.name, f"type{index}": column.type}
        lines += _lookup(index, column.type, tests, names)
    fired = " & ".join(f"m{index}" for index in columns)
    trace = "".join(f"m{index}, " for index in columns)
    lines += [f"  return finish({fired}, ({trace}))"]
    exec("\n".join(lines), names)  # noqa: S102 — only names made above; constants stay values
    evaluator: Evaluator = names["evaluate"]
    return evaluator


def _lookup(
    index: int, column_type: FeelType, tests: list[Test], names: dict[str, Any]
) -> list[str]:
    """Source lines that set `m<index>` from `v<index>`; fills in the constants they use."""
    places = places_of(tests)
    constants = list(places)
    sets = rules_by_place(tests, places)
    at, below = tuple(sets[1::2]), tuple(sets[0::2])
    names[f"null{index}"] = sum(
        1 << rule for rule, test in enumerate(tests) if test.holds(None) is True
    )
    lines = [
        f"  if v{index} is None:",
        f"    m{index} = null{index}",
        f"  elif {_ACCEPTS[column_type].format(v=f'v{index}')}:",
    ]
    if column_type in (FeelType.STRING, FeelType.BOOLEAN):
        # Only equality is known here, so every value not mentioned is like any gap.
        names[f"get{index}"] = dict(zip(constants, at, strict=True)).get
        names[f"other{index}"] = below[0]
        lines += [f"    m{index} = get{index}(v{index}, other{index})"]
    elif not constants:
        names[f"other{index}"] = below[0]
        lines += [f"    m{index} = other{index}"]
    else:
        names |= {f"points{index}": constants, f"at{index}": at, f"below{index}": below}
        lines += [
            f"    i = bisect(points{index}, v{index})",
            f"    m{index} = at{index}[i] if i < {len(constants)} and points{index}[i] == v{index}"
            f" else below{index}[i]",
        ]
    return [*lines, "  else:", f"    wrong(name{index}, type{index}, v{index})"]


def _wrong(name: str, expected: FeelType, value: object) -> NoReturn:
    raise WrongFact(name=name, expected=expected, given=value.__class__)


def _missing(error: KeyError) -> NoReturn:
    raise MissingFact(str(error.args[0])) from None
