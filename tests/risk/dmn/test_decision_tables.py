"""Decision tables: every hit policy, unary tests, allowed values, defaults."""

from __future__ import annotations

from typing import Any

import pytest

from risk.dmn.facts import EvaluationFailed
from tests.risk.dmn.build import ask, data, decision, load, refusal, table

AGE = [data("Age", "number"), data("Grade", "string")]
LOOK = {"inputs": ["Age", "Grade"]}


def answer(body: str, **given: Any) -> str:
    return str(ask(load(*AGE, decision("answer", body, **LOOK)), "answer", **given))


def overlapping(policy: str, aggregation: str = "", **options: Any) -> str:
    """Ages over 10, 20, 30 give c, a, b: at 25 rules 1 and 2 match, at 35 all three."""
    return table(
        (["> 10"], ['"c"']), (["> 20"], ['"a"']), (["> 30"], ['"b"']),
        inputs=["Age"], policy=policy, aggregation=aggregation,
        **{"outputs": [("", "string", '"a", "b", "c"')], **options},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "age", "value"),
    [
        ("UNIQUE", 15, '"c"'),
        ("UNIQUE", 5, "null"),
        ("FIRST", 35, '"c"'),
        ("PRIORITY", 35, '"a"'),
        ("RULE ORDER", 35, '["c", "a", "b"]'),
        ("OUTPUT ORDER", 35, '["a", "b", "c"]'),
        ("COLLECT", 25, '["c", "a"]'),
        ("COLLECT", 5, "null"),
        ("PRIORITY", 5, "null"),
        ("RULE ORDER", 5, "null"),
    ],
)
def test_the_hit_policy_chooses_among_the_rules_that_match(
    policy: str, age: int, value: str
) -> None:
    assert answer(overlapping(policy), Age=age) == value


@pytest.mark.parametrize(
    ("aggregation", "age", "value"),
    [
        ("SUM", 35, "2.5"), ("MIN", 35, "0.5"), ("MAX", 35, "1"), ("COUNT", 35, "3"),
        ("SUM", 5, "null"), ("MIN", 5, "null"), ("MAX", 5, "null"), ("COUNT", 5, "0"),
    ],
)  # fmt: skip
def test_collect_aggregates_every_match_equal_ones_too(
    aggregation: str, age: int, value: str
) -> None:
    body = table(
        (["> 10"], ["1"]), (["> 20"], ["0.5"]), (["> 30"], ["1"]),
        inputs=["Age"], policy="COLLECT", aggregation=aggregation,
    )  # fmt: skip
    assert answer(body, Age=age) == value


def test_a_broken_hit_policy_names_the_table_and_its_rules() -> None:
    with pytest.raises(EvaluationFailed) as caught:
        answer(overlapping("UNIQUE"), Age=35)
    assert str(caught.value) == (
        'decision "answer": hit policy UNIQUE: rules 1, 2, 3 match; only one rule may match'
    )
    with pytest.raises(EvaluationFailed) as caught:
        answer(overlapping("ANY"), Age=25)
    assert str(caught.value) == (
        'decision "answer": hit policy ANY: rules 1, 2 match; '
        "all rules that match have to give the same outputs"
    )


def test_first_does_not_look_at_the_outputs_of_later_rules() -> None:
    body = table((["-"], ['"a"']), (["-"], ['"b"']), inputs=["Age"], policy="FIRST",
                 outputs=[("", "string", '"a"')])  # fmt: skip
    assert answer(body) == '"a"'


def test_any_takes_what_all_matching_rules_agree_on() -> None:
    body = table((["> 10"], ['"x"']), (["> 20"], ['"x"']), inputs=["Age"], policy="ANY")
    assert answer(body, Age=25) == '"x"'


def test_several_outputs_come_by_name_in_order_of_priority() -> None:
    body = table(
        (["> 10"], ['"no"', "1"]), (["> 20"], ['"yes"', "2"]), (["> 30"], ['"yes"', "3"]),
        inputs=["Age"], policy="OUTPUT ORDER",
        outputs=[("May use", "string", '"yes", "no"'), ("Rate", "number", "3, 2, 1")],
    )  # fmt: skip
    assert answer(body, Age=35) == (
        '[{"May use": "yes", "Rate": 3}, {"May use": "yes", "Rate": 2}, '
        '{"May use": "no", "Rate": 1}]'
    )


def test_defaults_are_given_when_no_rule_matches() -> None:
    body = table(
        (["> 10"], ['"no"', "1"]), inputs=["Age"],
        outputs=[("May use", "string", "", '"maybe"'), "Rate"],
    )  # fmt: skip
    assert answer(body, Age=5) == '{"May use": "maybe", "Rate": null}'
    many = overlapping("COLLECT", outputs=[("", "string", "", '"none"')])
    assert answer(many, Age=5) == '["none"]'
    counted = table((["> 10"], ["1"]), inputs=["Age"], policy="COLLECT", aggregation="SUM",
                    outputs=[("", "number", "", "0")])  # fmt: skip
    assert answer(counted, Age=5) == "0"


