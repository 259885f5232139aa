"""What differs between two versions is told as a person would tell it, and nothing is missed."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.exchange.facts import Change, ModelDifference, RowDifference, TableDifference
from risk.exchange.services import differences
from risk.policies import starter
from risk.tables.facts import Model
from risk.tables.services import model_from_json
from tests.risk.exchange.models import stored_models

ADDED, REMOVED, CHANGED, SAME = Change.ADDED, Change.REMOVED, Change.CHANGED, Change.SAME


def content() -> dict[str, Any]:
    return copy.deepcopy(starter.consumer_credit())  # its columns are shared


def compared(new: dict[str, Any], old: dict[str, Any] | None = None) -> ModelDifference:
    return differences(model_from_json(old or content()), model_from_json(new))


def restrictions(new: dict[str, Any]) -> TableDifference:
    return compared(new).tables[0]


def told(table: TableDifference) -> list[Any]:
    """The rows that differ: (change, old number, new number, moved)."""
    return [
        (row.change, row.old_number, row.new_number, row.is_moved)
        for row in table.rows
        if row.change is not SAME or row.is_moved
    ]


@given(stored_models(), stored_models())
@settings(deadline=None)
def test_two_models_are_the_same_when_nothing_differs_and_only_then(a: Model, b: Model) -> None:
    assert differences(a, b).is_same == (a == b)
    assert differences(a, a).is_same


@given(stored_models(), st.data())
@settings(deadline=None)
def test_of_shuffled_rows_none_is_lost_and_every_number_is_told_once(m: Model, data: Any) -> None:
    table = m.tables[0]
    rules = data.draw(st.permutations(table.rules + table.rules[:1]))
    other = Model((dataclasses.replace(table, rules=tuple(rules)),))
    rows = differences(Model((table,)), other).tables[0].rows
    olds = sorted(row.old_number for row in rows if row.old_number)
    news = [row.new_number for row in rows if row.new_number]
    assert olds == list(range(1, len(table.rules) + 1))
    assert news == list(range(1, len(rules) + 1))


def test_a_changed_threshold_is_one_changed_cell() -> None:
    new = content()
    new["tables"][0]["rules"][5]["inputs"][2] = "< 600"
    (row,) = [row for row in restrictions(new).rows if row.change is CHANGED]
    assert (row.old_number, row.new_number, row.is_moved) == (6, 6, False)
    changed = [(o, n) for o, n in zip(row.old, row.new, strict=True) if o != n]
    assert changed == [("< 580", "< 600")]
    assert restrictions(new).count == {"added": 0, "removed": 0, "changed": 1, "moved": 0}


def test_a_row_put_in_moves_no_other() -> None:
    new = content()
    rules = new["tables"][0]["rules"]
    rules.insert(3, {"inputs": ["-"] * 5 + ["> 9", "-", "-"],
                     "outputs": ['"APPLIED_TOO_OFTEN"', '"CLOSED"', "", "90"]})  # fmt: skip
    assert told(restrictions(new)) == [(ADDED, None, 4, False)]


def test_a_removed_row_stands_where_it_was() -> None:
    new = content()
    del new["tables"][0]["rules"][3]
    rows = restrictions(new).rows
    assert told(restrictions(new)) == [(REMOVED, 4, None, False)]
    assert [row.old_number for row in rows] == list(range(1, 18))


def test_a_moved_row_is_moved_and_not_removed_and_added() -> None:
    new = content()
    rules = new["tables"][0]["rules"]
    rules.insert(0, rules.pop(9))
    assert told(restrictions(new)) == [(SAME, 10, 1, True)]


def test_a_row_may_be_moved_and_changed() -> None:
    new = content()
    rules = new["tables"][0]["rules"]
    rules.insert(0, rules.pop(9))
    rules[0]["outputs"][2] = "1500000"
    assert told(restrictions(new)) == [(CHANGED, 10, 1, True)]


def test_a_rewritten_row_is_another_row() -> None:
    new = content()
    new["tables"][0]["rules"][14] = {
        "inputs": ["-"] * 6 + ["> 2", "-"],
        "outputs": ['"UTILISATION_HIGH"', '"LIMITED"', "100", ""],
    }
    assert told(restrictions(new)) == [(REMOVED, 15, None, False), (ADDED, None, 15, False)]


def test_a_note_is_part_of_its_row() -> None:
    new = content()
    new["tables"][0]["rules"][0]["note"] = "since March"
    (row,) = [row for row in restrictions(new).rows if row.change is CHANGED]
    assert (row.old_note, row.new_note) == ("", "since March")


def test_a_column_put_in_changes_only_the_rows_that_use_it() -> None:
    new = content()
    table = new["tables"][0]
    table["inputs"].insert(1, {"name": "payment_ratio_6m", "type": "number"})
    for rule in table["rules"]:
        rule["inputs"].insert(1, "-")
    table["rules"][4]["inputs"][1] = "< 0.5"
    found = restrictions(new)
    assert [(c.name, c.change) for c in found.columns if c.change is not SAME] == [
        ("payment_ratio_6m", ADDED)
    ]
    assert told(found) == [(CHANGED, 5, 5, False)]
    assert found.rows[4].old[1] is None
    assert found.rows[4].new[1] == "< 0.5"


def test_a_removed_column_stands_where_it_was() -> None:
    new = content()
    table = new["tables"][1]
    del table["inputs"][0]
    for rule in table["rules"]:
        del rule["inputs"][0]
    found = compared(new).tables[1]
    assert [(c.name, c.change, c.old_place) for c in found.columns][:2] == [
        ("score", REMOVED, 0), ("utilisation", SAME, 1),
    ]  # fmt: skip


def test_a_column_with_another_name_and_the_same_cells_was_renamed() -> None:
    new = content()
    new["tables"][0]["inputs"][5]["name"] = "applications_90d"
    found = restrictions(new)
    assert [(c.old_name, c.new_name) for c in found.columns if c.is_renamed] == [
        ("applications_30d", "applications_90d")
    ]
    assert told(found) == []
    assert found.change is CHANGED


def test_a_moved_column_is_told_and_its_rows_are_not() -> None:
    new = content()
    table = new["tables"][1]
    table["inputs"].reverse()
    for rule in table["rules"]:
        rule["inputs"].reverse()
    found = compared(new).tables[1]
    assert [column.name for column in found.columns if column.is_moved] == ["utilisation"]
    assert told(found) == []
    assert found.change is CHANGED


@pytest.mark.parametrize(
    ("where", "name", "value", "told"),
    [
        (lambda table: table, "hit_policy", "U", ("hit_policy", "F", "U")),
        (lambda table: table["outputs"][0], "default", "100", ("default", None, "100")),
        (lambda table: table["inputs"][0], "allowed", ["a"], ("allowed", None, ["a"])),
        (lambda table: table["inputs"][0], "type", "string", ("type", "number", "string")),
    ],
)
def test_what_is_said_of_a_table_or_column_is_compared(
    where: Any, name: str, value: Any, told: Any
) -> None:
    new = content()
    where(new["tables"][1])[name] = value
    found = compared(new).tables[1]
    parts = (found, *found.columns)
    assert [dataclasses.astuple(change) for part in parts for change in part.properties] == [told]


def test_added_and_removed_tables_are_told_with_their_rows() -> None:
    new = content()
    new["tables"][1]["name"] = "offers"
    found = compared(new)
    assert [(table.name, table.change) for table in found.tables] == [
        ("restrictions", SAME), ("offers", ADDED), ("terms", REMOVED),
    ]  # fmt: skip
    assert {row.change for row in found.tables[2].rows} == {REMOVED}


def test_tables_in_another_order_differ() -> None:
    new = content()
    new["tables"].reverse()
    (change,) = compared(new).properties
    assert (change.name, change.old, change.new) == (
        "tables", ["restrictions", "terms"], ["terms", "restrictions"],
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_work_for_two_thousand_rows_is_bounded(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows all alike and none equal are the worst there is: counted, not timed."""
    from risk.exchange import differences as room

    count, alike = [0], room._alike

    def counted(one: Any, other: Any) -> float:
        count[0] += 1
        return alike(one, other)

    monkeypatch.setattr(room, "_alike", counted)
    old, new = content(), content()
    for model, shift in ((old, 0), (new, seed * 7)):
        table = model["tables"][1]
        table["rules"] = [
            {"inputs": [f"< {i * 10 + shift}", "-"], "outputs": ["1", "0.1", "3"]}
            for i in range(2000)
        ]
    found = compared(new, old).tables[1]
    assert count[0] <= 200_000
    assert len(found.rows) >= 2000


def test_a_difference_leaves_the_models_as_they_were() -> None:
    old, new = content(), content()
    kept = copy.deepcopy((old, new))
    compared(new, old)
    assert (old, new) == kept


def test_an_empty_row_has_no_cells() -> None:
    new = content()
    del new["tables"][0]["rules"][0]
    row: RowDifference = restrictions(new).rows[0]
    assert (row.new, row.new_note) == ((), "")
