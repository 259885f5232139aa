"""The compiled function and the plain reading of DMN give the same answer and the same trace."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from risk.tables import services
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    HitPolicyViolation,
    InvalidModel,
    MissingFact,
    Model,
    Table,
    WrongFact,
)
from tests.risk.tables import reference
from tests.risk.tables.cases import BOOLEAN, DATE, NUMBER, STRING, Case, cases, table


def _plain(result: Any) -> Any:
    """Our result in the reference's shape."""
    if isinstance(result, tuple):
        return [list(row.values()) for row in result]
    return list(result.values()) if hasattr(result, "values") else result


@settings(max_examples=400, deadline=None)
@given(cases())
def test_a_compiled_table_answers_and_traces_like_the_plain_reading(case: Case) -> None:
    assert services.check_model(case.model) == ()
    evaluate = services.compile_model(case.model).evaluate
    for row in case.rows:
        facts = {f"i{index}": value for index, value in enumerate(row)}
        result, fired, columns = reference.outcome(
            case.hit_policy.value, case.rules, case.defaults, row, case.allowed
        )
        if result == "violation":
            with pytest.raises(HitPolicyViolation) as refused:
                evaluate(facts)
            assert refused.value.rules == fired
            continue
        ours = evaluate(facts)["t"]
        assert ours.fired == fired
        assert ours.columns == tuple(sum(1 << rule for rule in column) for column in columns)
        if case.hit_policy.is_aggregate:
            assert (None if ours.result is None else Fraction(ours.result)) == result
        else:
            assert _plain(ours.result) == result


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_table_read_back_from_json_answers_the_same_under_the_same_hash(case: Case) -> None:
    rows, model = case.rows, case.model
    again = services.model_from_json(services.model_to_json(model))
    assert again == model
    assert services.content_hash(again) == services.content_hash(model)
    facts = {f"i{index}": value for index, value in enumerate(rows[0])}
    try:
        wanted = services.compile_model(model).evaluate(facts)
    except HitPolicyViolation:
        return
    assert services.compile_model(again).evaluate(facts) == wanted


# ── what a property test does not say plainly ───────────────────────────────────────────────


def evaluated(source: Table, **facts: Any) -> Any:
    return services.compile_model(Model((source,))).evaluate(facts)[source.name]


def test_sums_stay_exact_where_floats_and_the_default_context_would_not() -> None:
    source = table(
        "C+", {"a": NUMBER}, {"o": NUMBER},
        ("-", "0.1"), ("-", "0.2"), ("-", "9" * 34), ("-", "0." + "0" * 32 + "1"),
    )  # fmt: skip
    with localcontext(prec=5):
        result = evaluated(source, a=None).result
    assert f"{result:f}" == "9" * 34 + ".3" + "0" * 31 + "1"


def test_the_same_number_written_differently_is_one_boundary() -> None:
    source = table("C", {"a": NUMBER}, {"o": NUMBER}, ("5", "1"), ("5.00", "2"), ("[5.0..5]", "3"))
    assert evaluated(source, a=5).fired == (0, 1, 2)
    assert evaluated(source, a=Decimal("5.000")).fired == (0, 1, 2)
    assert evaluated(source, a=Decimal("5.0000000000000000000000001")).fired == ()


@pytest.mark.parametrize(
    ("cell", "fires"),
    [
        ("-", True), ("", True), ("null", True), ("= null", True), ("1, null", True),
        ("not(null)", False), ("not(1)", False), ("< 5", False), ("[0..9]", False), ("1", False),
        ("not(1, null)", False), ("not(< 5, > 5)", False),
    ],
)  # fmt: skip
def test_null_matches_only_where_the_cell_says_so(cell: str, fires: bool) -> None:
    source = table("F", {"a": NUMBER}, {"o": NUMBER}, (cell, "1"))
    assert (evaluated(source, a=None).result is not None) is fires


def test_without_a_match_or_a_default_each_hit_policy_says_its_own_nothing() -> None:
    said = {
        policy.value: evaluated(table(policy.value, {"a": NUMBER}, {"o": NUMBER}, ("1", "7")), a=2)
        .result for policy in HitPolicy if not policy.is_ranked
    }  # fmt: skip
    assert said == {
        "U": None, "A": None, "F": None, "C": (), "R": (), "C+": None, "C<": None, "C>": None,
        "C#": Decimal(0),
    }  # fmt: skip
    assert evaluated(ranked("P", ("1", '"b"', '"x"')), a=2).result is None
    assert evaluated(ranked("O", ("1", '"b"', '"x"')), a=2).result == ()


def ranked(hit_policy: str, *rules: tuple[str, ...]) -> Table:
    """Two outputs whose values are in an order of importance that is not the alphabet's."""
    plain = table(hit_policy, {"a": NUMBER}, {"o": STRING, "p": STRING}, *rules)
    allowed = [("c", "a", "b"), ("y", "x")]
    outputs = zip(plain.outputs, allowed, strict=True)
    return replace(plain, outputs=tuple(replace(o, allowed=values) for o, values in outputs))


PAIRS = [("-", '"b"', '"y"'), ("-", '"a"', '"x"'), ("> 9", '"c"', '"x"'), ("-", '"a"', '"y"'),
         ("-", '"a"', '"x"')]  # fmt: skip


