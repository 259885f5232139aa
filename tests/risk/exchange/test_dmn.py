"""A policy goes out as DMN XML and comes back as it was; others' files come in or are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.dmn import services as dmn
from risk.exchange import services
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    HitPolicyViolation,
    InputColumn,
    Model,
    OutputColumn,
    Rule,
    Table,
)
from risk.tables.services import check_model, compile_model, content_hash
from tests.risk.exchange.models import valid_models


@given(valid_models())
@settings(deadline=None)
def test_what_goes_out_as_dmn_comes_back_as_it_was(model: Model) -> None:
    assert check_model(model) == ()
    back = services.model_from_dmn(raw=services.dmn_from_model(model=model, name="测试 <x>"))
    assert back == model
    assert content_hash(back) == content_hash(model)


FACTS = {
    FeelType.NUMBER: [None, *map(Decimal, ("-1", "0", "1", "2", "2.5", "3", "3.0", "4", "5"))],
    FeelType.STRING: [None, "a", "b", "猫", 'say "x"', "\ufffe"],
    FeelType.BOOLEAN: [None, True, False],
    FeelType.DATE: [None, dt.date(2026, 1, 1), dt.date(2026, 1, 31), dt.date(2026, 2, 1)],
}


@given(valid_models(), st.data())
@settings(deadline=None)
def test_the_standards_engine_answers_what_the_policy_answers(model: Model, data: Any) -> None:
    kinds = {column.name: column.type for table in model.tables for column in table.inputs}
    facts = {name: data.draw(st.sampled_from(FACTS[kind])) for name, kind in kinds.items()}
    loaded = dmn.load_model(raw=services.dmn_from_model(model=model, name="p"))
    for table in model.tables:
        assert answer_in_dmn(loaded, table, facts) == answer(table, facts)


def answer(table: Table, facts: Any) -> Any:
    """As the standard words it: rows of one output are its values, and no rows at all is null."""
    try:
        found = compile_model(Model((table,))).evaluate(facts)[table.name].result
    except HitPolicyViolation:
        return "broken"
    if isinstance(found, tuple):
        return tuple(map(plain_row, found)) or None
    return plain_row(found)


def plain_row(row: Any) -> Any:
    if not isinstance(row, Mapping):
        return row
    return dict(row) if len(row) > 1 else next(iter(row.values()))


def answer_in_dmn(loaded: Any, table: Table, facts: Any) -> Any:
    try:
        return dmn.evaluate(model=loaded, decision=table.name, given=facts)
    except dmn.EvaluationFailed:
        return "broken"


def one_rule(policy: HitPolicy, cell: str, *, allowed: tuple[str, ...] = ()) -> Table:
    column = InputColumn("s", FeelType.STRING, allowed)
    return Table(
        "t", policy, (column,), (OutputColumn("o", FeelType.NUMBER),), (Rule((cell,), ("1",)),)
    )


def asked(table: Table, value: str | None) -> Any:
    raw = services.dmn_from_model(model=Model((table,)), name="p")
    return dmn.evaluate(model=dmn.load_model(raw=raw), decision="t", given={"s": value})


def test_not_of_a_value_does_not_match_null_there_either() -> None:
    table = one_rule(HitPolicy.UNIQUE, 'not("a")')
    assert [asked(table, value) for value in ("a", "b", None)] == [None, 1, None]


def test_collect_without_a_match_is_null_there_and_no_rows_here() -> None:
    table = one_rule(HitPolicy.COLLECT, '"a"')
    here = compile_model(Model((table,))).evaluate({"s": "b"})["t"].result
    assert (asked(table, "b"), here) == (None, ())


def test_a_value_that_is_not_allowed_is_an_error_there_and_matches_nothing_here() -> None:
    table = one_rule(HitPolicy.COLLECT, '"a"', allowed=("a", "b"))
    with pytest.raises(dmn.EvaluationFailed, match="has to be one of"):
        asked(table, "c")
    assert compile_model(Model((table,))).evaluate({"s": "c"})["t"].result == ()
