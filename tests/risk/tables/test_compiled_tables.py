"""The compiled function and the plain reading of DMN give the same answer and the same trace."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.tables import services
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    HitPolicyViolation,
    InputColumn,
    InvalidModel,
    MissingFact,
    Model,
    OutputColumn,
    Rule,
    Table,
    WrongFact,
)
from tests.risk.tables import reference

NUMBER, STRING, BOOLEAN, DATE = FeelType

NUMBERS = st.one_of(
    st.integers(-3, 12).map(Decimal),
    st.decimals(-3, 12, places=1, allow_nan=False),
    st.decimals(-(10**16), 10**16, places=17, allow_nan=False),
    st.sampled_from([Decimal("5.00"), Decimal("0.5"), Decimal("-0.5"), Decimal("1" * 34)]),
)
TEXTS = st.one_of(
    st.sampled_from(["", "a", "-", "null", "true", "5", "not(5)", 'q"q', "\\", "张", "\U0001f600"]),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4
    ),
)  # fmt: skip
DATES = st.one_of(
    st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 9)),
    st.sampled_from([dt.date.min, dt.date.max, dt.date(2024, 2, 29)]),
)
LITERALS = {NUMBER: NUMBERS, STRING: TEXTS, BOOLEAN: st.booleans(), DATE: DATES}


@st.composite
def simple_cells(draw: st.DrawFn, feel_type: FeelType) -> reference.Cell:
    literals = LITERALS[feel_type]
    ordered = feel_type in (NUMBER, DATE)
    kind = draw(st.sampled_from(["compare", "compare", "interval", "null"] if ordered else
                                ["compare", "compare", "compare", "null"]))  # fmt: skip
    if kind == "interval":
        low, high = sorted([draw(literals), draw(literals)])
        return ("interval", low, high, draw(st.booleans()), draw(st.booleans()))
    if kind == "null":
        return ("null",)
    operator = draw(st.sampled_from(["=", "<", "<=", ">", ">="] if ordered else ["="]))
    return ("compare", operator, draw(literals))


@st.composite
def cells(draw: st.DrawFn, feel_type: FeelType) -> reference.Cell:
    kind = draw(st.sampled_from(["any", "one", "one", "list", "not"]))
    if kind == "any":
        return ("any",)
    if kind == "one":
        return draw(simple_cells(feel_type))
    several = draw(st.lists(simple_cells(feel_type), min_size=1, max_size=3))
    return (kind, several) if kind == "not" or len(several) > 1 else several[0]


def _constants(cell: reference.Cell) -> list[Any]:
    if cell[0] == "compare":
        return [cell[2]]
    if cell[0] == "interval":
        return [cell[1], cell[2]]
    if cell[0] in ("list", "not"):
        return [constant for part in cell[1] for constant in _constants(part)]
    return []


def _near(constant: Any) -> list[Any]:
    """The constant and what lies right beside it."""
    if isinstance(constant, bool):
        return [True, False]
    if isinstance(constant, Decimal):
        step = Decimal(1).scaleb(-18)
        with localcontext(prec=80):
            near = [constant, constant - step, constant + step]
        return near + ([int(constant)] if constant == constant.to_integral_value() else [])
    if isinstance(constant, dt.date):
        days = [constant.toordinal() + delta for delta in (-1, 0, 1)]
        return [dt.date.fromordinal(d) for d in days if 1 <= d <= dt.date.max.toordinal()]
    return [constant, constant + " ", constant.swapcase()]


@st.composite
def values_for(draw: st.DrawFn, feel_type: FeelType, column: list[reference.Cell]) -> Any:
    boundaries = [
        near for cell in column for literal in _constants(cell) for near in _near(literal)
    ]
    choices = [LITERALS[feel_type], st.none()]
    if boundaries:
        choices += [st.sampled_from(boundaries)] * 3
    return draw(st.one_of(choices))


@st.composite
def cases(draw: st.DrawFn) -> Any:
    """A table as a tree, the same as a model, and some rows of facts."""
    hit_policy = draw(st.sampled_from(HitPolicy))
    types = draw(st.lists(st.sampled_from(FeelType), min_size=1, max_size=3))
    out_types = (
        [NUMBER] if hit_policy.is_aggregate
        else draw(st.lists(st.sampled_from(FeelType), min_size=1, max_size=2))
    )  # fmt: skip
    count = draw(st.integers(1, 6))

    def output(feel_type: FeelType) -> Any:
        # Few different values, so that ANY is sometimes kept and sometimes broken.
        few = {NUMBER: [Decimal("1.50"), Decimal(2), Decimal("-0.1")], STRING: ["x", 'y"'],
               BOOLEAN: [True, False], DATE: [dt.date(2026, 1, 1)]}[feel_type]  # fmt: skip
        needed = hit_policy.value in ("C+", "C<", "C>")
        return draw(st.sampled_from(few if needed else [*few, None]))

    rules = [
        ([draw(cells(feel_type)) for feel_type in types], [output(t) for t in out_types])
        for _rule in range(count)
    ]
    has_defaults = hit_policy is not HitPolicy.COUNT and draw(st.booleans())
    defaults = [output(t) if has_defaults else None for t in out_types]
    rows = [
        [draw(values_for(t, [r[0][i] for r in rules])) for i, t in enumerate(types)]
        for _row in range(5)
    ]
    return (
        hit_policy,
        types,
        out_types,
        rules,
        defaults,
        rows,
        _model(draw, hit_policy, types, out_types, rules, defaults),
    )


def _model(
    draw: Any, hit_policy: HitPolicy, types: Any, out_types: Any, rules: Any, defaults: Any
) -> Model:
    def text(cell: reference.Cell) -> str:
        if cell == ("any",) and draw(st.booleans()):
            return draw(st.sampled_from(["", "  "]))
        gap = draw(st.sampled_from(["", " ", "\t ", "\n"]))
        return reference.cell_text(
            cell, gap=gap, escaped=draw(st.booleans()), mirrored=draw(st.booleans())
        )

    def literal(value: Any) -> str:
        return "" if value is None and draw(st.booleans()) else reference.literal_text(value)

    return Model((Table(
        "t", hit_policy,
        tuple(InputColumn(f"i{i}", t) for i, t in enumerate(types)),
        tuple(OutputColumn(f"o{i}", t, default="" if d is None else literal(d))
              for i, (t, d) in enumerate(zip(out_types, defaults, strict=True))),
        tuple(Rule(tuple(map(text, r[0])), tuple(map(literal, r[1]))) for r in rules),
    ),))  # fmt: skip


def _plain(result: Any) -> Any:
    """Our result in the reference's shape."""
    if isinstance(result, tuple):
        return [list(row.values()) for row in result]
    return list(result.values()) if hasattr(result, "values") else result