@pytest.mark.parametrize(
    ("cell", "age", "matches"),
    [
        ("-", None, True), ("", None, True), ("null", None, True), ("null", 5, False),
        ("5", 5, True), ("5", None, False), ("5, 6", 6, True), ("not(5, 6)", 6, False),
        ("not(5)", 7, True), ("not(null)", 7, True), ("not(null)", None, False),
        ("< 5", None, False), ("not(< 5)", None, False), ("[5..7)", 7, False),
        ("(5..7]", 7, True), ("]5..7[", 5, False), ("5 + 1", 6, True), ("!= 5", 6, True),
        ("? > 5 and ? < 8", 7, True), ("? between 5 and 8", 9, False), ("[1, 7]", 7, True),
        (">= -5", -5, True), ("-5", -5, True), ('"5"', 5, False),
    ],
)  # fmt: skip
def test_a_cell_matches_only_when_it_is_true(cell: str, age: Any, matches: bool) -> None:
    body = table(([cell], ["true"]), inputs=["Age"], outputs=[("", "boolean", "", "false")])
    assert answer(body, Age=age) == ("true" if matches else "false")


def test_cells_may_compare_with_other_inputs() -> None:
    body = table((["> Age", "-"], ['"yes"']), (["<= Age", "-"], ['"no"']),
                 inputs=["Limit", "Grade"])  # fmt: skip
    model = load(*AGE, data("Limit", "number"),
                 decision("answer", body, inputs=["Age", "Grade", "Limit"]))  # fmt: skip
    assert ask(model, "answer", Age=5, Limit=6) == '"yes"'
    assert ask(model, "answer", Age=6, Limit=6) == '"no"'


def test_a_value_outside_the_input_values_stops_the_evaluation_but_null_does_not() -> None:
    body = table((["-"], ['"ok"']), inputs=[("Grade", "string", '"A","B"')])
    assert answer(body, Grade="B") == answer(body) == '"ok"'
    with pytest.raises(EvaluationFailed) as caught:
        answer(body, Grade="Secret")
    assert str(caught.value) == (
        'decision "answer", input "Grade": the value has to be one of "A","B"'
    )


def test_an_output_outside_the_output_values_stops_the_evaluation_with_its_rule() -> None:
    body = table((["-"], ['"a" + Grade']), inputs=["Age"], outputs=[("", "string", '"ab"')])
    assert answer(body, Grade="b") == '"ab"'
    with pytest.raises(EvaluationFailed) as caught:
        answer(body, Grade="c")
    assert str(caught.value) == (
        'decision "answer", rule 1, output: the value has to be one of "ab"'
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (table((["<> 5"], ["1"]), inputs=["Age"]), "rule 1, input 1 (line 5"),
        (table((["5"], ["-"]), inputs=["Age"]), "rule 1, output 1 (line 5"),
        (table((["5", "6"], ["1"]), inputs=["Age"]), "rule 1 has 2 input entries for 1 inputs"),
        (table((["5"], ["1", "2"]), inputs=["Age"]), "rule 1 has 2 output entries for 1 outputs"),
        (table((["Age > 5"], ["1"]), inputs=["Age"]), "compares with ?, the value under test"),
        (table((["High"], ["1"]), inputs=["Grade"]), '"High" is not known here'),
        (table((["5"], ["1"]), inputs=["Age"], policy="BEST"), 'the hit policy "BEST"'),
        (table((["5"], ["1"]), inputs=["Age"], policy="PRIORITY"), "needs output values"),
        (table((["5"], ["1"]), inputs=["Age"], aggregation="SUM"), "only the hit policy COLLECT"),
        (table((["5"], ["1", "2"]), inputs=["Age"], outputs=["a", "b"], policy="COLLECT",
               aggregation="SUM"), "COLLECT SUM over several outputs has no meaning"),
        (table((["5"], ["1", "2"]), inputs=["Age"], outputs=["a", "a"]), "a name of its own"),
        (table(([], []), inputs=[], outputs=[]), "a decision table needs an output"),
        (table((["5"], ["1"]), inputs=[("Age", "money")]), 'there is no type "money"'),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_right_is_refused_by_place(body: str, why: str) -> None:
    told = refusal(*AGE, decision("answer", body, **LOOK))
    assert told.startswith('decision "answer"')
    assert why in told


def test_every_faulty_cell_is_told_at_once() -> None:
    told = refusal(*AGE, decision("answer", table(
        (["<<"], ["1"]), (["5"], ["oops"]), (["6"], ["2"]), inputs=["Age"],
    ), **LOOK))  # fmt: skip
    assert len(told.splitlines()) == 2


def test_ten_thousand_rows_are_read_and_evaluated_in_bounded_time() -> None:
    rules = [([str(row), f'"{row}"'], [str(row * 2)]) for row in range(10_000)]
    model = load(*AGE, decision("answer", table(*rules, inputs=["Age", "Grade"]), **LOOK))
    assert ask(model, "answer", Age=9_999, Grade="9999") == "19998"
