"""A table means the same in a DMN model as in `risk.tables`, which policies are evaluated with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.dmn import services
from risk.dmn.facts import EvaluationFailed
from risk.tables import services as tables
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
from tests.risk.dmn.build import data, decision, load, table

POLICIES = {
    HitPolicy.UNIQUE: ("UNIQUE", ""),
    HitPolicy.ANY: ("ANY", ""),
    HitPolicy.FIRST: ("FIRST", ""),
    HitPolicy.RULE_ORDER: ("RULE ORDER", ""),
    HitPolicy.COLLECT: ("COLLECT", ""),
    HitPolicy.SUM: ("COLLECT", "SUM"),
    HitPolicy.LEAST: ("COLLECT", "MIN"),
    HitPolicy.GREATEST: ("COLLECT", "MAX"),
    HitPolicy.COUNT: ("COLLECT", "COUNT"),
}
# `not` of an equality is left out: for null it is true by the standard and unknown in a policy.
NUMBER_CELLS = st.sampled_from(
    ["-", "", "null", "3", "-1", "2.50", "< 3", "<= 3", "> 2.5", ">= -1", "[2..4]", "(2..4)",
     "]2..4[", "[2.5..3)", "1, 3", "< 0, > 3", "null, 4", "not(< 3)", "not([2..3])"]
)  # fmt: skip
TEXT_CELLS = st.sampled_from(["-", "null", '"a"', '"a", "b"', '"\\u0061"', '"猫", null'])
NUMBERS = st.sampled_from([None, "-1", "0", "2", "2.5", "3", "3.0", "4", "4.000000001"])
TEXTS = st.sampled_from([None, "a", "b", "c", "猫"])
RULES = st.lists(
    st.tuples(NUMBER_CELLS, TEXT_CELLS, st.sampled_from(["1", "2.5", "-3"])),
    min_size=1, max_size=4,
)  # fmt: skip


def as_a_policy(policy: HitPolicy, rules: Any, default: str, number: Any, text: Any) -> Any:
    model = Model((
        Table(
            "t", policy,
            (InputColumn("n", FeelType.NUMBER), InputColumn("s", FeelType.STRING)),
            (OutputColumn("out", FeelType.NUMBER, (), default),),
            tuple(Rule((n, s), (out,)) for n, s, out in rules),
        ),
    ))  # fmt: skip
    facts = {"n": None if number is None else Decimal(number), "s": text}
    try:
        found = tables.compile_model(model).evaluate(facts)["t"].result
    except HitPolicyViolation:
        return "broken"
    if policy.is_aggregate:
        return found
    if policy.gives_lists:
        return tuple(row["out"] for row in found) or None  # nothing is null in the standard
    return None if found is None else found["out"]


def as_a_decision(policy: HitPolicy, rules: Any, default: str, number: Any, text: Any) -> Any:
    name, aggregation = POLICIES[policy]
    body = table(
        *[([n, s], [out]) for n, s, out in rules], inputs=["n", "s"],
        outputs=[("", "number", "", default)], policy=name, aggregation=aggregation,
    )  # fmt: skip
    model = load(data("n", "number"), data("s", "string"), decision("t", body, inputs=["n", "s"]))
    given = {"n": None if number is None else Decimal(number), "s": text}
    try:
        return services.evaluate(model=model, decision="t", given=given)
    except EvaluationFailed:
        return "broken"


@given(st.sampled_from(list(POLICIES)), RULES, st.sampled_from(["", "7"]), NUMBERS, TEXTS)
def test_a_table_gives_the_same_answer_in_both_engines(
    policy: HitPolicy, rules: Any, default: str, number: Any, text: Any
) -> None:
    if policy is HitPolicy.COUNT:
        default = ""  # of none the count is 0 there, whatever the default
    case = (policy, rules, default, number, text)
    assert as_a_decision(*case) == as_a_policy(*case)


def test_not_of_an_equality_matches_null_by_the_standard_only() -> None:
    rules = [("not(3)", "-", "1")]
    assert as_a_decision(HitPolicy.UNIQUE, rules, "", None, None) == 1
    assert as_a_policy(HitPolicy.UNIQUE, rules, "", None, None) is None


@pytest.mark.parametrize("number", ["2", None])
def test_the_comparison_sees_both_matches_and_misses(number: str | None) -> None:
    rules = [("2", "-", "1")]
    expected = None if number is None else 1
    assert as_a_decision(HitPolicy.UNIQUE, rules, "", number, None) == expected
    assert as_a_policy(HitPolicy.UNIQUE, rules, "", number, None) == expected


RANKED = {HitPolicy.PRIORITY: "PRIORITY", HitPolicy.OUTPUT_ORDER: "OUTPUT ORDER"}
WORDS = ["x", "y", "z"]
RANKED_RULES = st.lists(
    st.tuples(NUMBER_CELLS, st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=1, max_size=6
)


def ranked_as_a_policy(policy: HitPolicy, rules: Any, orders: Any, number: Any) -> Any:
    outputs = (
        OutputColumn("o", FeelType.STRING, tuple(orders[0])),
        OutputColumn("p", FeelType.STRING, tuple(orders[1])),
    )
    model = Model((
        Table(
            "t", policy, (InputColumn("n", FeelType.NUMBER),), outputs,
            tuple(Rule((n,), (f'"{o}"', f'"{p}"')) for n, o, p in rules),
        ),
    ))  # fmt: skip
    found = tables.compile_model(model).evaluate({"n": number})["t"].result
    if policy is HitPolicy.PRIORITY:
        return None if found is None else dict(found)
    return tuple(map(dict, found)) or None


def ranked_as_a_decision(policy: HitPolicy, rules: Any, orders: Any, number: Any) -> Any:
    listed = [", ".join(f'"{word}"' for word in order) for order in orders]
    body = table(
        *[([n], [f'"{o}"', f'"{p}"']) for n, o, p in rules], inputs=["n"],
        outputs=[("o", "string", listed[0]), ("p", "string", listed[1])], policy=RANKED[policy],
    )  # fmt: skip
    model = load(data("n", "number"), decision("t", body, inputs=["n"]))
    return services.evaluate(model=model, decision="t", given={"n": number})


@given(
    st.sampled_from(list(RANKED)), RANKED_RULES,
    st.tuples(st.permutations(WORDS), st.one_of(st.just([]), st.permutations(WORDS))), NUMBERS,
)  # fmt: skip
def test_priority_and_output_order_mean_the_same_in_both_engines(
    policy: HitPolicy, rules: Any, orders: Any, number: Any
) -> None:
    case = (policy, rules, orders, None if number is None else Decimal(number))
    assert ranked_as_a_decision(*case) == ranked_as_a_policy(*case)


def test_every_hit_policy_is_held_together() -> None:
    assert {*POLICIES, *RANKED} == set(HitPolicy)
