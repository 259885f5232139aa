"""What the analysis says of a table is what trying every customer says, and it ends."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from risk.tables.analysis import analyse, losing_rows, redundant_rows
from risk.tables.axes import Domain
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


@settings(max_examples=250, deadline=None)
@given(trees(), st.data())
def test_a_row_loses_somebody_by_some_columns_when_blind_to_them_it_would_have_taken_them(
    tree: Any, data: st.DataObject
) -> None:
    names, rules = tree
    # A value and whether it is too old belong together: facts of one without the other are none.
    kinds = sorted({name.removesuffix("_is_stale") for name in names})
    kind = data.draw(st.sampled_from(kinds))
    chosen = {n for n, name in enumerate(names) if name.removesuffix("_is_stale") == kind}
    found, open_questions = losing_rows(
        table(HitPolicy.COLLECT, names, rules), columns=chosen, domains=DOMAINS
    )
    people = list(everybody(names))
    nobodys = [facts for facts in people if not fitting(names, rules, facts)]
    blind = [([("any",) if n in chosen else cell for n, cell in enumerate(row)], out)
             for row, out in rules]  # fmt: skip
    alive = {row for facts in people for row in fitting(names, rules, facts)}
    expected = {
        row for row in alive
        if any(rules[row][0][n] != ("any",) for n in chosen)
        and any(row in fitting(names, blind, facts) for facts in nobodys)
    }  # fmt: skip
    assert (set(found), open_questions) == (expected, ())
    for row, facts in found.items():
        assert facts in nobodys
        assert row in fitting(names, blind, facts)