def test_priority_takes_the_most_important_outputs_the_leftmost_output_first() -> None:
    assert dict(evaluated(ranked("P", *PAIRS), a=1).result) == {"o": "a", "p": "y"}
    assert dict(evaluated(ranked("P", *PAIRS), a=10).result) == {"o": "c", "p": "x"}
    assert evaluated(ranked("P", *PAIRS), a=1).fired == (0, 1, 3, 4)


def test_output_order_lists_by_importance_and_rule_order_by_the_rules() -> None:
    def pairs(policy: str) -> list[str]:
        result = evaluated(ranked(policy, *PAIRS), a=10).result
        return ["".join(row.values()) for row in result]

    assert pairs("O") == ["cx", "ay", "ax", "ax", "by"]
    assert pairs("R") == pairs("C") == ["by", "ax", "cx", "ay", "ax"]


def test_a_default_answers_only_when_nothing_matched() -> None:
    source = table(
        "F", {"a": NUMBER}, {"o": NUMBER, "p": STRING}, ("1", "7", '"x"'), defaults=("3", "")
    )
    assert dict(evaluated(source, a=1).result) == {"o": Decimal(7), "p": "x"}
    assert dict(evaluated(source, a=2).result) == {"o": Decimal(3), "p": None}


def test_a_row_given_out_cannot_be_changed_for_the_next_evaluation() -> None:
    source = table("F", {"a": NUMBER}, {"o": NUMBER}, ("-", "7"))
    row = evaluated(source, a=1).result
    with pytest.raises(TypeError):
        row["o"] = Decimal(8)
    assert evaluated(source, a=1).result["o"] == 7


def test_a_broken_hit_policy_names_the_table_and_the_rules_people_count() -> None:
    source = table("U", {"a": NUMBER}, {"o": NUMBER}, ("> 1", "1"), ("> 2", "2"), ("> 9", "3"))
    with pytest.raises(HitPolicyViolation, match=r"table t: hit policy U broken by rules 1, 2: "):
        evaluated(source, a=3)
    agreeing = table("A", {"a": NUMBER}, {"o": NUMBER}, ("> 1", "1.0"), ("> 2", "1"))
    assert evaluated(agreeing, a=3).result["o"] == 1


@pytest.mark.parametrize(
    ("feel_type", "cell", "value"),
    [
        (NUMBER, "1", 1.0), (NUMBER, "1", True), (NUMBER, "1", "1"), (NUMBER, "-", Decimal("NaN")),
        (NUMBER, "-", Decimal("sNaN")), (NUMBER, "> 1", Decimal("Infinity")),
        (NUMBER, "> 1", dt.date(2026, 1, 1)), (STRING, '"a"', 1), (STRING, "-", b"a"),
        (STRING, "-", HitPolicy.ANY), (BOOLEAN, "true", 1), (BOOLEAN, "-", "true"),
        (DATE, 'date("2026-01-01")', dt.datetime(2026, 1, 1)), (DATE, "-", "2026-01-01"),
    ],
)  # fmt: skip
def test_a_fact_of_the_wrong_type_is_refused_without_saying_its_value(
    feel_type: FeelType, cell: str, value: Any
) -> None:
    source = table("F", {"secret": feel_type}, {"o": NUMBER}, (cell, "1"))
    with pytest.raises(WrongFact) as refused:
        evaluated(source, secret=value)
    assert refused.value.name == "secret"
    assert str(value) not in str(refused.value).replace("secret", "")


def test_a_fact_not_given_is_missing_and_one_not_asked_for_is_ignored() -> None:
    source = table("F", {"a": NUMBER, "b": NUMBER}, {"o": NUMBER}, ("1", "-", "1"))
    with pytest.raises(MissingFact, match="the fact b was not given"):
        evaluated(source, a=1)
    assert evaluated(source, a=1, b=None, c=object()).fired == (0,)


def test_tables_of_one_model_look_at_the_same_facts_and_answer_in_order() -> None:
    model = Model((
        table("C#", {"a": NUMBER}, {"o": STRING}, ("> 1", '"x"'), ("> 2", '"y"'), name="second"),
        table("F", {"a": NUMBER}, {"o": DATE}, ("-", 'date("2026-02-03")'), name="first"),
    ))  # fmt: skip
    outcome = services.compile_model(model).evaluate({"a": 5})
    assert {name: found.trace for name, found in outcome.items()} == {
        "second": {"fired": [0, 1], "columns": ["3"]},
        "first": {"fired": [0], "columns": ["1"]},
    }
    assert outcome["second"].result == 2
    assert outcome["first"].result == {"o": dt.date(2026, 2, 3)}
    assert list(outcome) == ["second", "first"]


def test_a_model_with_faults_is_not_compiled_and_says_all_of_them() -> None:
    source = table("F", {"a": NUMBER}, {"o": NUMBER}, ("x", "1"), ("1", "y"))
    with pytest.raises(InvalidModel) as refused:
        services.compile_model(Model((source,)))
    assert [(e.rule, e.column, e.code) for e in refused.value.errors] == [
        (0, 0, "unsupported"), (1, 1, "unsupported"),
    ]  # fmt: skip


def test_names_and_texts_never_become_code() -> None:
    nasty = '__import__(\\"os\\").abort()'
    source = table("F", {"facts": STRING, "finish": STRING, "evaluate": STRING}, {"o": STRING},
                   (f'"{nasty}"', "-", "-", f'"{nasty}"'))  # fmt: skip
    said = evaluated(source, facts=nasty.replace("\\", ""), finish="", evaluate="x")
    assert said.result["o"] == '__import__("os").abort()'
