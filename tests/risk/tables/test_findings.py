"""What is found in tables written out by hand, and that looking for it ends."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from decimal import Decimal
from functools import partial

import pytest

from risk.tables.analysis import analyse
from risk.tables.axes import axes_of
from risk.tables.coverage import Coverage, OutOfSteps
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    InputColumn,
    OutputColumn,
    Rule,
    Severity,
    Table,
    Value,
)
from tests.risk.tables.test_analysis import DOMAINS, by_code

NUMBER, STRING, BOOLEAN, DATE = FeelType


def one(hit_policy: HitPolicy, inputs: dict[str, FeelType], *lines: str) -> Table:
    """Each line is cells and outputs: `> 1 | "x" -> 2`."""
    cut = [line.partition("->") for line in lines]
    return Table(
        "t", hit_policy,
        tuple(InputColumn(name, feel_type) for name, feel_type in inputs.items()),
        (OutputColumn("o", NUMBER),),
        tuple(
            Rule(tuple(cell.strip() for cell in left.split("|")), (right.strip(),))
            for left, _arrow, right in cut
        ),
    )  # fmt: skip


def test_a_row_may_be_covered_by_several_rows_together_but_by_none_alone() -> None:
    tested = one(HitPolicy.FIRST, {"n": NUMBER}, "< 5 -> 1", ">= 5 -> 2", "[1..9] -> 3", "- -> 4")
    [finding] = analyse(tested)
    assert (finding.rule, finding.column, finding.code) == (2, None, "unreachable")
    assert finding.params == {"rows": [1, 2]}
    assert finding.message == "Rows that come first take everybody this row fits: 1, 2."


def test_the_one_row_that_covers_alone_is_named_alone() -> None:
    tested = one(HitPolicy.FIRST, {"n": NUMBER}, "> 8 -> 1", "> 2 -> 2", "[5..9] -> 3", "- -> 4")
    assert [f.params for f in analyse(tested)] == [{"rows": [2]}]


def test_by_priority_a_row_further_down_may_be_the_one_that_hides() -> None:
    outputs = (OutputColumn("o", STRING, allowed=("high", "middle", "low")),)
    ranked = one(HitPolicy.FIRST, {"n": NUMBER}, '[5..9] -> "low"', '>= 3 -> "middle"',
                 '> 8 -> "high"', '>= 2 -> "high"', '- -> "low"')  # fmt: skip
    ranked = dataclasses.replace(ranked, hit_policy=HitPolicy.PRIORITY, outputs=outputs)
    found = analyse(ranked)
    assert [(f.rule, f.code, f.params) for f in found] == [
        (0, "unreachable", {"rows": [4]}), (1, "unreachable", {"rows": [4]}),
    ]  # fmt: skip
    as_first = analyse(dataclasses.replace(ranked, hit_policy=HitPolicy.FIRST))
    assert [(f.rule, f.params) for f in as_first] == [(2, {"rows": [2]})]


def test_of_many_rows_that_clash_ten_are_named_and_the_others_counted() -> None:
    lines = [f"[{row}..100] -> {row}" for row in range(14)]
    found = analyse(one(HitPolicy.ANY, {"n": NUMBER}, *lines, "< 0, > 100, null -> 1"))
    assert [(f.rule, f.code) for f in found] == [(row, "overlap") for row in range(14)]
    assert found[0].params == {"rows": [*range(2, 12)], "more": 3}
    assert found[13].params == {"rows": [*range(1, 11)], "more": 3}
    assert found[13].message == (
        "Matches the same customer as rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more."
    )


@pytest.mark.parametrize(
    ("feel_type", "lines", "example"),
    [
        (NUMBER, ["< 5 -> 1", "> 5 -> 2", "null -> 3"], Decimal(5)),
        (NUMBER, ["< 5 -> 1", ">= 6 -> 2", "null -> 3"], Decimal(5)),
        (NUMBER, ["<= 5 -> 1", ">= 6 -> 2", "null -> 3"], Decimal("5.5")),
        (NUMBER, [">= 0 -> 1", "null -> 2"], Decimal(-1)),
        (NUMBER, ["<= 0 -> 1", "null -> 2"], Decimal(1)),
        (NUMBER, ["<= 0, > 0 -> 1"], None),
        (STRING, ['"a", "other" -> 1', "null -> 2"], "other_"),
        (STRING, ['not("a") -> 1', "null -> 2"], "a"),
        (BOOLEAN, ["true -> 1", "null -> 2"], False),
        (DATE, ['<= date("2026-01-31") -> 1', '> date("2026-02-01") -> 2', "null -> 3"],
         dt.date(2026, 2, 1)),
        (DATE, ['> date("2026-01-31") -> 1', "null -> 2"], dt.date(2026, 1, 30)),
        (DATE, ["null -> 2"], dt.date(2000, 1, 1)),
    ],
)  # fmt: skip
def test_who_falls_through_is_shown_unknown_included(
    feel_type: FeelType, lines: list[str], example: Value
) -> None:
    [finding] = analyse(one(HitPolicy.UNIQUE, {"n": feel_type}, *lines))
    assert (finding.rule, finding.column, finding.code) == (None, None, "gap")
    assert finding.example == {"n": example}
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("feel_type", "lines"),
    [
        (NUMBER, ["< 5 -> 1", ">= 5, null -> 2"]),
        (NUMBER, ["not(5) -> 1", "5, null -> 2"]),
        (BOOLEAN, ["true -> 1", "false -> 2", "null -> 3"]),
        (DATE, ['<= date("2026-01-31") -> 1', '>= date("2026-02-01") -> 2', "null -> 3"]),
        (DATE, [f'< date("{dt.date.max}") -> 1', f'date("{dt.date.max}"), null -> 2']),
    ],
)
def test_what_is_covered_whole_has_no_gap(feel_type: FeelType, lines: list[str]) -> None:
    assert analyse(one(HitPolicy.UNIQUE, {"n": feel_type}, *lines)) == ()


def test_a_table_that_answers_by_default_or_collects_has_no_gap() -> None:
    lonely = one(HitPolicy.COLLECT, {"n": NUMBER}, "> 5 -> 1")
    assert analyse(lonely) == ()
    by_default = Table(
        "t", HitPolicy.FIRST, lonely.inputs, (OutputColumn("o", NUMBER, default="0"),), lonely.rules
    )
    assert analyse(by_default) == ()


def test_a_cell_nobody_can_match_is_named_at_its_cell() -> None:
    inputs = {"flag": BOOLEAN, "score": NUMBER, "score_is_stale": BOOLEAN}
    lines = ["- | (3..3) | - -> 1", "- | > 5 | - -> 1", "true | 3 | true -> 1", "- | - | null -> 1",
             "- | null | true -> 1"]  # fmt: skip
    found = analyse(one(HitPolicy.COLLECT, inputs, *lines), domains=DOMAINS)
    assert [(f.rule, f.column, f.code) for f in found] == [
        (0, 1, "never_fires"), (1, 1, "never_fires"), (2, 2, "never_fires"), (3, 2, "never_fires"),
    ]  # fmt: skip


# ── it ends ─────────────────────────────────────────────────────────────────────────────────


def hard(columns: int, rules: int) -> Table:
    """Every row asks for three of many truth values: whether one is always met is 3-SAT."""
    lines = []
    for row in range(rules):
        cells = ["-"] * columns
        for turn in range(3):
            state = (row * 7919 + turn * 104729) * 2654435761 % 2**32
            cells[state % columns] = "true" if state >> 9 & 1 else "false"
        lines.append(" | ".join(cells) + " -> 1")
    return one(HitPolicy.FIRST, {f"b{index}": BOOLEAN for index in range(columns)}, *lines)


def test_what_is_not_proven_within_the_budget_is_said() -> None:
    tested = hard(60, 255)
    found = by_code(analyse(tested, budget=20_000))
    assert found["gap_not_proven"][0].severity is Severity.WARNING
    assert (found["gap_not_proven"][0].rule, found["gap_not_proven"][0].column) == (None, None)
    [rows_open] = found["rows_not_proven"]
    assert rows_open.params["count"] >= len(rows_open.params["rows"]) > 0
    assert "gap" not in found


@pytest.mark.parametrize("budget", [0, 1, 1000, 50_000])
def test_no_question_takes_more_steps_than_the_budget_allows(budget: int) -> None:
    tested = hard(60, 200)
    coverage = Coverage(axes_of(tested, domains={}), budget=budget)
    for rule in range(200):
        for ask in (partial(coverage.beyond, rule, by=(1 << rule) - 1), coverage.gap):
            with contextlib.suppress(OutOfSteps):
                ask()
    assert coverage.steps <= budget


def test_ten_thousand_rows_and_sixty_columns_are_settled_in_few_steps() -> None:
    """A row of its own for every score, a catch-all, and 59 columns nobody uses."""
    inputs = {"n": NUMBER} | {f"b{index}": BOOLEAN for index in range(59)}
    rest = " | ".join(["-"] * 59)
    lines = [f"[{row}..{row + 1}) | {rest} -> {row}" for row in range(9_998)]
    tested = one(HitPolicy.FIRST, inputs, *lines, f"[5..9) | {rest} -> 1", f"- | {rest} -> 1")
    found = analyse(tested)
    assert [(f.rule, f.code, f.params["rows"]) for f in found] == [
        (9_998, "unreachable", [6, 7, 8, 9])
    ]
    coverage = Coverage(axes_of(tested, domains={}))
    for rule in range(10_000):
        coverage.beyond(rule, by=(1 << rule) - 1)
    assert coverage.steps < 500_000
