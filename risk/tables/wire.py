"""Models as JSON, strictly, and the hash that names their content.

The hash is SHA-256 over canonical JSON: keys sorted, no spaces, UTF-8, cell text as written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from risk.tables.facts import (
    FeelType,
    HitPolicy,
    InputColumn,
    Model,
    OutputColumn,
    Rule,
    Table,
    TableError,
    Unknown,
)

Item = TypeVar("Item")

# Far above what `checks` lets pass, so that people see faults at the cell; these only keep
# nonsense from being read at all.
TEXT_AT_MOST = 10_000
ITEMS_AT_MOST = 10_000
_KEY_SHOWN = 60
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class MalformedModel(TableError):
    """The JSON is not a model; the message names the path."""


def model_to_json(model: Model) -> dict[str, Any]:
    """What says nothing is left out, so that older content keeps its hash."""
    text = model.association_justification
    return {"tables": [_table_to_json(table) for table in model.tables]} | (
        {"association_justification": text} if text else {}
    )


def content_hash(model: Model) -> str:
    """64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical(model_to_json(model)).encode()).hexdigest()


def canonical(value: Any) -> str:
    """The one way to write a JSON value."""
    return _CANONICAL.encode(value)


def model_from_json(value: Any) -> Model:
    """Raises: MalformedModel on unknown or missing keys, wrong types and huge sizes."""
    fields = _object(value, "$", {"tables"}, {"association_justification"})
    text = fields.get("association_justification", "")
    return Model(
        tables=_list(fields["tables"], "$.tables", _table),
        association_justification=_text(text, "$.association_justification"),
    )


def _table_to_json(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "hit_policy": table.hit_policy.value,
        "inputs": [
            {"name": column.name, "type": column.type.value}
            | ({"allowed": list(column.allowed)} if column.allowed else {})
            | ({"unknown": column.unknown.value} if column.unknown else {})
            for column in table.inputs
        ],
        "outputs": [
            {"name": column.name, "type": column.type.value}
            | ({"allowed": list(column.allowed)} if column.allowed else {})
            | ({"default": column.default} if column.default else {})
            for column in table.outputs
        ],
        "rules": [
            {"inputs": list(rule.inputs), "outputs": list(rule.outputs)}
            | ({"note": rule.note} if rule.note else {})
            for rule in table.rules
        ],
    }


def _table(value: Any, path: str) -> Table:
    fields = _object(value, path, {"name", "hit_policy", "inputs", "outputs", "rules"}, set())
    return Table(
        name=_text(fields["name"], f"{path}.name"),
        hit_policy=_choice(HitPolicy, fields["hit_policy"], f"{path}.hit_policy"),
        inputs=_list(fields["inputs"], f"{path}.inputs", _input),
        outputs=_list(fields["outputs"], f"{path}.outputs", _output),
        rules=_list(fields["rules"], f"{path}.rules", _rule),
    )


def _input(value: Any, path: str) -> InputColumn:
    fields = _object(value, path, {"name", "type"}, {"allowed", "unknown"})
    return InputColumn(
        name=_text(fields["name"], f"{path}.name"),
        type=_choice(FeelType, fields["type"], f"{path}.type"),
        allowed=_list(fields.get("allowed", []), f"{path}.allowed", _text),
        unknown=_choice(Unknown, fields.get("unknown", ""), f"{path}.unknown"),
    )


def _output(value: Any, path: str) -> OutputColumn:
    fields = _object(value, path, {"name", "type"}, {"allowed", "default"})
    return OutputColumn(
        name=_text(fields["name"], f"{path}.name"),
        type=_choice(FeelType, fields["type"], f"{path}.type"),
        allowed=_list(fields.get("allowed", []), f"{path}.allowed", _text),
        default=_text(fields.get("default", ""), f"{path}.default"),
    )


def _rule(value: Any, path: str) -> Rule:
    fields = _object(value, path, {"inputs", "outputs"}, {"note"})
    return Rule(
        inputs=_list(fields["inputs"], f"{path}.inputs", _text),
        outputs=_list(fields["outputs"], f"{path}.outputs", _text),
        note=_text(fields.get("note", ""), f"{path}.note"),
    )


def _object(value: Any, path: str, required: set[str], optional: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MalformedModel(f"{path} must be an object")
    for key in value:
        if key not in required | optional:
            shown = str(key)[:_KEY_SHOWN].encode("ascii", "backslashreplace").decode()
            raise MalformedModel(f"{path}.{shown} is not known")
    for key in sorted(required - value.keys()):
        raise MalformedModel(f"{path}.{key} is missing")
    return value


def _list(value: Any, path: str, read: Callable[[Any, str], Item]) -> tuple[Item, ...]:
    if not isinstance(value, list):
        raise MalformedModel(f"{path} must be a list")
    if len(value) > ITEMS_AT_MOST:
        raise MalformedModel(f"{path} has more than {ITEMS_AT_MOST} items")
    return tuple(read(item, f"{path}[{index}]") for index, item in enumerate(value))


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise MalformedModel(f"{path} must be text")
    if len(value) > TEXT_AT_MOST:
        raise MalformedModel(f"{path} is longer than {TEXT_AT_MOST} characters")
    if any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in value):
        raise MalformedModel(f"{path} holds a character that cannot be stored")
    return value


def _choice(choices: type[Item], value: Any, path: str) -> Item:
    try:
        return choices(value)  # type: ignore[call-arg]
    except ValueError:
        raise MalformedModel(f"{path} is not one of the known values") from None
