"""Models as JSON: strict to read, one way to write, named by a hash."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.policies import starter
from risk.tables import services
from risk.tables.wire import MalformedModel

CONTENT: dict[str, Any] = {
    "tables": [
        {
            "name": "t", "hit_policy": "F",
            "inputs": [{"name": "a", "type": "number"},
                       {"name": "b", "type": "string", "allowed": ["x", "y"]}],
            "outputs": [{"name": "o", "type": "number", "default": "1"}],
            "rules": [{"inputs": ["> 1", '"x"'], "outputs": ["2"], "note": "why"},
                      {"inputs": ["-", "-"], "outputs": ["3"]}],
        },
        {
            "name": "u", "hit_policy": "C#", "inputs": [{"name": "a", "type": "number"}],
            "outputs": [{"name": "p", "type": "date"}],
            "rules": [{"inputs": ["-"], "outputs": [""]}],
        },
    ]
}  # fmt: skip


def hashed(content: Any) -> str:
    return services.content_hash(services.model_from_json(content))


@pytest.mark.parametrize(
    "content", [CONTENT, starter.consumer_credit(), starter.repayment_behaviour()]
)
def test_what_is_read_is_written_again(content: Any) -> None:
    assert services.model_to_json(services.model_from_json(content)) == content


def test_the_hash_is_sha256_of_the_canonical_text_and_stays_what_people_approved() -> None:
    text = json.dumps(CONTENT, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashed(CONTENT) == hashlib.sha256(text.encode()).hexdigest()
    assert hashed(CONTENT) == "dcb841d1f6a8275a9c2ef222a452f3bfa40d431f64bd0375627381aece81b86c"


def _reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed_keys(value[key]) for key in reversed(value)}
    return [_reversed_keys(item) for item in value] if isinstance(value, list) else value


def test_neither_key_order_nor_empty_optional_parts_change_the_hash() -> None:
    turned = _reversed_keys(CONTENT)
    assert json.dumps(turned) != json.dumps(CONTENT)
    turned["tables"][1]["inputs"][0]["allowed"] = []
    turned["tables"][1]["inputs"][0]["unknown"] = ""
    turned["tables"][1]["outputs"][0]["default"] = ""
    turned["tables"][1]["rules"][0]["note"] = ""
    assert hashed(turned) == hashed(CONTENT)


def _at(content: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        content = content[part]
    return content


CHANGES: list[tuple[tuple[Any, ...], Any, Any]] = [
    (("tables", 0), "name", "other"),
    (("tables", 0), "hit_policy", "U"),
    (("tables", 0, "inputs", 0), "name", "z"),
    (("tables", 1, "outputs", 0), "type", "string"),
    (("tables", 0, "inputs", 1), "allowed", ["x"]),
    (("tables", 0, "inputs", 1), "allowed", ["y", "x"]),
    (("tables", 0, "inputs", 1), "unknown", "accepted"),
    (("tables", 0, "outputs", 0), "default", "2"),
    (("tables", 0, "rules", 0, "inputs"), 0, "> 2"),
    (("tables", 0, "rules", 0, "inputs"), 0, ">= 1"),
    (("tables", 0, "rules", 0, "outputs"), 0, "2.0"),
    (("tables", 0, "rules", 0), "note", "why not"),
]


@pytest.mark.parametrize(("path", "key", "value"), CHANGES)
def test_any_change_of_meaning_changes_the_hash(
    path: tuple[Any, ...], key: Any, value: Any
) -> None:
    other = copy.deepcopy(CONTENT)
    _at(other, path)[key] = value
    assert hashed(other) != hashed(CONTENT)


@pytest.mark.parametrize(("path", "at"), [(("tables",), 0), (("tables", 0, "rules"), 0),
                                          (("tables", 0, "inputs"), 0)])  # fmt: skip
def test_order_is_meaning(path: tuple[Any, ...], at: int) -> None:
    other = copy.deepcopy(CONTENT)
    items = _at(other, path)
    items[at], items[at + 1] = items[at + 1], items[at]
    assert hashed(other) != hashed(CONTENT)


def _drop(key: str) -> Callable[[Any], None]:
    return lambda item: item.pop(key)


def _put(key: Any, value: Any) -> Callable[[Any], None]:
    return lambda item: item.__setitem__(key, value)


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        ((), _put("extra", 1), r"\$\.extra is not known"),
        ((), _drop("tables"), r"\$\.tables is missing"),
        ((), _put("tables", {}), r"\$\.tables must be a list"),
        (("tables",), _put(0, []), r"\$\.tables\[0\] must be an object"),
        (("tables", 0), _put("hitpolicy", "F"), r"\$\.tables\[0\]\.hitpolicy is not known"),
        (("tables", 0), _drop("rules"), r"\$\.tables\[0\]\.rules is missing"),
        (("tables", 0), _put("name", 5), r"\$\.tables\[0\]\.name must be text"),
        (("tables", 0), _put("name", None), r"\$\.tables\[0\]\.name must be text"),
        (("tables", 0), _put("hit_policy", "p"), r"hit_policy is not one of the known values"),
        (("tables", 0), _put("hit_policy", ["F"]), r"hit_policy is not one of the known values"),
        (("tables", 0), _put("hit_policy", {}), r"hit_policy is not one of the known values"),
        (("tables", 0, "inputs", 0), _put("type", "float"), r"inputs\[0\]\.type is not one of"),
        (("tables", 0, "inputs", 0), _put("default", "1"), r"inputs\[0\]\.default is not known"),
        (("tables", 0, "inputs", 1), _put("allowed", "xy"), r"allowed must be a list"),
        (("tables", 0, "inputs", 1), _put("allowed", [1]), r"allowed\[0\] must be text"),
        (("tables", 0, "inputs", 1), _put("unknown", "ok"), r"inputs\[1\]\.unknown is not one of"),
        (("tables", 0, "inputs", 1), _put("unknown", []), r"inputs\[1\]\.unknown is not one of"),
        (("tables", 0, "outputs", 0), _put("default", None), r"default must be text"),
        (("tables", 0, "rules", 1, "inputs"), _put(0, True), r"rules\[1\]\.inputs\[0\] must be"),
        (("tables", 0, "rules", 0), _put("note", ["x"]), r"rules\[0\]\.note must be text"),
        (("tables", 0, "rules", 0, "inputs"), _put(0, "x" * 10_001), r"is longer than 10000"),
        (("tables", 0, "rules", 0, "inputs"), _put(0, "\x00"), r"cannot be stored"),
        (("tables", 0, "rules", 0, "inputs"), _put(0, "\udc80"), r"cannot be stored"),
        (("tables", 0), _put("\ud800" * 100, 1), r"^\$\.tables\[0\]\.(\\ud800){60} is not known"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_path(
    path: tuple[Any, ...], change: Callable[[Any], None], message: str
) -> None:
    other = copy.deepcopy(CONTENT)
    change(_at(other, path))
    with pytest.raises(MalformedModel, match=message):
        services.model_from_json(other)


def test_lists_are_bounded_before_they_are_read() -> None:
    other = copy.deepcopy(CONTENT)
    other["tables"][0]["rules"] = [None] * 10_001
    with pytest.raises(MalformedModel, match="rules has more than 10000 items"):
        services.model_from_json(other)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["tables", "name", "hit_policy", "inputs", "outputs", "rules", "type"])
        | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(value=JSON, path=st.sampled_from([path for path, _key, _value in CHANGES]), data=st.data())
def test_any_json_is_a_model_or_malformed(
    value: Any, path: tuple[Any, ...], data: st.DataObject
) -> None:
    content = copy.deepcopy(CONTENT)
    place = _at(content, path[: data.draw(st.integers(0, len(path)))])
    key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
    place[key] = value
    try:
        model = services.model_from_json(content)
    except MalformedModel:
        return
    assert services.model_from_json(services.model_to_json(model)) == model
    services.check_model(model)
