"""What holds for all values: exact numbers, three-valued logic, any text read or told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from risk.dmn import arithmetic
from risk.dmn.arithmetic import apply, compare, conjunction, disjunction, equal, negation
from risk.dmn.calls import built_in_scope
from risk.dmn.facts import DmnError
from risk.dmn.interpreter import Frame, holds, value_of
from risk.dmn.lexer import FeelSyntaxError
from risk.dmn.limits import Meter
from risk.dmn.parser import parse_expression, parse_tests
from risk.dmn.scope import Entry, Scope
from risk.dmn.temporal import Months, duration_from, text_of

NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4
)
TRUTHS = st.sampled_from([True, False, None])
VALUES = st.one_of(
    st.none(), st.booleans(), NUMBERS, st.text(max_size=3), st.dates(), st.times(),
    st.datetimes(), st.timedeltas(), st.integers(-99, 99).map(Months),
    st.lists(NUMBERS, max_size=2).map(tuple), st.dictionaries(st.text(max_size=2), NUMBERS),
)  # fmt: skip


@given(NUMBERS, NUMBERS)
def test_sums_differences_and_products_are_exact(left: Decimal, right: Decimal) -> None:
    a, b = Fraction(left), Fraction(right)
    assert Fraction(apply("+", left, right)) == a + b
    assert Fraction(apply("-", left, right)) == a - b
    assert Fraction(apply("*", left, right)) == a * b


@given(NUMBERS, NUMBERS.filter(bool))
def test_a_quotient_is_the_nearest_number_of_34_digits(left: Decimal, right: Decimal) -> None:
    quotient = apply("/", left, right)
    step = Fraction(Decimal(1).scaleb(quotient.adjusted() - 33)) if quotient else Fraction(1)
    assert abs(Fraction(quotient) - Fraction(left) / Fraction(right)) <= step / 2


@given(VALUES, VALUES, st.sampled_from(["+", "-", "*", "/", "**"]))
@example(Decimal("1.000000000000000000000000000000001"), Decimal("9e6000"), "**")
@example(Decimal("9e6000"), Decimal("9e6000"), "*")
@example(dt.timedelta.max, Decimal("9e6000"), "*")
@example(Months(12), Decimal("9e6000"), "*")
@example(dt.date.max, dt.timedelta.max, "+")
def test_an_operator_gives_a_value_or_null_for_any_two_values(
    left: Any, right: Any, symbol: str
) -> None:
    value = apply(symbol, left, right)
    assert value is None or arithmetic.kind_of(value)
    if left is None or right is None:
        assert value is None


@given(VALUES, VALUES)
def test_order_is_total_within_a_kind_and_unknown_between_kinds(left: Any, right: Any) -> None:
    answers = [compare("<", left, right), compare(">", left, right)]
    same = equal(left, right, Meter())
    if arithmetic.kind_of(left) is not arithmetic.kind_of(right) or answers == [None, None]:
        assert answers == [None, None]
    else:
        assert [*answers, same].count(True) == 1
    assert equal(right, left, Meter()) == same
    assert compare(">=", left, right) == negation(compare("<", left, right))


@given(st.lists(TRUTHS))
def test_and_is_the_least_and_or_the_greatest_of_false_null_true(truths: list[bool | None]) -> None:
    rank = {False: 0, None: 1, True: 2}
    assert rank[conjunction(truths)] == min((rank[one] for one in truths), default=2)
    assert rank[disjunction(truths)] == max((rank[one] for one in truths), default=0)


@given(st.lists(TRUTHS))
def test_not_turns_and_into_or(truths: list[bool | None]) -> None:
    assert negation(conjunction(truths)) == disjunction(negation(one) for one in truths)


@given(st.lists(st.one_of(TRUTHS, NUMBERS, st.text(max_size=2)), max_size=4))
def test_what_is_no_truth_value_counts_as_null(values: list[Any]) -> None:
    as_null = [one if isinstance(one, bool) else None for one in values]
    assert conjunction(values) is conjunction(as_null)
    assert disjunction(values) is disjunction(as_null)


@given(st.one_of(st.timedeltas(), st.integers(-(10**9), 10**9).map(Months)))
def test_a_duration_is_read_back_as_it_was_written(duration: Any) -> None:
    written = text_of(duration)
    read = duration_from(written)
    assert read == duration or (written == "P0M" and read == Months(0))


@given(st.dates(), st.integers(-600, 600))
def test_a_month_added_and_taken_away_moves_at_most_to_the_end_of_the_month(
    date: dt.date, months: int
) -> None:
    moved = apply("+", date, Months(months))
    if moved is not None:
        back = apply("-", moved, Months(months))
        assert back <= date
        assert (back.year, back.month) == (date.year, date.month)
        assert date.day - back.day <= 3


NAMES = {"a": Decimal(1), "b c": "x", "d-e": None, "f": True, "g": (Decimal(1), Decimal(2))}
PIECES = st.sampled_from(
    [*NAMES, "1", ".5", "1e3", '"s"', "null", "true", "not", "(", ")", "[", "]", "{", "}", ",", ":",
     "..", "+", "-", "*", "/", "**", "<", "<=", "=", "!=", "if", "then", "else", "and", "or", "in",
     "between", "date", "sum", "?", ".", "@", '"', "\\", "//", "/*", "for", "instance of", "猫",
     "substring", "a.b", "\n"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=14).map(" ".join))


def scope() -> Scope:
    return Scope([Entry(name, "value") for name in NAMES], parent=built_in_scope())


def outcome(perform: Callable[[], Any], expected: type[Exception]) -> Any:
    """What it returns, or the error, if it is the expected one."""
    try:
        return perform()
    except expected as error:
        return error


@given(TEXTS)
@example("x in (" * 39 + "1..5" + ")" * 39)
@example("-" * 20_000)
@example("[" * 20_000)
@example("if a then " * 1_000)
@example('"' + "\\" * 9_999)
@example("{" * 50 + "a:1")
@example("/*" * 10_000)
def test_any_text_is_an_expression_with_a_value_or_a_fault_with_a_place(text: str) -> None:
    node = outcome(lambda: parse_expression(text, scope=scope()), FeelSyntaxError)
    if isinstance(node, FeelSyntaxError):
        assert 0 <= node.position <= len(text)
        assert node.message
        return
    frame = Frame(NAMES, {}, Meter(steps=100_000))
    value = outcome(lambda: value_of(node, frame), DmnError)
    assert isinstance(value, DmnError) or arithmetic.kind_of(value)


@given(TEXTS, st.one_of(st.none(), NUMBERS, st.just("x"), st.booleans()))
@example("not(" * 39 + "1" + ")" * 39, Decimal(1))
def test_any_text_is_a_cell_with_a_truth_or_a_fault_with_a_place(text: str, value: Any) -> None:
    test = outcome(lambda: parse_tests(text, scope=scope()), FeelSyntaxError)
    if isinstance(test, FeelSyntaxError):
        assert 0 <= test.position <= len(text)
        return
    frame = Frame(NAMES, {}, Meter(steps=100_000))
    truth = outcome(lambda: holds(test, value, frame), DmnError)
    assert isinstance(truth, DmnError) or truth in (True, False, None)
