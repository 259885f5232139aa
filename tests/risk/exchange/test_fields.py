"""Every field of a model is carried by both files. Who adds one is told here what to do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from risk.exchange import services
from risk.exchange.dmn_writing import POLICIES
from risk.exchange.facts import (
    KEYS_OF_A_COLUMN,
    KEYS_OF_A_MODEL,
    KEYS_OF_A_RULE,
    KEYS_OF_A_TABLE,
    others,
)
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    InputColumn,
    Model,
    OutputColumn,
    Rule,
    Table,
    Unknown,
)
from risk.tables.services import content_hash, model_to_json

# Every field with something in it. A new field: give it a value here other than its default. Both
# files carry any key of the model's JSON; only a new kind of part needs a place of its own.
RULE = {"inputs": ("< 3",), "outputs": ('"a"',), "note": "why"}
INPUT = {"name": "score", "type": FeelType.NUMBER, "allowed": (), "unknown": Unknown.ACCEPTED}
TEXT_INPUT = {**INPUT, "name": "status", "type": FeelType.STRING, "allowed": ("x", "y")}
OUTPUT = {"name": "out", "type": FeelType.STRING, "allowed": ("a", "b"), "default": '"b"'}
TABLE = {
    "name": "t", "hit_policy": HitPolicy.FIRST,
    "inputs": (InputColumn(**INPUT), InputColumn(**TEXT_INPUT)),
    "outputs": (OutputColumn(**OUTPUT),),
    "rules": (Rule(**{**RULE, "inputs": ("< 3", '"x"')}),),
}  # fmt: skip
MODEL = {"tables": (Table(**TABLE),), "association_justification": "因为 <three> studies\nsay so"}


@pytest.mark.parametrize(
    ("part", "given"),
    [(Rule, RULE), (InputColumn, INPUT), (InputColumn, TEXT_INPUT), (OutputColumn, OUTPUT),
     (Table, TABLE), (Model, MODEL)],
)  # fmt: skip
def test_the_model_above_uses_every_field(part: Any, given: dict[str, Any]) -> None:
    assert {field.name for field in dataclasses.fields(part)} == set(given)


def test_every_field_is_carried_by_both_files() -> None:
    model = Model(**MODEL)
    dmn = services.model_from_dmn(raw=services.dmn_from_model(model=model, name="p"))
    workbook = services.model_from_workbook(raw=services.workbook_from_model(model=model))
    assert dmn == workbook == model
    assert content_hash(dmn) == content_hash(workbook) == content_hash(model)


def test_every_hit_policy_has_its_word_in_the_standard() -> None:
    assert {policy.value for policy in HitPolicy} <= set(POLICIES)


def test_only_what_has_a_place_of_its_own_is_not_carried_as_it_is() -> None:
    content = model_to_json(Model(**MODEL))
    table = content["tables"][0]
    assert others(content, KEYS_OF_A_MODEL) == {
        "association_justification": MODEL["association_justification"]
    }
    assert others({**table, "new": 1}, KEYS_OF_A_TABLE) == {"new": 1}
    assert set(table) == KEYS_OF_A_TABLE
    assert set(table["outputs"][0]) == KEYS_OF_A_COLUMN
    assert set(table["rules"][0]) == KEYS_OF_A_RULE


EXTRA = {"some": ["猫\x01", 1, None], "more": "x"}


@pytest.fixture
def with_a_key_to_come(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A model's JSON as it may be one day, past a reader that takes any key."""
    content = model_to_json(Model(**MODEL))
    table = content["tables"][0]
    for part in (content, table, table["inputs"][1], table["outputs"][0], table["rules"][0]):
        part.update(EXTRA)
    for side in ("dmn", "workbook"):
        monkeypatch.setattr(f"risk.exchange.{side}_writing.model_to_json", lambda _model: content)
        monkeypatch.setattr(f"risk.exchange.{side}_reading.model_from_json", lambda found: found)
    return content


def without_empty(part: Any) -> Any:
    """As a model's JSON leaves out what is empty."""
    if isinstance(part, dict):
        kept = {key: without_empty(value) for key, value in part.items()}
        return {
            key: value for key, value in kept.items()
            if value not in ("", []) or key in ("inputs", "outputs", "rules")
        }  # fmt: skip
    return [without_empty(item) for item in part] if isinstance(part, list) else part


def test_a_key_to_come_is_carried_by_both_files(with_a_key_to_come: dict[str, Any]) -> None:
    from risk.exchange.dmn_reading import read_dmn
    from risk.exchange.dmn_writing import write_dmn
    from risk.exchange.workbook_reading import read_workbook
    from risk.exchange.workbook_writing import write_workbook

    model = Model(**MODEL)
    assert without_empty(read_dmn(raw=write_dmn(model, name="p"))) == with_a_key_to_come
    assert without_empty(read_workbook(raw=write_workbook(model))) == with_a_key_to_come
