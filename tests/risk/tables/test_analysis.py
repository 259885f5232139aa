"""What the analysis says of a table is what trying every customer says, and it ends."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.tables.analysis import analyse, redundant_rows
from risk.tables.axes import Domain, axes_of
from risk.tables.coverage import Coverage, OutOfSteps
from risk.tables.facts import (
    CellError,
    FeelType,
    HitPolicy,
    InputColumn,
    OutputColumn,
    Rule,
    Severity,
    Table,
    Value,
)
from tests.risk.tables import reference

NUMBER, STRING, BOOLEAN, DATE = FeelType
COLUMNS = {
    "score": (NUMBER, Domain(Decimal(0), Decimal(5), 0)),
    "ratio": (NUMBER, Domain(Decimal(0), Decimal("1.5"), 1, may_be_null=False)),
    "status": (STRING, Domain(choices=("a", "b", "c"), may_be_null=False)),
    "flag": (BOOLEAN, Domain()),
    "score_is_stale": (BOOLEAN, Domain(may_be_null=False, stale_of="score")),
}
VALUES: dict[str, list[Value]] = {
    "score": [*map(Decimal, range(6)), None],
    "ratio": [Decimal(n) / 10 for n in range(16)],
    "status": ["a", "b", "c"],
    "flag": [True, False, None],
    "score_is_stale": [True, False],
}
DOMAINS = {name: domain for name, (_type, domain) in COLUMNS.items()}
# Also what nobody can have: negative scores, fives and a half, texts outside the choices.
LITERALS = {
    "score": st.integers(-1, 7).map(Decimal) | st.just(Decimal("2.5")),
    "ratio": st.sampled_from([Decimal("-0.1"), Decimal(0), Decimal("0.35"), Decimal("0.4"),
                              Decimal("1.5"), Decimal(2)]),
    "status": st.sampled_from(["a", "b", "c", "x"]),
    "flag": st.booleans(),
    "score_is_stale": st.booleans(),
}  # fmt: skip


@st.composite
def simple_cells(draw: st.DrawFn, name: str) -> reference.Cell:
    literals, is_number = LITERALS[name], COLUMNS[name][0] is NUMBER
    kind = draw(st.sampled_from(["compare", "compare", "interval", "null"] if is_number
                                else ["compare", "compare", "null"]))  # fmt: skip
    if kind == "null":
        return ("null",)
    if kind == "interval":
        low, high = sorted([draw(literals), draw(literals)])
        return ("interval", low, high, draw(st.booleans()), draw(st.booleans()))
    operator = draw(st.sampled_from(["=", "<", "<=", ">", ">="] if is_number else ["="]))
    return ("compare", operator, draw(literals))


@st.composite
def cells(draw: st.DrawFn, name: str) -> reference.Cell:
    kind = draw(st.sampled_from(["any", "any", "one", "one", "one", "list", "not"]))
    if kind == "any":
        return ("any",)
    if kind == "one":
        return draw(simple_cells(name))
    several = draw(st.lists(simple_cells(name), min_size=1, max_size=3))
    return (kind, several) if kind == "not" or len(several) > 1 else several[0]


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[str], list[tuple[list[reference.Cell], str]]]:
    """Columns by name and rules: their cells and an output."""
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4, unique=True))
    rule = st.tuples(st.tuples(*map(cells, names)).map(list), st.sampled_from(["1", "2"]))
    return names, draw(st.lists(rule, min_size=1, max_size=7))


def table(
    hit_policy: HitPolicy,
    names: list[str],
    rules: list[tuple[list[reference.Cell], str]],
    priorities: Sequence[str] = (),
) -> Table:
    """The outputs are numbers; ranked, they are the texts of these, the most important first."""
    mark = '"' if priorities else ""
    return Table(
        "t", hit_policy,
        tuple(InputColumn(name, COLUMNS[name][0]) for name in names),
        (OutputColumn("o", STRING if priorities else NUMBER, allowed=tuple(priorities)),),
        tuple(
            Rule(tuple(map(reference.cell_text, row)), (f"{mark}{out}{mark}",))
            for row, out in rules
        ),
    )  # fmt: skip


def everybody(names: list[str]) -> Iterator[dict[str, Value]]:
    for values in itertools.product(*(VALUES[name] for name in names)):
        facts = dict(zip(names, values, strict=True))
        if not (facts.get("score_is_stale") and facts.get("score") is not None):
            yield facts


def fitting(names: list[str], rules: Any, facts: dict[str, Value]) -> list[int]:
    return [
        index
        for index, (row, _out) in enumerate(rules)
        if all(
            reference.truth(cell, facts[name]) is True
            for name, cell in zip(names, row, strict=True)
        )
    ]


def by_code(found: tuple[CellError, ...]) -> dict[str, list[CellError]]:
    grouped: dict[str, list[CellError]] = {}
    for finding in found:
        grouped.setdefault(finding.code, []).append(finding)
    return grouped


def rows(found: dict[str, list[CellError]], *codes: str) -> set[int]:
    return {f.rule for code in codes for f in found.get(code, []) if f.rule is not None}


@settings(max_examples=250, deadline=None)
@given(trees())
def test_first_the_rows_called_dead_are_exactly_those_that_decide_nobody(tree: Any) -> None:
    names, rules = tree
    found = by_code(analyse(table(HitPolicy.FIRST, names, rules), domains=DOMAINS))
    fired = [fitting(names, rules, facts) for facts in everybody(names)]
    ever = {row for fit in fired for row in fit}
    first = {fit[0] for fit in fired if fit}
    everything = set(range(len(rules)))
    assert rows(found, "never_fires") == everything - ever
    assert rows(found, "never_fires", "duplicate_row", "unreachable") == everything - first
    for finding in found.get("unreachable", []):
        by = {row - 1 for row in finding.params["rows"]}
        assert all(fit[0] in by or fit[0] != finding.rule for fit in fired if finding.rule in fit)
        assert all(row < (finding.rule or 0) for row in by)


@settings(max_examples=250, deadline=None)
@given(trees(), st.permutations(["1", "2"]))
def test_by_priority_the_rows_called_dead_are_exactly_those_that_never_decide(
    tree: Any, priorities: list[str]
) -> None:
    names, rules = tree
    tested = table(HitPolicy.PRIORITY, names, rules, priorities)
    found = by_code(analyse(tested, domains=DOMAINS))
    by_rank = sorted(range(len(rules)), key=lambda row: priorities.index(rules[row][1]))
    fired = [set(fitting(names, rules, facts)) for facts in everybody(names)]
    deciding = {next(row for row in by_rank if row in fit) for fit in fired if fit}
    dead = rows(found, "never_fires", "duplicate_row", "unreachable")
    assert dead == set(range(len(rules))) - deciding
    for finding in found.get("unreachable", []):
        by = {row - 1 for row in finding.params["rows"]}
        assert all(fit & by for fit in fired if finding.rule in fit)
        assert all(by_rank.index(row) < by_rank.index(finding.rule or 0) for row in by)


@settings(max_examples=250, deadline=None)
@given(trees(), st.sampled_from([HitPolicy.UNIQUE, HitPolicy.ANY, HitPolicy.FIRST]))
def test_a_gap_is_found_when_there_is_one_and_its_example_falls_through(
    tree: Any, hit_policy: HitPolicy
) -> None:
    names, rules = tree
    gaps = by_code(analyse(table(hit_policy, names, rules), domains=DOMAINS)).get("gap", [])
    people = list(everybody(names))
    assert bool(gaps) == any(not fitting(names, rules, facts) for facts in people)
    for gap in gaps:
        assert gap.example in people
        assert fitting(names, rules, dict(gap.example or {})) == []


@settings(max_examples=250, deadline=None)
@given(trees(), st.sampled_from([HitPolicy.UNIQUE, HitPolicy.ANY]))
def test_rows_that_clash_are_named_with_somebody_who_meets_both(
    tree: Any, hit_policy: HitPolicy
) -> None:
    names, rules = tree
    found = by_code(analyse(table(hit_policy, names, rules), domains=DOMAINS))
    people = list(everybody(names))
    clashes = {
        pair
        for facts in people
        for pair in itertools.combinations(fitting(names, rules, facts), 2)
        if hit_policy is HitPolicy.UNIQUE or rules[pair[0]][1] != rules[pair[1]][1]
    }
    named = found.get("overlap", [])
    doubles = rows(found, "duplicate_row") if hit_policy is HitPolicy.UNIQUE else set()
    assert bool(clashes) == bool(named or doubles)
    twice = rows(found, "duplicate_row")
    both_ways = {pair for a, b in clashes if not {a, b} & twice for pair in ((a, b), (b, a))}
    assert {(f.rule, row - 1) for f in named for row in f.params["rows"]} == both_ways
    for finding in named:
        assert finding.severity is Severity.ERROR
        assert finding.example in people
        fit = fitting(names, rules, dict(finding.example or {}))
        assert {finding.params["rows"][0] - 1, finding.rule} <= set(fit)


@settings(max_examples=200, deadline=None)
@given(trees())
def test_duplicates_are_rows_that_fit_the_same_people_and_say_the_same(tree: Any) -> None:
    names, rules = tree
    found = by_code(analyse(table(HitPolicy.COLLECT, names, rules), domains=DOMAINS))
    people = list(everybody(names))
    fits = [
        (frozenset(n for n, facts in enumerate(people) if row in fitting(names, rules, facts)), out)
        for row, (_cells, out) in enumerate(rules)
    ]
    expected = {row for row in range(len(rules)) if fits[row][0] and fits[row] in fits[:row]}
    assert rows(found, "duplicate_row") == expected
    assert set(found) <= {"duplicate_row", "never_fires"}


@settings(max_examples=200, deadline=None)
@given(trees(), st.data())
def test_a_row_is_redundant_when_graver_rows_fit_all_whom_it_fits(
    tree: Any, data: st.DataObject
) -> None:
    names, rules = tree
    bits = {row: data.draw(st.integers(0, 2 ** len(rules) - 1)) for row in range(len(rules))}
    found, open_questions = redundant_rows(
        table(HitPolicy.COLLECT, names, rules), graver=bits, domains=DOMAINS
    )
    fired = [fitting(names, rules, facts) for facts in everybody(names)]
    expected = [
        row for row, others in bits.items()
        if any(row in fit for fit in fired)
        and all(any(others >> o & 1 and o != row for o in fit) for fit in fired if row in fit)
    ]  # fmt: skip
    assert (list(found), open_questions) == (expected, ())


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
