"""What is wrong with a model, named by table, row and cell."""

from __future__ import annotations

import dataclasses

import pytest

from risk.tables import checks
from risk.tables.facts import (
    CellError,
    FeelType,
    HitPolicy,
    InputColumn,
    Model,
    OutputColumn,
    Rule,
    Table,
)

NUMBER, STRING, BOOLEAN, _DATE = FeelType
GOOD = Table(
    "t", HitPolicy.FIRST, (InputColumn("a", NUMBER), InputColumn("b", STRING)),
    (OutputColumn("o", NUMBER),), (Rule(("> 1", '"x"'), ("1",)), Rule(("-", "-"), ("2",))),
)  # fmt: skip


def found(*tables: Table) -> list[tuple[str, int | None, int | None, str]]:
    errors = checks.check_model(Model(tables))
    return [(error.table, error.rule, error.column, error.code) for error in errors]


def changed(**values: object) -> Table:
    return dataclasses.replace(GOOD, **values)  # type: ignore[arg-type]


def test_a_good_model_has_no_faults() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("table", "faults"),
    [
        (changed(name="T"), [("T", None, None, "bad_name")]),
        (changed(name="a" * 61), [("a" * 61, None, None, "bad_name")]),
        (changed(inputs=(InputColumn("a b", NUMBER), InputColumn("b", STRING))),
         [("t", None, 0, "bad_name")]),
        (changed(outputs=(OutputColumn("a", NUMBER),)), [("t", None, 2, "duplicate_column")]),
        (changed(inputs=(), outputs=(), rules=(Rule((), ()),)), [("t", None, None, "no_columns")]),
        (changed(rules=()), [("t", None, None, "no_rules")]),
        (changed(rules=(Rule(("1",), ("1",)),)), [("t", 0, None, "wrong_width")]),
        (changed(rules=(Rule(("1", "-"), ("1", "2")),)), [("t", 0, None, "wrong_width")]),
        (changed(rules=(Rule(("1", "-"), ("1",)), Rule(("<", "x"), (">",)))),
         [("t", 1, 0, "value_expected"), ("t", 1, 1, "unsupported"),
          ("t", 1, 2, "value_expected")]),
        (changed(outputs=(OutputColumn("o", NUMBER, default='"x"'),)),
         [("t", None, 2, "wrong_type")]),
        (changed(rules=(Rule(("1" * 2001, "-"), ("1" * 2001,)),)),
         [("t", 0, 0, "cell_too_long"), ("t", 0, 2, "cell_too_long")]),
        (changed(inputs=(InputColumn("a", NUMBER), InputColumn("b", STRING, ("y", "z")))),
         [("t", 0, 1, "not_allowed")]),
        (changed(inputs=(InputColumn("a", NUMBER, ("1",)), InputColumn("b", STRING))),
         [("t", None, 0, "allowed_needs_text")]),
        (changed(outputs=(OutputColumn("o", STRING, ("x",), default='"y"'),),
                 rules=(Rule(("-", "-"), ('"z"',)), Rule(("-", "-"), ('"x"',)))),
         [("t", None, 2, "not_allowed"), ("t", 0, 2, "not_allowed")]),
        (changed(hit_policy=HitPolicy.SUM, rules=(Rule(("-", "-"), ("null",)),)),
         [("t", 0, 2, "number_needed")]),
        (changed(hit_policy=HitPolicy.LEAST, outputs=(OutputColumn("o", STRING),),
                 rules=(Rule(("-", "-"), ('"x"',)),)),
         [("t", None, 2, "aggregate_number")]),
        (changed(hit_policy=HitPolicy.SUM,
                 outputs=(OutputColumn("o", NUMBER), OutputColumn("p", NUMBER)),
                 rules=(Rule(("-", "-"), ("1", "1")),)),
         [("t", None, None, "aggregate_one_output")]),
        (changed(hit_policy=HitPolicy.PRIORITY), [("t", None, 2, "priority_needs_allowed")]),
        (changed(hit_policy=HitPolicy.OUTPUT_ORDER,
                 outputs=(OutputColumn("o", STRING), OutputColumn("p", STRING, ("x",))),
                 rules=(Rule(("-", "-"), ('"x"', '"x"')),)),
         [("t", None, 2, "priority_needs_allowed")]),
        (changed(hit_policy=HitPolicy.PRIORITY,
                 outputs=(OutputColumn("o", STRING, ("x",)), OutputColumn("p", STRING, ("y",))),
                 rules=(Rule(("-", "-"), ('"x"', "null")),)),
         [("t", 0, 3, "priority_needs_value")]),
        (changed(hit_policy=HitPolicy.COUNT, outputs=(OutputColumn("o", NUMBER, default="1"),)),
         [("t", None, 2, "count_default")]),
    ],
)  # fmt: skip
def test_each_fault_is_named_where_it_is(
    table: Table, faults: list[tuple[str, int | None, int | None, str]]
) -> None:
    assert found(table) == faults


def test_faults_of_a_whole_model() -> None:
    assert found() == [("", None, None, "no_tables")]
    assert found(GOOD, GOOD) == [("t", None, None, "duplicate_table")]
    other = changed(name="u", inputs=(InputColumn("a", STRING), InputColumn("c", STRING)),
                    rules=(Rule(("-", "-"), ("1",)),))  # fmt: skip
    assert found(GOOD, other) == [("u", None, 0, "type_conflict")]
    many = [changed(name=f"t{index}") for index in range(21)]
    assert found(*many) == [("", None, None, "too_many_tables")]


def test_sizes_are_bounded_and_the_bound_itself_is_allowed() -> None:
    rule = Rule(("-", "-"), ("1",))
    assert found(changed(rules=(rule,) * 2000)) == []
    assert found(changed(rules=(rule,) * 2001)) == [("t", None, None, "too_many_rules")]
    wide = tuple(InputColumn(f"i{index}", NUMBER) for index in range(60))
    assert found(changed(inputs=wide, rules=(Rule(("-",) * 60, ("1",)),))) == [
        ("t", None, None, "too_many_columns")
    ]
    assert found(changed(inputs=wide[:59], rules=(Rule(("-",) * 59, ("1",)),))) == []


def test_the_values_a_table_compares_with_are_bounded_so_that_it_fits_in_memory() -> None:
    def rules(count: int) -> tuple[Rule, ...]:
        values = [str(value) for value in range(count)]
        return tuple(
            Rule((", ".join(values[start : start + 200]), "-"), ("1",))
            for start in range(0, count, 200)
        )

    assert found(changed(rules=rules(20_000))) == []
    assert found(changed(rules=rules(20_001))) == [("t", None, None, "too_many_values")]
    assert found(changed(rules=rules(20_000) + rules(20_000))) == []  # the same values again


def test_an_error_carries_the_place_in_the_cell_and_what_a_translation_needs() -> None:
    [error] = checks.check_model(Model((changed(rules=(Rule(("> 1", '"x" y'), ("1",)),)),)))
    assert error == CellError("t", 0, 1, "unexpected", "Unexpected y.", 4, {"text": "y"})
