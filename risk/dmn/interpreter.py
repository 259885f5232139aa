"""From a tree and the values of its names to a value. Pure; every step is counted.

Source: DMN 1.5, 10.3.2 (FEEL semantics) and 7.3 (unary tests). What has no answer is null, except
where a typed place gets a value of another type, a list of allowed values is broken or a hit
policy is: that raises, with the place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from risk.dmn import arithmetic, hits, syntax
from risk.dmn.arithmetic import Range, kind_of
from risk.dmn.builtins import BUILT_IN, NOT_GIVEN
from risk.dmn.conformance import Nonconforming, conform
from risk.dmn.facts import EvaluationFailed, ItemType, Knowledge
from risk.dmn.limits import Meter
from risk.dmn.temporal import PROPERTIES

_INPUT = "?"


@dataclass(frozen=True, slots=True)
class Frame:
    """What an expression sees: values by name, functions by name, and how much it may still do."""

    names: Mapping[str, Any]
    knowledge: Mapping[str, Knowledge]
    meter: Meter

    def having(self, names: Mapping[str, Any]) -> Frame:
        return Frame(names, self.knowledge, self.meter)


def value_of(node: syntax.Node, frame: Frame) -> Any:
    """Raises: EvaluationFailed, LimitExceeded."""
    frame.meter.enter()
    value = _EVALUATORS[node.__class__](node, frame)
    frame.meter.leave()
    return value


def holds(test: syntax.Test, value: Any, frame: Frame) -> bool | None:
    """True, false or null: a cell matches only when it is true."""
    frame.meter.spend()
    if isinstance(test, syntax.Anything):
        return True
    if isinstance(test, syntax.Compared):
        return _comparison(test.symbol, value, value_of(test.operand, frame), frame)
    if isinstance(test, syntax.Matching):
        return _matches(test, value, frame)
    answer = arithmetic.disjunction(holds(one, value, frame) for one in test.tests)
    return arithmetic.negation(answer) if test.negated else answer


def typed(value: Any, type: ItemType, place: str, frame: Frame) -> Any:  # noqa: A002
    """The value as one of `type`. Raises: EvaluationFailed."""
    try:
        return conform(
            value, type, passes=lambda test, one: holds(test, one, frame), meter=frame.meter
        )
    except Nonconforming as error:
        raise EvaluationFailed(
            place=place, message=f"the value{error.path and f' at {error.path}'} {error.message}"
        ) from None


def _matches(test: syntax.Matching, value: Any, frame: Frame) -> bool | None:
    if test.mentions_input:
        answer = value_of(test.node, frame.having({**frame.names, _INPUT: value}))
        return answer if isinstance(answer, bool) else None
    expected = value_of(test.node, frame)
    if isinstance(expected, Range):
        return arithmetic.contains(expected, value)
    if isinstance(expected, tuple):
        if _is_in(value, expected, frame):
            return True
        if not isinstance(value, tuple):
            return False
    return arithmetic.equal(value, expected, frame.meter)


def _is_in(value: Any, items: tuple[Any, ...], frame: Frame) -> bool:
    return any(
        arithmetic.contains(item, value) is True
        if isinstance(item, Range)
        else arithmetic.equal(value, item, frame.meter) is True
        for item in items
    )


def _comparison(symbol: str, left: Any, right: Any, frame: Frame) -> bool | None:
    if symbol == "=":
        return arithmetic.equal(left, right, frame.meter)
    if symbol == "!=":
        return arithmetic.negation(arithmetic.equal(left, right, frame.meter))
    return arithmetic.compare(symbol, left, right)


def _name(node: syntax.Name, frame: Frame) -> Any:
    return frame.names[node.name]


def _path(node: syntax.Path, frame: Frame) -> Any:
    value = value_of(node.source, frame)
    for member in node.members:
        value = _member(value, member, frame)
    return value


def _member(value: Any, member: str, frame: Frame) -> Any:
    if isinstance(value, dict):
        return value.get(member)
    if isinstance(value, tuple):
        frame.meter.spend(len(value))
        return tuple(one.get(member) if isinstance(one, dict) else None for one in value)
    read = PROPERTIES.get(kind_of(value), {}).get(member)
    return None if read is None else read(value)


def _negation(node: syntax.Negation, frame: Frame) -> Any:
    value = value_of(node.operand, frame)
    for _ in range(2 - node.times % 2):  # twice is not never: it is null for what has no minus
        value = arithmetic.negated(value)
    return value


def _chain(node: syntax.Chain, frame: Frame) -> Any:
    value = value_of(node.first, frame)
    for symbol, operand in node.rest:
        value = arithmetic.apply(symbol, value, value_of(operand, frame))
        frame.meter.keep(value)
    return value


def _logic(node: syntax.Logic, frame: Frame) -> bool | None:
    answers = (value_of(operand, frame) for operand in node.operands)
    if node.symbol == "and":
        return arithmetic.conjunction(answers)
    return arithmetic.disjunction(answers)


def _compared(node: syntax.Comparison, frame: Frame) -> bool | None:
    left, right = value_of(node.left, frame), value_of(node.right, frame)
    return _comparison(node.symbol, left, right, frame)


def _between(node: syntax.Between, frame: Frame) -> bool | None:
    value = value_of(node.value, frame)
    interval = Range(value_of(node.low, frame), value_of(node.high, frame), True, True)
    return arithmetic.contains(interval, value)


def _membership(node: syntax.Membership, frame: Frame) -> bool | None:
    return holds(node.test, value_of(node.value, frame), frame)


def _conditional(node: syntax.Conditional, frame: Frame) -> Any:
    """Source: DMN 1.5, table 55: what is not true, null too, takes the other branch."""
    for condition, result in node.branches:
        if value_of(condition, frame) is True:
            return value_of(result, frame)
    return value_of(node.otherwise, frame)


def _list(node: syntax.ListOf, frame: Frame) -> tuple[Any, ...]:
    items = tuple(value_of(item, frame) for item in node.items)
    frame.meter.keep(items)
    return items


def _context(node: syntax.ContextOf, frame: Frame) -> Any:
    names = dict(frame.names)
    frame.meter.spend(len(names))
    inner = frame.having(names)
    for name, entry in node.entries:
        names[name] = value_of(entry, inner)
    if node.result is not None:
        return value_of(node.result, inner)
    context = {name: names[name] for name, _entry in node.entries}
    frame.meter.keep(context)
    return context


def _interval(node: syntax.Interval, frame: Frame) -> Range:
    low, high = value_of(node.low, frame), value_of(node.high, frame)
    return Range(low, high, node.low_closed, node.high_closed)


def _invocation(node: syntax.Invocation, frame: Frame) -> Any:
    arguments = tuple(
        NOT_GIVEN if argument is None else value_of(argument, frame) for argument in node.arguments
    )
    if node.is_built_in:
        value = BUILT_IN[node.function].call(arguments, frame.meter)
        frame.meter.keep(value)
        return value
    function = frame.knowledge[node.function]
    names = {
        parameter.name: typed(
            argument, parameter.type, f'{function.place}, parameter "{parameter.name}"', frame
        )
        for parameter, argument in zip(function.parameters, arguments, strict=True)
    }
    return typed(value_of(function.body, frame.having(names)), function.type, function.place, frame)


def _typed(node: syntax.Typed, frame: Frame) -> Any:
    return typed(value_of(node.node, frame), node.type, node.place, frame)


def _table(node: syntax.Table, frame: Frame) -> Any:
    values = []
    for clause in node.inputs:
        place = f"{node.place}, input {clause.label}"
        values.append(typed(value_of(clause.node, frame), clause.type, place, frame))
    fired = [index for index, rule in enumerate(node.rules) if _fires(rule, values, frame)]

    def row(index: int) -> tuple[Any, ...]:
        return tuple(
            typed(
                value_of(cell, frame), clause.type,
                f"{node.place}, rule {index + 1}, output {clause.name}".rstrip(), frame,
            )
            for clause, cell in zip(node.outputs, node.rules[index].outputs, strict=True)
        )  # fmt: skip

    rows = [row(index) for index in hits.looked_at(node, fired)]
    if not rows:
        return hits.without_match(node, _defaults(node, frame))
    return hits.chosen(node, fired, rows, _priorities(node, frame), frame.meter)


def _fires(rule: syntax.Rule, values: list[Any], frame: Frame) -> bool:
    return all(
        holds(test, value, frame) is True for test, value in zip(rule.tests, values, strict=True)
    )


def _defaults(node: syntax.Table, frame: Frame) -> tuple[Any, ...] | None:
    """The row used when no rule matches; None when no output has a default."""
    if all(clause.default is None for clause in node.outputs):
        return None
    return tuple(
        None
        if clause.default is None
        else typed(
            value_of(clause.default, frame), clause.type,
            f"{node.place}, default of output {clause.name}".rstrip(), frame,
        )
        for clause in node.outputs
    )  # fmt: skip


def _priorities(node: syntax.Table, frame: Frame) -> list[tuple[Any, ...]]:
    return [tuple(value_of(value, frame) for value in clause.priorities) for clause in node.outputs]


_EVALUATORS: Mapping[type, Callable[[Any, Frame], Any]] = {
    syntax.Literal: lambda node, frame: node.value,
    syntax.Name: _name,
    syntax.Path: _path,
    syntax.Negation: _negation,
    syntax.Chain: _chain,
    syntax.Logic: _logic,
    syntax.Comparison: _compared,
    syntax.Between: _between,
    syntax.Membership: _membership,
    syntax.Conditional: _conditional,
    syntax.ListOf: _list,
    syntax.ContextOf: _context,
    syntax.Interval: _interval,
    syntax.Invocation: _invocation,
    syntax.Typed: _typed,
    syntax.Table: _table,
}
