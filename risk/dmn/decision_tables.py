"""Decision tables to trees. Every cell is read, so every faulty cell is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from risk.dmn.expressions import NOTES, Reader, check_children
from risk.dmn.facts import Aggregation, Allowed, HitPolicy, quoted
from risk.dmn.faults import Read, Refused
from risk.dmn.items import text_of
from risk.dmn.lexer import FeelSyntaxError
from risk.dmn.markup import Element
from risk.dmn.parser import parse_expression, parse_tests, parse_values
from risk.dmn.scope import plain
from risk.dmn.syntax import (
    Anything,
    InputClause,
    Literal,
    Node,
    OutputClause,
    Rule,
    Table,
    Test,
)

_RANKED = (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
_PARTS = (*NOTES, "input", "output", "annotation", "rule")
_PARTS_OF_AN_INPUT = (*NOTES, "inputExpression", "inputValues")
_PARTS_OF_AN_OUTPUT = (*NOTES, "outputValues", "defaultOutputEntry")
_PARTS_OF_A_RULE = (*NOTES, "inputEntry", "outputEntry", "annotationEntry")


def read_table(element: Element, reader: Reader) -> Node:
    """Raises: Refused."""
    check_children(element, _PARTS, reader)
    policy, aggregation = _policy(element, reader)
    inputs = tuple(
        _input(child, index, reader) for index, child in enumerate(element.all("input"), start=1)
    )
    outputs = _outputs(element, policy, aggregation, reader)
    cells = _Cells(reader, len(inputs), len(outputs))
    rules = tuple(
        cells.rule(child, index) for index, child in enumerate(element.all("rule"), start=1)
    )
    return Table(reader.place, policy, aggregation, inputs, outputs, rules)


def _policy(element: Element, reader: Reader) -> tuple[HitPolicy, Aggregation | None]:
    written = element.attributes.get("hitPolicy", "UNIQUE")
    aggregated = element.attributes.get("aggregation")
    try:
        policy = HitPolicy(written)
        aggregation = Aggregation(aggregated) if aggregated else None
    except ValueError:
        unknown = f"the hit policy {quoted(f'{written} {aggregated or str()}'.strip())}"
        raise Refused(element, f"{unknown} is not supported", place=reader.place) from None
    if aggregation and policy is not HitPolicy.COLLECT:
        raise Refused(element, "only the hit policy COLLECT aggregates", place=reader.place)
    return policy, aggregation


def _input(element: Element, index: int, reader: Reader) -> InputClause:
    check_children(element, _PARTS_OF_AN_INPUT, reader)
    expression = element.first("inputExpression")
    if expression is None:
        raise Refused(element, f"input {index} has no expression", place=reader.place)
    label = element.attributes.get("label") or plain(text_of(expression).text)
    inside = reader.at(f"input {quoted(label)}")
    node = inside.text(expression)
    kind = reader.types.of(expression)
    values = element.first("inputValues")
    if values is not None:
        kind = replace(kind, allowed=(*kind.allowed, _allowed(values, inside)))
    return InputClause(quoted(label), node, kind)


def _outputs(
    element: Element, policy: HitPolicy, aggregation: Aggregation | None, reader: Reader
) -> tuple[OutputClause, ...]:
    clauses = list(element.all("output"))
    found = tuple(_output(clause, policy, reader) for clause in clauses)
    names = {clause.name for clause in found}
    if not found:
        raise Refused(element, "a decision table needs an output", place=reader.place)
    if len(found) > 1 and ("" in names or len(names) < len(found)):
        why = "each of several outputs needs a name of its own"
        raise Refused(element, why, place=reader.place)
    if len(found) > 1 and aggregation is not None:
        why = f"COLLECT {aggregation.value} over several outputs has no meaning"
        raise Refused(clauses[1], why, place=reader.place)
    if policy in _RANKED and not any(clause.priorities for clause in found):
        why = f"the hit policy {policy.value} needs output values: they are the priorities"
        raise Refused(element, why, place=reader.place)
    reader.scope.members.update(names - {""})
    return found


def _output(element: Element, policy: HitPolicy, reader: Reader) -> OutputClause:
    check_children(element, _PARTS_OF_AN_OUTPUT, reader)
    name = plain(element.attributes.get("name", ""))
    inside = reader.at(f"output {quoted(name)}" if name else "output")
    kind = reader.types.of(element)
    values = element.first("outputValues")
    if values is not None:
        kind = replace(kind, allowed=(*kind.allowed, _allowed(values, inside)))
    priorities: tuple[Node, ...] = ()
    if policy in _RANKED and kind.allowed:
        # The last: of the output values and those of the type, the nearer.
        where = element if values is None else text_of(values)
        priorities = _priorities(where, kind.allowed[-1].text, inside)
    default = element.first("defaultOutputEntry")
    return OutputClause(name, kind, priorities, None if default is None else inside.text(default))


def _priorities(element: Element, text: str, reader: Reader) -> tuple[Node, ...]:
    try:
        return parse_values(text, scope=reader.scope)
    except FeelSyntaxError as error:
        reader.faults.add(
            element, f"output values are values in order of priority: {error.message}",
            place=reader.place, position=error.position,
        )  # fmt: skip
        return ()


def _allowed(element: Element, reader: Reader) -> Allowed:
    text = text_of(element)
    test = reader.faults.text(text, reader.place, lambda one: parse_tests(one, scope=reader.scope))
    return Allowed(text.text, Anything() if test is None else test)


class _Cells:
    """Reads cells; equal texts are read once, which is most of a large table."""

    def __init__(self, reader: Reader, inputs: int, outputs: int) -> None:
        self.reader = reader
        self.inputs, self.outputs = inputs, outputs
        self._tests: dict[str, Test] = {}
        self._values: dict[str, Node] = {}

    def rule(self, element: Element, index: int) -> Rule:
        """A row too short or too long is refused; faulty cells are kept as faults."""
        reader = self.reader
        check_children(element, _PARTS_OF_A_RULE, reader)
        tests, values = list(element.all("inputEntry")), list(element.all("outputEntry"))
        for found, wanted, what in (
            (tests, self.inputs, "input"),
            (values, self.outputs, "output"),
        ):
            if len(found) != wanted:
                why = f"rule {index} has {len(found)} {what} entries for {wanted} {what}s"
                raise Refused(element, why, place=reader.place)
        return Rule(
            tuple(self._test(cell, f"rule {index}, input {i}") for i, cell in enumerate(tests, 1)),
            tuple(
                self._value(cell, f"rule {index}, output {i}") for i, cell in enumerate(values, 1)
            ),
        )

    def _test(self, element: Element, place: str) -> Test:
        return self._read(text_of(element), place, self._tests, parse_tests, Anything())

    def _value(self, element: Element, place: str) -> Node:
        """An empty cell is null."""
        text = text_of(element)
        if not text.text.strip():
            return Literal(None)
        return self._read(text, place, self._values, parse_expression, Literal(None))

    def _read(
        self, text: Element, place: str, known: dict[str, Read], parse: Callable[..., Read],
        instead: Read,
    ) -> Read:  # fmt: skip
        if text.text not in known:
            found = self.reader.faults.text(
                text, f"{self.reader.place}, {place}",
                lambda one: parse(one, scope=self.reader.scope),
            )  # fmt: skip
            if found is None:
                return instead
            known[text.text] = found
        return known[text.text]
