"""Models as the tests of this room need them: valid ones, and ones that are only stored."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from risk.tables.facts import (
    FeelType,
    HitPolicy,
    InputColumn,
    Model,
    OutputColumn,
    Rule,
    Table,
    Unknown,
)

# All that the cells below name, and what FEEL and XML have to escape.
ALLOWED = ("a", "b", "猫", 'say "x"', "\ufffe", "back\\slash", "tab\t", "a,b", "")
CELLS = {
    FeelType.NUMBER: ["-", "", " ", "null", "3", "-.5", "2.50", "= 3", "< 3", ">= -1", "[2..4]",
                      "(2..4]", "]2..4[", "1, 3", "< 0, > 3", "null, 4", "not(3)", "not( 3,4 ) ",
                      "not(< 3)", "not(3, < 1)", "not(null)", "not(3, null)", "not([2..3])"],
    FeelType.STRING: ["-", "", "null", '"a"', '"a", "b"', '"\\u0061"', '"猫", null', 'not("a")',
                      'not("a", "b")', 'not("a", null)', "not(null)", '"say \\"x\\""', '"\ufffe"'],
    FeelType.BOOLEAN: ["-", "true", "false, null", "not(true)", "not(false, null)"],
    FeelType.DATE: ["-", 'date("2026-01-31")', '< date("2026-01-31")', "null",
                    '[date("2026-01-01")..date("2026-02-01"))', 'not(date("2026-01-31"))'],
}  # fmt: skip
VALUES = {
    FeelType.NUMBER: ["", "null", "1", "-2.50", "0.0720", ".5", "\x1c7"],
    FeelType.STRING: ["", "null", '"a"', '"猫"', ' "b" ', '"\ufffe"'],
    FeelType.BOOLEAN: ["", "true", "false"],
    FeelType.DATE: ["", 'date("2026-01-31")'],
}
STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
NOTES = st.one_of(
    st.just(""),
    st.text(STORABLE, max_size=12),
    st.sampled_from(["=1+1", "a\r\nb\t", " two  spaces ", "\x01", "_x0041_", "<&>\"'", "@x", "-"]),
)
NEED_NUMBERS = (HitPolicy.SUM, HitPolicy.LEAST, HitPolicy.GREATEST)
TYPES = st.sampled_from(list(FeelType))
UNKNOWN = st.sampled_from(list(Unknown))


@st.composite
def valid_models(draw: Any) -> Model:
    """Models that `check_model` finds nothing wrong with."""
    kinds = {f"signal_{i}": draw(TYPES) for i in range(4)}
    names = draw(st.lists(st.sampled_from(["one", "two", "three"]), min_size=1, unique=True))
    return Model(tuple(draw(_table(name, kinds)) for name in names), draw(NOTES))


@st.composite
def _table(draw: Any, name: str, kinds: dict[str, FeelType]) -> Table:
    policy = draw(st.sampled_from(list(HitPolicy)))
    signals = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, unique=True))
    inputs = tuple(
        InputColumn(signal, kinds[signal], draw(_allowed(kinds[signal])), draw(UNKNOWN))
        for signal in signals
    )
    width = 1 if policy.is_aggregate else draw(st.integers(1, 3))
    outputs = tuple(draw(_output(policy, index)) for index in range(width))
    rules = draw(st.lists(_rule(policy, inputs, outputs), min_size=1, max_size=4))
    return Table(name, policy, inputs, outputs, tuple(rules))


@st.composite
def _output(draw: Any, policy: HitPolicy, index: int) -> OutputColumn:
    """What is ranked is ranked by the first output's allowed values."""
    is_first_rank = policy.is_ranked and index == 0
    kind = FeelType.NUMBER if policy in NEED_NUMBERS else draw(TYPES)
    kind = FeelType.STRING if is_first_rank else kind
    allowed = ALLOWED if is_first_rank else draw(_allowed(kind))
    has_default = policy is not HitPolicy.COUNT
    default = draw(st.sampled_from(VALUES[kind])) if has_default else ""
    return OutputColumn(f"out_{index}", kind, allowed, default)


def _allowed(kind: FeelType) -> Any:
    return st.sampled_from([(), ALLOWED] if kind is FeelType.STRING else [()])


@st.composite
def _rule(draw: Any, policy: HitPolicy, inputs: Any, outputs: Any) -> Rule:
    return Rule(
        tuple(draw(st.sampled_from(CELLS[column.type])) for column in inputs),
        tuple(draw(_value(policy, column)) for column in outputs),
        draw(NOTES),
    )


def _value(policy: HitPolicy, column: OutputColumn) -> Any:
    needs_value = policy in NEED_NUMBERS or (policy.is_ranked and column.allowed)
    values = VALUES[column.type]
    return st.sampled_from([v for v in values if not needs_value or v not in ("", "null")])


@st.composite
def stored_models(draw: Any) -> Model:
    """Whatever a draft may hold: any text anywhere, no table at all, columns with the same name."""
    text = NOTES
    tables = []
    for _ in range(draw(st.integers(1, 3))):
        some = st.lists(text, max_size=2).map(tuple)
        inputs = draw(st.lists(st.builds(InputColumn, text, TYPES, some, UNKNOWN), max_size=3))
        outputs = draw(st.lists(st.builds(OutputColumn, text, TYPES, some, text), max_size=3))
        rules = draw(st.lists(st.tuples(*[text] * (len(inputs) + len(outputs) + 1)), max_size=4))
        tables.append(Table(
            draw(text), draw(st.sampled_from(list(HitPolicy))), tuple(inputs), tuple(outputs),
            tuple(Rule(cells[:len(inputs)], cells[len(inputs):-1], cells[-1]) for cells in rules),
        ))  # fmt: skip
    return Model(tuple(tables), draw(NOTES))
