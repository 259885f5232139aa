"""Typed tables and rows of facts, drawn at random around each other's boundaries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import strategies as st

from risk.tables.facts import FeelType, HitPolicy, InputColumn, Model, OutputColumn, Rule, Table
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
def _simple_cells(draw: st.DrawFn, literals: st.SearchStrategy[Any]) -> reference.Cell:
    literal = draw(literals)
    ordered = not isinstance(literal, str | bool)
    kind = draw(st.sampled_from(["compare", "compare", "interval", "null"] if ordered else
                                ["compare", "compare", "compare", "null"]))  # fmt: skip
    if kind == "interval":
        low, high = sorted([literal, draw(literals)])
        return ("interval", low, high, draw(st.booleans()), draw(st.booleans()))
    if kind == "null":
        return ("null",)
    operator = draw(st.sampled_from(["=", "<", "<=", ">", ">="] if ordered else ["="]))
    return ("compare", operator, literal)


@st.composite
def cells(draw: st.DrawFn, literals: st.SearchStrategy[Any]) -> reference.Cell:
    """Of a column that is compared with these literals, all of one type."""
    kind = draw(st.sampled_from(["any", "one", "one", "list", "not"]))
    if kind == "any":
        return ("any",)
    if kind == "one":
        return draw(_simple_cells(literals))
    several = draw(st.lists(_simple_cells(literals), min_size=1, max_size=3))
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


@dataclass(frozen=True)
class Case:
    """A table as a tree, the same as a model, and some rows of facts. `allowed` has the values an
    output lists, in their order; an empty list where it lists none.
    """

    hit_policy: HitPolicy
    types: list[FeelType]
    out_types: list[FeelType]
    rules: list[tuple[list[reference.Cell], list[Any]]]
    defaults: list[Any]
    allowed: list[list[Any]]
    rows: list[list[Any]]
    model: Model


# Few different values, so that ANY is sometimes kept and sometimes broken.
FEW: dict[FeelType, list[Any]] = {
    NUMBER: [Decimal("1.50"), Decimal(2), Decimal("-0.1")],
    STRING: ["x", 'y"', "z"],
    BOOLEAN: [True, False],
    DATE: [dt.date(2026, 1, 1)],
}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    hit_policy = draw(st.sampled_from(HitPolicy))
    types = draw(st.lists(st.sampled_from(FeelType), min_size=1, max_size=3))
    out_types = draw(_output_types(hit_policy))
    allowed = [
        draw(st.permutations(FEW[t])) if t is STRING and hit_policy.is_ranked else []
        for t in out_types
    ]

    def output(feel_type: FeelType) -> Any:
        needed = hit_policy.value in ("C+", "C<", "C>") or (
            hit_policy.is_ranked and feel_type is STRING
        )
        return draw(st.sampled_from(FEW[feel_type] if needed else [*FEW[feel_type], None]))

    rules = [
        ([draw(cells(LITERALS[feel_type])) for feel_type in types], [output(t) for t in out_types])
        for _rule in range(draw(st.integers(1, 6)))
    ]
    has_defaults = hit_policy is not HitPolicy.COUNT and draw(st.booleans())
    defaults = [output(t) if has_defaults else None for t in out_types]
    rows = [
        [draw(values_for(t, [r[0][i] for r in rules])) for i, t in enumerate(types)]
        for _row in range(5)
    ]
    columns = tuple(
        OutputColumn(f"o{i}", t, tuple(allowed[i]), "" if d is None else reference.literal_text(d))
        for i, (t, d) in enumerate(zip(out_types, defaults, strict=True))
    )
    model = _model(draw, hit_policy, types, columns, rules)
    return Case(hit_policy, types, out_types, rules, defaults, allowed, rows, model)


def _output_types(hit_policy: HitPolicy) -> st.SearchStrategy[list[FeelType]]:
    if hit_policy.is_aggregate:
        return st.just([NUMBER])
    several = st.lists(st.sampled_from(FeelType), min_size=1, max_size=2)
    return several.map(lambda types: [STRING, *types[1:]]) if hit_policy.is_ranked else several


def _model(
    draw: Any, hit_policy: HitPolicy, types: Any, outputs: tuple[OutputColumn, ...], rules: Any
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
        outputs,
        tuple(Rule(tuple(map(text, r[0])), tuple(map(literal, r[1]))) for r in rules),
    ),))  # fmt: skip


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