@settings(max_examples=400, deadline=None)
@given(cases())
def test_a_compiled_table_answers_and_traces_like_the_plain_reading(case: Any) -> None:
    hit_policy, _types, _out_types, rules, defaults, rows, model = case
    assert services.check_model(model) == ()
    evaluate = services.compile_model(model).evaluate
    for row in rows:
        facts = {f"i{index}": value for index, value in enumerate(row)}
        result, fired, columns = reference.outcome(hit_policy.value, rules, defaults, row)
        if result == "violation":
            with pytest.raises(HitPolicyViolation) as refused:
                evaluate(facts)
            assert refused.value.rules == fired
            continue
        ours = evaluate(facts)["t"]
        assert ours.fired == fired
        assert ours.columns == tuple(sum(1 << rule for rule in column) for column in columns)
        if hit_policy.is_aggregate:
            assert (None if ours.result is None else Fraction(ours.result)) == result
        else:
            assert _plain(ours.result) == result


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_table_read_back_from_json_answers_the_same_under_the_same_hash(case: Any) -> None:
    rows, model = case[5], case[6]
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


def table(
    hit_policy: str, inputs: dict[str, FeelType], outputs: dict[str, FeelType],
    *rules: tuple[str, ...], defaults: tuple[str, ...] = (), name: str = "t",
) -> Table:  # fmt: skip
    width = len(inputs)
    texts = defaults or ("",) * len(outputs)
    return Table(
        name, HitPolicy(hit_policy),
        tuple(InputColumn(n, t) for n, t in inputs.items()),
        tuple(OutputColumn(n, t, default=d)
              for (n, t), d in zip(outputs.items(), texts, strict=True)),
        tuple(Rule(rule[:width], rule[width:]) for rule in rules),
    )  # fmt: skip


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
        .result for policy in HitPolicy
    }  # fmt: skip
    assert said == {
        "U": None, "A": None, "F": None, "C": (), "C+": None, "C<": None, "C>": None,
        "C#": Decimal(0),
    }  # fmt: skip


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
