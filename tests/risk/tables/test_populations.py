"""Frames: what they add, what they refuse, and what stays exact at the edges."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import subprocess
import sys
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.tables import masks, services
from risk.tables.facts import FeelType, InvalidModel, Model, OutputColumn, Table, WrongColumn
from tests.risk.tables.cases import BOOLEAN, DATE, NUMBER, STRING, table
from tests.risk.tables.frames import ENGINES


def answered(engine: str, source: Table | Model, places: Any = None, **columns: Any) -> Any:
    """Every added column as a list, by name."""
    model = source if isinstance(source, Model) else Model((source,))
    compiled = services.compile_columns(model=model)
    frame = pl.DataFrame({"id": range(len(next(iter(columns.values())))), **columns})
    rows = ENGINES[engine](compiled, frame, places or {})
    return {name: [row[name] for row in rows] for name in compiled.columns}


def test_each_hit_policy_adds_its_columns_beside_those_there_were(engine: str) -> None:
    rules = [("< 10", "1"), ("< 20", "2.5"), ("null", "4")]
    given = {"a": [5, 15, 25, None]}
    expected = {
        "F": {"t__fired_0": [3, 2, 0, 4], "t__o": [1, Decimal("2.5"), None, 4]},
        "U": {"t__fired_0": [3, 2, 0, 4], "t__o": [None, Decimal("2.5"), None, 4],
              "t__violated": [True, False, False, False]},
        "C": {"t__fired_0": [3, 2, 0, 4]},
        "R": {"t__fired_0": [3, 2, 0, 4]},
        "C+": {"t__fired_0": [3, 2, 0, 4], "t__o": [Decimal("3.5"), Decimal("2.5"), None, 4]},
        "C<": {"t__fired_0": [3, 2, 0, 4], "t__o": [1, Decimal("2.5"), None, 4]},
        "C>": {"t__fired_0": [3, 2, 0, 4], "t__o": [Decimal("2.5"), Decimal("2.5"), None, 4]},
        "C#": {"t__fired_0": [3, 2, 0, 4], "t__o": [2, 1, 0, 1]},
    }  # fmt: skip
    for policy, said in expected.items():
        assert answered(engine, table(policy, {"a": NUMBER}, {"o": NUMBER}, *rules), **given) == (
            said
        ), policy


def test_any_is_violated_only_by_rules_that_disagree(engine: str) -> None:
    source = table("A", {"a": NUMBER}, {"o": NUMBER}, ("> 1", "1.0"), ("> 2", "1"), ("> 3", "2"))
    said = answered(engine, source, a=[1, 3, 4])
    assert said["t__violated"] == [False, False, True]
    assert said["t__o"] == [None, 1, None]


def test_a_frame_without_rows_comes_back_without_rows(engine: str) -> None:
    source = table("U", {"a": NUMBER, "s": STRING}, {"o": DATE}, ("1", '"x"', "null"))
    empty = {"a": pl.Series([], dtype=pl.Int64), "s": pl.Series([], dtype=pl.String)}
    said = answered(engine, source, **empty)
    assert said == {"t__fired_0": [], "t__o": [], "t__violated": []}


def test_rules_that_always_or_never_fire_need_no_column(engine: str) -> None:
    source = table("F", {"a": NUMBER}, {"o": STRING}, ("(3..3)", '"never"'), ("-", '"always"'))
    said = answered(engine, source, a=[3, None])
    assert said == {"t__fired_0": [2, 2], "t__o": ["always", "always"]}


def test_a_table_of_more_than_63_rules_has_several_words(engine: str) -> None:
    rules = [(f">= {index}", f"{index}") for index in range(130)]
    source = table("C>", {"a": NUMBER}, {"o": NUMBER}, *rules)
    said = answered(engine, source, a=[0, 62, 63, 129, None])
    words = list(zip(*(said[f"t__fired_{word}"] for word in range(3)), strict=True))
    assert [len(masks.fired_rules(row)) for row in words] == [1, 63, 64, 130, 0]
    assert words[1] == (2**63 - 1, 0, 0)
    assert masks.fired_rules(words[2])[-1] == 63
    assert said["t__o"] == [0, 62, 63, 129, None]


def test_a_long_table_stays_within_the_depth_an_engine_allows(engine: str) -> None:
    rules = [(f"{index}", f"{index % 7}.{index}") for index in range(100)]
    for policy in ("F", "C+"):
        source = table(policy, {"a": NUMBER}, {"o": NUMBER}, *rules)
        said = answered(engine, source, a=[0, 99, 100])
        assert said["t__o"] == [0, Decimal("1.99"), None]
        assert said["t__fired_1"] == [0, 1 << 99 - 63, 0]


def test_constants_between_two_steps_and_beyond_the_type_are_kept_exactly(engine: str) -> None:
    cells = ["< 2.5", "<= 2.5", "> 2.5", ">= 2.5", "2.5", "[2.1..2.9]", "< 300", "> 300", "-200",
             "not(300)", "> -128.5", f"< {2**63}", "[200..300]", "[-300..-129]", "[-300..2]",
             "[2..300]", "(2..3)"]  # fmt: skip
    source = table("C", {"a": NUMBER}, {"o": NUMBER}, *[(cell, "1") for cell in cells])
    said = answered(engine, source, a=pl.Series([2, 3, -128, 127, None], dtype=pl.Int8))
    always = [6, 9, 10, 11]
    assert [list(masks.fired_rules([mask])) for mask in said["t__fired_0"]] == [
        [0, 1, *always, 14, 15], [2, 3, *always, 15], [0, 1, *always, 14], [2, 3, *always, 15], [],
    ]  # fmt: skip


def test_a_whole_number_column_may_hold_decimals_by_places(engine: str) -> None:
    source = table("F", {"rate": NUMBER}, {"o": STRING}, ("<= 0.18255", '"low"'), ("-", '"high"'))
    said = answered(engine, source, {"rate": 4}, rate=[1825, 1826, None])
    assert said["t__o"] == ["low", "high", "high"]


def test_sums_are_exact_where_floats_and_64_bits_would_not_be(engine: str) -> None:
    rules = [("-", "0.1"), ("-", "0.2"), ("-", "9" * 20), ("> 1", "-0.00000001")]
    source = table("C+", {"a": NUMBER}, {"o": NUMBER}, *rules)
    said = answered(engine, source, a=[1, 2])
    assert said["t__o"] == [Decimal("9" * 20 + ".3"), Decimal("9" * 20 + ".29999999")]
    whole = table("C+", {"a": NUMBER}, {"o": NUMBER}, ("-", "9" * 19), ("-", "9" * 19))
    assert answered(engine, whole, a=[1])["t__o"] == [2 * (10**19 - 1)]


def test_texts_by_category_and_long_lists_of_texts_are_the_same_texts(engine: str) -> None:
    many = ", ".join(f'"v{index}"' for index in range(30))
    source = table(
        "C", {"s": STRING}, {"o": NUMBER}, (many, "1"), (f"not({many})", "2"),
        (f"not({many}, null)", "3"), ('"v7", null', "4"), ('not("v7")', "5"), ('"gone"', "6"),
    )  # fmt: skip
    texts = ["v7", "v29", "else", "", None]
    expected = [1 + 8, 1 + 16, 2 + 4 + 16, 2 + 4 + 16, 8]
    assert answered(engine, source, s=texts)["t__fired_0"] == expected
    if engine != "pyspark":  # it has no such type
        enum = pl.Series(texts, dtype=pl.Enum(["v7", "v29", "else", ""]))
        assert answered(engine, source, s=enum)["t__fired_0"] == expected


def test_truth_values_and_dates(engine: str) -> None:
    source = table(
        "C", {"b": BOOLEAN, "d": DATE}, {"o": NUMBER}, ("true", "-", "1"), ("not(true)", "-", "2"),
        ("true, false", "-", "3"), ("-", 'not(date("2026-01-02"))', "4"),
        ("-", '(date("2026-01-01")..date("2026-01-03")]', "5"), ("null", "null", "6"),
    )  # fmt: skip
    days = [dt.date(2026, 1, 1), dt.date(2026, 1, 2), None, dt.date(9999, 12, 31)]
    said = answered(engine, source, b=[True, False, None, True], d=days)
    assert said["t__fired_0"] == [1 + 4 + 8, 2 + 4 + 16, 32, 1 + 4 + 8]


def test_flags_tell_whether_any_of_some_rules_fired(engine: str) -> None:
    source = table("C", {"a": NUMBER}, {"o": NUMBER}, ("1", "1"), ("2", "2"), ("> 1", "3"))
    model = services.compile_columns(
        model=Model((source,)), flags={"t": {"low": [0], "some": [0, 2], "none": []}}
    )
    rows = ENGINES[engine](model, pl.DataFrame({"id": [0, 1, 2], "a": [1, 3, None]}), {})
    assert [(row["t__low"], row["t__some"], row["t__none"]) for row in rows] == [
        (True, True, False), (False, True, False), (False, False, False),
    ]  # fmt: skip


def ranked(policy: str, *allowed: str) -> Model:
    """Three rules that say x, y and y, all of which fire for 1."""
    plain = table(policy, {"a": NUMBER}, {"o": STRING}, ("-", '"x"'), ("-", '"y"'), ("1", '"y"'))
    return Model((dataclasses.replace(plain, outputs=(OutputColumn("o", STRING, allowed),)),))


@pytest.mark.parametrize(("allowed", "rules"), [("yx", (1, 2, 0)), ("xy", (0, 1, 2))])
def test_output_order_is_decoded_by_importance(allowed: str, rules: tuple[int, ...]) -> None:
    model = services.compile_columns(model=ranked("O", *allowed))
    [row] = model.evaluate(pl.DataFrame({"a": [1]})).to_dicts()
    assert model.fired("t", [row[name] for name in model.words("t")]) == rules


def test_priority_takes_the_most_important_value_of_each_model_of_a_pair(engine: str) -> None:
    """They differ in nothing but the order of the values, so all else is worked out once."""
    pair = services.compile_pair(old=ranked("P", "x", "y"), new=ranked("P", "y", "x"))
    rows = ENGINES[engine](pair, pl.DataFrame({"id": [0, 1], "a": [1, 2]}), {})
    assert [(row["old__t__o"], row["new__t__o"]) for row in rows] == [("x", "y"), ("x", "y")]


def test_other_columns_pass_and_the_kind_of_frame_stays() -> None:
    model = services.compile_columns(
        model=Model((table("F", {"a": NUMBER}, {"o": NUMBER}, ("1", "2")),))
    )
    frame = pl.DataFrame({"customer": ["x"], "a": [1], "z": [0.5]})
    said = model.evaluate(frame)
    assert said.columns == ["customer", "a", "z", "t__fired_0", "t__o"]
    assert isinstance(model.evaluate(frame.lazy()), pl.LazyFrame)
    assert model.evaluate(frame.lazy()).collect().equals(said)


def test_what_is_equal_in_both_models_is_worked_out_once() -> None:
    old = table("C", {"a": NUMBER, "b": NUMBER}, {"o": NUMBER}, ("< 5", "-", "1"), ("1", "2", "1"))
    new = table("C", {"a": NUMBER, "b": NUMBER}, {"o": NUMBER}, ("not(>= 5.0)", "-", "1"),
                ("1", "3", "1"))  # fmt: skip
    pair = services.compile_pair(old=Model((old,)), new=Model((new,)))
    plan = pair.evaluate(pl.LazyFrame({"a": [1], "b": [2]})).explain(optimized=False)
    assert set(re.findall(r"sluice__\w+", plan)) == {
        "sluice__rule_0", "sluice__rule_1", "sluice__rule_2", "sluice__leaf_0",
    }  # fmt: skip


def test_models_that_disagree_on_a_facts_type_do_not_pair() -> None:
    old = Model((table("F", {"a": NUMBER}, {"o": NUMBER}, ("1", "2")),))
    new = Model((table("F", {"a": STRING}, {"o": NUMBER}, ('"1"', "2")),))
    with pytest.raises(InvalidModel) as refused:
        services.compile_pair(old=old, new=new)
    assert [(e.table, e.column, e.code) for e in refused.value.errors] == [
        ("t", 0, "type_conflict")
    ]
    assert services.check_pair(old, old) == ()


@pytest.mark.parametrize(
    ("feel_type", "values", "places"),
    [
        (NUMBER, pl.Series([0.5]), {}),
        (NUMBER, pl.Series([float("nan")]), {}),
        (NUMBER, pl.Series([0.5], dtype=pl.Float32), {}),
        (NUMBER, pl.Series(["1"]), {}),
        (NUMBER, pl.Series([1], dtype=pl.UInt64), {}),
        (NUMBER, pl.Series([True]), {}),
        (NUMBER, pl.Series([None]), {}),
        (NUMBER, pl.Series([Decimal("1.5")]), {"a": 2}),
        (NUMBER, pl.Series([1]), {"a": -1}),
        (STRING, pl.Series([1]), {}),
        (STRING, pl.Series(["1"]), {"a": 2}),
        (BOOLEAN, pl.Series([1]), {}),
        (DATE, pl.Series([dt.datetime(2026, 1, 1)]), {}),
        (DATE, pl.Series(["2026-01-01"]), {}),
    ],
)
def test_a_column_that_cannot_be_read_exactly_is_refused_by_name(
    feel_type: FeelType, values: pl.Series, places: dict[str, int]
) -> None:
    model = services.compile_columns(
        model=Model((table("F", {"a": feel_type}, {"o": NUMBER}, ("-", "1")),))
    )
    with pytest.raises(WrongColumn, match="the column a must be") as refused:
        model.evaluate(pl.DataFrame({"a": values}), places=places)
    assert refused.value.name == "a"


def test_a_frame_that_does_not_fit_is_refused() -> None:
    model = services.compile_columns(
        model=Model((table("F", {"a": NUMBER}, {"o": NUMBER}, ("-", "1")),))
    )
    with pytest.raises(WrongColumn, match=r"the column a must be whole numbers [^,]+, not missing"):
        model.evaluate(pl.DataFrame({"b": [1]}))
    with pytest.raises(WrongColumn, match="the frame has a column t__o already"):
        model.evaluate(pl.DataFrame({"a": [1], "t__o": [1]}))
    with pytest.raises(WrongColumn, match="only frames of Polars, DuckDB and PySpark are read"):
        model.evaluate(pa.table({"a": [1]}))
    with pytest.raises(WrongColumn, match="only frames of Polars, DuckDB and PySpark are read"):
        model.evaluate([{"a": 1}])
    with pytest.raises(WrongColumn, match="places are told of b, which no table asks for"):
        model.evaluate(pl.DataFrame({"a": [1]}), places={"b": 2})


def codes(source: Table, *more: Table) -> list[Any]:
    found = services.check_columns(Model((source, *more)))
    return [(error.table, error.column, error.code) for error in found]


def test_what_could_not_be_answered_exactly_is_refused_beforehand() -> None:
    def wide(policy: str, *values: str) -> Table:
        return table(policy, {"a": NUMBER}, {"o": NUMBER}, *[("-", value) for value in values])

    assert codes(wide("F", "9" * 34, "0.1234")) == []
    assert codes(wide("F", "9" * 34, "0.12345")) == [("t", 1, "too_many_digits")]
    assert codes(wide("C", "9" * 34, "0.12345")) == []
    assert codes(wide("C#", "9" * 34, "0.12345")) == []
    assert codes(wide("C+", "9" * 30, "0.12345")) == []
    assert codes(wide("C+", "9" * 31, "0.12345")) == [("t", 1, "too_many_digits")]
    assert codes(wide("F", "x")) == [("t", 1, "unsupported")]
    with pytest.raises(InvalidModel):
        services.compile_columns(model=Model((wide("F", "9" * 34, "0.12345"),)))


def test_dates_that_an_engine_cannot_be_told_are_refused_beforehand() -> None:
    early, first = 'date("0999-12-31")', 'date("1000-01-01")'
    source = table(
        "F", {"a": DATE}, {"o": DATE}, (f"[{early}..{first}]", first), (f"not({first})", early),
        defaults=(early,),
    )  # fmt: skip
    found = services.check_columns(Model((source,)))
    assert [(error.rule, error.column, error.code) for error in found] == [
        (0, 0, "date_too_early"), (1, 1, "date_too_early"), (None, 1, "date_too_early"),
    ]  # fmt: skip


def test_result_columns_of_one_name_are_refused_beforehand() -> None:
    one = table("F", {"a": NUMBER}, {"b__c": NUMBER}, ("-", "1"), name="t")
    other = table("F", {"a": NUMBER}, {"c": NUMBER}, ("-", "1"), name="t__b")
    assert codes(one, other) == [("", None, "column_clash")]
    fact = table("F", {"t__o": NUMBER}, {"o": NUMBER}, ("-", "1"))
    assert codes(fact) == [("", None, "column_clash")]


@given(st.sets(st.integers(0, 2000)))
def test_words_and_rules_are_two_ways_to_say_the_same(rules: set[int]) -> None:
    words = [
        sum(1 << bit for bit in range(63) if 63 * word + bit in rules)
        for word in range(2001 // 63 + 1)
    ]
    assert masks.fired_rules(words) == tuple(sorted(rules))
    assert len(masks.word_columns("t", 2001)) == len(words)


def test_the_front_desk_loads_no_frame_library_before_a_population_is_compiled() -> None:
    script = (
        "import sys; import risk.tables.services as s;"
        "print(sorted({'narwhals', 'polars', 'pyarrow', 'duckdb'} & sys.modules.keys()))"
    )
    said = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert said == "[]\n"
