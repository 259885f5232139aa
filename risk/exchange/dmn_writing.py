"""A model as DMN: a decision for each table, the facts they look at as input data, and a drawing.

Written as DMN 1.3, the version the common editors open; of what is used here nothing changed up
to 1.5. Notes are descriptions of rules, which editors show as annotations. What DMN has no word
for stands in attributes of a namespace of our own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from risk.exchange.cells import note_in_dmn, string_in_dmn, test_in_dmn, value_in_dmn
from risk.exchange.facts import (
    KEYS_OF_A_COLUMN,
    KEYS_OF_A_MODEL,
    KEYS_OF_A_RULE,
    KEYS_OF_A_TABLE,
    others,
)
from risk.tables.facts import FeelType, Model
from risk.tables.parser import parse_literal
from risk.tables.services import model_to_json

SLUICE = "urn:sluice:exchange:1"
POLICIES = {
    "U": ("UNIQUE", ""), "A": ("ANY", ""), "P": ("PRIORITY", ""), "F": ("FIRST", ""),
    "R": ("RULE ORDER", ""), "O": ("OUTPUT ORDER", ""), "C": ("COLLECT", ""),
    "C+": ("COLLECT", "SUM"), "C<": ("COLLECT", "MIN"), "C>": ("COLLECT", "MAX"),
    "C#": ("COLLECT", "COUNT"),
}  # fmt: skip
_NAMESPACES = {
    "xmlns": "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "xmlns:dmndi": "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    "xmlns:dc": "http://www.omg.org/spec/DMN/20180521/DC/",
    "xmlns:di": "http://www.omg.org/spec/DMN/20180521/DI/",
    "xmlns:sluice": SLUICE,
}
_ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;",
})  # fmt: skip
_ESCAPES_IN_ATTRIBUTES = _ESCAPES | str.maketrans({"\n": "&#10;", "\t": "&#9;"})
# The drawing, in pixels.
_DECISION, _INPUT = (180, 80), (140, 45)
_STEP = 160
_LEFT, _TOP, _BELOW = 260, 100, 340  # room for an editor's own panels


def write_dmn(model: Model, *, name: str) -> bytes:
    """Of a model that `check_model` finds nothing wrong with."""
    content = model_to_json(model)
    signals = {c["name"]: c["type"] for table in content["tables"] for c in table["inputs"]}
    head = {
        **_NAMESPACES, "id": "policy", "name": note_in_dmn(name), "namespace": "urn:sluice:policy",
        "exporter": "Sluice", **_own(others(content, KEYS_OF_A_MODEL)),
    }  # fmt: skip
    inside = [
        *(_input_data(number, name, kind) for number, (name, kind) in _numbered(signals.items())),
        *(
            _decision(number, table, list(signals))
            for number, table in _numbered(content["tables"])
        ),
        _drawing(content["tables"], list(signals)),
    ]
    body = _tag("definitions", head, "\n" + "\n".join(inside) + "\n")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _input_data(number: int, name: str, kind: str) -> str:
    variable = _tag("variable", {"id": f"variable_{number}", "name": name, "typeRef": kind})
    return _tag("inputData", {"id": f"signal_{number}", "name": name}, variable)


def _decision(number: int, table: Mapping[str, Any], signals: list[str]) -> str:
    name = table["name"]
    requirements = "".join(
        _tag(
            "informationRequirement", {"id": f"requirement_{number}_{signal}"},
            _tag("requiredInput", {"href": f"#signal_{signal}"}),
        )
        for signal in _looked_at(table, signals)
    )  # fmt: skip
    inside = (
        _tag("variable", {"id": f"result_{number}", "name": name})
        + requirements
        + _table(number, table)
    )
    return _tag("decision", {"id": f"decision_{number}", "name": name}, inside)


def _looked_at(table: Mapping[str, Any], signals: list[str]) -> list[int]:
    return [signals.index(column["name"]) + 1 for column in table["inputs"]]


def _table(number: int, table: Mapping[str, Any]) -> str:
    policy, aggregation = POLICIES[table["hit_policy"]]
    attributes = {"id": f"table_{number}", "hitPolicy": policy}
    if aggregation:
        attributes["aggregation"] = aggregation
    attributes |= _own(others(table, KEYS_OF_A_TABLE))
    has_defaults = any(
        parse_literal(column.get("default", ""), type=FeelType(column["type"])) is not None
        for column in table["outputs"]
    )
    inside = [
        *(_input(f"{number}_{i}", column) for i, column in _numbered(table["inputs"])),
        *(
            _output(f"{number}_{i}", column, has_defaults=has_defaults)
            for i, column in _numbered(table["outputs"])
        ),
        *(_rule(f"{number}_{i}", rule, table) for i, rule in _numbered(table["rules"])),
    ]
    return _tag("decisionTable", attributes, "\n" + "\n".join(inside) + "\n")


def _input(number: str, column: Mapping[str, Any]) -> str:
    expression = _tag(
        "inputExpression", {"id": f"expression_{number}", "typeRef": column["type"]},
        _tag("text", {}, _escaped(column["name"])),
    )  # fmt: skip
    attributes = {"id": f"input_{number}", **_own(others(column, KEYS_OF_A_COLUMN))}
    return _tag("input", attributes, expression + _values("inputValues", number, column))


def _output(number: str, column: Mapping[str, Any], *, has_defaults: bool) -> str:
    """A default that comes to nothing is none: DMN would answer with a row of nulls."""
    attributes = {"id": f"output_{number}", "name": column["name"], "typeRef": column["type"]}
    default = column.get("default", "")
    inside = _values("outputValues", number, column)
    if default and has_defaults:
        inside += _entry("defaultOutputEntry", f"default_{number}", default, value_in_dmn(default))
    elif default:
        attributes["sluice:default"] = as_attribute(default)
    attributes |= _own(others(column, KEYS_OF_A_COLUMN))
    return _tag("output", attributes, inside)


def _values(tag: str, number: str, column: Mapping[str, Any]) -> str:
    if not column.get("allowed"):
        return ""
    text = ",".join(string_in_dmn(value) for value in column["allowed"])
    return _tag(tag, {"id": f"{tag}_{number}"}, _tag("text", {}, _escaped(text)))


def _rule(number: str, rule: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    attributes = {"id": f"rule_{number}", **_own(others(rule, KEYS_OF_A_RULE))}
    note, written = rule.get("note", ""), note_in_dmn(rule.get("note", ""))
    inside = _tag("description", {}, _escaped(written)) if note else ""
    if note != written:
        attributes["sluice:exact"] = as_attribute(note)
    for index, (text, column) in enumerate(zip(rule["inputs"], table["inputs"], strict=True)):
        in_dmn = test_in_dmn(text, FeelType(column["type"]))
        inside += _entry("inputEntry", f"when_{number}_{index + 1}", text, in_dmn)
    for index, text in enumerate(rule["outputs"]):
        inside += _entry("outputEntry", f"then_{number}_{index + 1}", text, value_in_dmn(text))
    return _tag("rule", attributes, inside)


def _entry(tag: str, identifier: str, text: str, written: str) -> str:
    exact = {} if text == written else {"sluice:exact": as_attribute(text)}
    return _tag(tag, {"id": identifier, **exact}, _tag("text", {}, _escaped(written)))


def _drawing(tables: list[Mapping[str, Any]], signals: list[str]) -> str:
    """Signals in one row, so that no line crosses another shape; decisions spread above them."""
    width = max(len(signals) * _STEP, len(tables) * (_DECISION[0] + _STEP))
    share = width // len(tables)
    decisions = {
        number: (_LEFT + (number - 1) * share + (share - _DECISION[0]) // 2, _TOP)
        for number, _ in _numbered(tables)
    }
    inputs = {number: (_LEFT + (number - 1) * _STEP, _BELOW) for number, _ in _numbered(signals)}
    parts = [_shape(f"decision_{n}", place, _DECISION) for n, place in decisions.items()]
    parts += [_shape(f"signal_{n}", place, _INPUT) for n, place in inputs.items()]
    for number, table in _numbered(tables):
        x, y = decisions[number]
        end = (x + _DECISION[0] // 2, y + _DECISION[1])
        for signal in _looked_at(table, signals):
            left, top = inputs[signal]
            start = (left + _INPUT[0] // 2, top)
            parts.append(_edge(f"requirement_{number}_{signal}", start, end))
    diagram = _tag("dmndi:DMNDiagram", {"id": "drawing"}, "\n" + "\n".join(parts) + "\n")
    return _tag("dmndi:DMNDI", {}, diagram)


def _shape(element: str, place: tuple[int, int], size: tuple[int, int]) -> str:
    bounds = {"height": str(size[1]), "width": str(size[0]), "x": str(place[0]), "y": str(place[1])}
    attributes = {"id": f"shape_{element}", "dmnElementRef": element}
    return _tag("dmndi:DMNShape", attributes, _tag("dc:Bounds", bounds))


def _edge(element: str, *points: tuple[int, int]) -> str:
    inside = "".join(_tag("di:waypoint", {"x": str(x), "y": str(y)}) for x, y in points)
    attributes = {"id": f"edge_{element}", "dmnElementRef": element}
    return _tag("dmndi:DMNEdge", attributes, inside)


def _own(more: Mapping[str, Any]) -> dict[str, str]:
    return {f"sluice:{key}": as_attribute(value) for key, value in more.items()}


def as_attribute(value: Any) -> str:
    """JSON without a character that XML could not hold."""
    return json.dumps(value, sort_keys=True)


def _tag(name: str, attributes: Mapping[str, str], inside: str = "") -> str:
    """`inside` is XML already."""
    head = "".join(
        f' {key}="{value.translate(_ESCAPES_IN_ATTRIBUTES)}"' for key, value in attributes.items()
    )
    return f"<{name}{head}>{inside}</{name}>" if inside else f"<{name}{head}/>"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _numbered(items: Any) -> Iterator[tuple[int, Any]]:
    return enumerate(items, start=1)
