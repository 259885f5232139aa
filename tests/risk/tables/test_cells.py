"""From text to tree: what a cell may say, and where the fault is when it may not."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.tables.facts import FeelType
from risk.tables.parser import CellSyntaxError, parse_literal, parse_tests
from risk.tables.syntax import AnyOf, Anything, Compare, Interval, IsNull, Not

NUMBER, STRING, BOOLEAN, DATE = FeelType
FIVE, NINE = Decimal(5), Decimal(9)
DAY = dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("feel_type", "text", "tree"),
    [
        (NUMBER, "-", Anything()),
        (NUMBER, "", Anything()),
        (NUMBER, " \t\n-  ", Anything()),
        (NUMBER, "5", Compare("=", FIVE)),
        (NUMBER, "= 5", Compare("=", FIVE)),
        (NUMBER, "<5", Compare("<", FIVE)),
        (NUMBER, "< =5", None),
        (NUMBER, "<= 5", Compare("<=", FIVE)),
        (NUMBER, ">  5", Compare(">", FIVE)),
        (NUMBER, ">=5", Compare(">=", FIVE)),
        (NUMBER, "-5", Compare("=", Decimal(-5))),
        (NUMBER, "< -0.50", Compare("<", Decimal("-0.50"))),
        (NUMBER, "-.5", Compare("=", Decimal("-0.5"))),
        (NUMBER, "[5..9]", Interval(FIVE, NINE, True, True)),
        (NUMBER, "(5..9)", Interval(FIVE, NINE, False, False)),
        (NUMBER, "]5..9[", Interval(FIVE, NINE, False, False)),
        (NUMBER, "[5..9)", Interval(FIVE, NINE, True, False)),
        (NUMBER, "] 5 .. 9 ]", Interval(FIVE, NINE, False, True)),
        (NUMBER, "[.5...9]", None),
        (NUMBER, "[-1.5..-.5]", Interval(Decimal("-1.5"), Decimal("-0.5"), True, True)),
        (NUMBER, "5, 9", AnyOf((Compare("=", FIVE), Compare("=", NINE)))),
        (NUMBER, "< 5,(5..9],null",
         AnyOf((Compare("<", FIVE), Interval(FIVE, NINE, False, True), IsNull()))),
        (NUMBER, "not(5)", Not(Compare("=", FIVE))),
        (NUMBER, "not ( < 5 , > 9 )", Not(AnyOf((Compare("<", FIVE), Compare(">", NINE))))),
        (NUMBER, "null", IsNull()),
        (NUMBER, "not(null)", Not(IsNull())),
        (STRING, '"a"', Compare("=", "a")),
        (STRING, '"a","b c"', AnyOf((Compare("=", "a"), Compare("=", "b c")))),
        (STRING, r'"q\"q \\ \n\t\r\'"', Compare("=", "q\"q \\ \n\t\r'")),
        (STRING, r'"\u5f20\U01F600\ud83d\ude00"', Compare("=", "张\U0001f600\U0001f600")),
        (STRING, '"-"', Compare("=", "-")),
        (STRING, '"null"', Compare("=", "null")),
        (STRING, 'not("a, b")', Not(Compare("=", "a, b"))),
        (BOOLEAN, "true", Compare("=", True)),
        (BOOLEAN, "not(false)", Not(Compare("=", False))),
        (DATE, 'date("2026-01-31")', Compare("=", DAY)),
        (DATE, '> date ( "2026-01-31" )', Compare(">", DAY)),
        (DATE, '[date("2026-01-31")..date("2026-02-01"))',
         Interval(DAY, dt.date(2026, 2, 1), True, False)),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_its_tree(feel_type: FeelType, text: str, tree: Any) -> None:
    if tree is None:
        with pytest.raises(CellSyntaxError):
            parse_tests(text, type=feel_type)
    else:
        assert parse_tests(text, type=feel_type) == tree


@pytest.mark.parametrize(
    ("feel_type", "text", "code", "position"),
    [
        (NUMBER, "5 x", "unexpected", 2),
        (NUMBER, "5 -", "unexpected", 2),
        (NUMBER, "-, 5", "value_expected", 0),
        (NUMBER, "not(-)", "value_expected", 4),
        (NUMBER, "not 5", "expected", 4),
        (NUMBER, "not(5", "expected", 5),
        (NUMBER, "not(not(5))", "unsupported", 4),
        (NUMBER, "<", "value_expected", 1),
        (NUMBER, "< > 5", "value_expected", 2),
        (NUMBER, "5,", "value_expected", 2),
        (NUMBER, "[5..", "value_expected", 4),
        (NUMBER, "[5 9]", "expected", 3),
        (NUMBER, "[5..9", "expected", 5),
        (NUMBER, "[5..9(", "expected", 5),
        (NUMBER, "  [9..5]", "interval_reversed", 2),
        (NUMBER, "< null", "null_not_comparable", 2),
        (NUMBER, "[null..5]", "null_not_comparable", 1),
        (NUMBER, "1 + 2", "unexpected_character", 2),
        (NUMBER, "5.", "unexpected_character", 1),
        (NUMBER, "1e5", "unexpected", 1),
        (NUMBER, "٥", "unexpected_character", 0),
        (NUMBER, "５", "unexpected_character", 0),
        (NUMBER, "NaN", "unsupported", 0),
        (NUMBER, " Infinity", "unsupported", 1),
        (NUMBER, "1" * 35, "number_too_long", 0),
        (NUMBER, '"5"', "wrong_type", 0),
        (NUMBER, "true", "wrong_type", 0),
        (NUMBER, "5; 6", "unexpected_character", 1),
        (STRING, "a", "unsupported", 0),
        (STRING, '"a', "string_unclosed", 0),
        (STRING, '"a\\"', "string_unclosed", 0),
        (STRING, '"a\nb"', "string_unclosed", 0),
        (STRING, ' "\\x"', "string_malformed", 1),
        (STRING, '"\\u00"', "string_malformed", 0),
        (STRING, '"\\u0000"', "string_malformed", 0),
        (STRING, '"\\ud83d"', "string_malformed", 0),
        (STRING, '"\\U110000"', "string_malformed", 0),
        (STRING, '"\ud800"', "string_malformed", 0),
        (STRING, '< "a"', "not_ordered", 0),
        (STRING, '["a".."b"]', "not_ordered", 0),
        (STRING, "5", "wrong_type", 0),
        (BOOLEAN, "> true", "not_ordered", 0),
        (BOOLEAN, "True", "unsupported", 0),
        (DATE, '"2026-01-31"', "wrong_type", 0),
        (DATE, 'date("2026-02-30")', "date_malformed", 0),
        (DATE, 'date("20260131")', "date_malformed", 0),
        (DATE, 'date("2026-W05-6")', "date_malformed", 0),
        (DATE, "date(2026)", "date_malformed", 0),
        (DATE, 'date "2026-01-31"', "unsupported", 0),
    ],
)  # fmt: skip
def test_a_fault_has_its_name_and_its_place(
    feel_type: FeelType, text: str, code: str, position: int
) -> None:
    with pytest.raises(CellSyntaxError) as refused:
        parse_tests(text, type=feel_type)
    assert (refused.value.code, refused.value.position) == (code, position)


@pytest.mark.parametrize(
    ("feel_type", "text", "value"),
    [
        (NUMBER, "", None), (NUMBER, " null ", None), (NUMBER, "-1.50", Decimal("-1.50")),
        (STRING, '""', ""), (STRING, '" a "', " a "), (BOOLEAN, "false", False),
        (DATE, 'date("2026-01-31")', DAY),
    ],
)  # fmt: skip
def test_an_output_is_one_literal_or_nothing(feel_type: FeelType, text: str, value: Any) -> None:
    assert parse_literal(text, type=feel_type) == value


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [("1, 2", "unexpected", 1), ("> 1", "value_expected", 0), ("-", "value_expected", 0),
     ("null 1", "unexpected", 5), ("not(1)", "unsupported", 0), ("[1..2]", "value_expected", 0)],
)  # fmt: skip
def test_an_output_is_no_test(text: str, code: str, position: int) -> None:
    with pytest.raises(CellSyntaxError) as refused:
        parse_literal(text, type=NUMBER)
    assert (refused.value.code, refused.value.position) == (code, position)


PIECES = ["-", "not", "(", ")", "[", "]", "..", ".", ",", "<", "<=", ">", ">=", "=", "null", "true",
          "date", '"', '"a"', "\\", "\\u", "1", "-2.5", "0" * 40, " ", "\n", "x", "\x00", "\ud800",
          'date("2026-01-01")', "张", "é", "\u2028", "²", "½"]  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(
    text=st.one_of(
        st.text(st.characters(), max_size=30),  # surrogates included
        st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    ),
    feel_type=st.sampled_from(FeelType),
)
def test_any_text_is_a_tree_or_a_fault_with_a_place_in_it(text: str, feel_type: FeelType) -> None:
    for parse in (parse_tests, parse_literal):
        fault = None
        try:
            parse(text, type=feel_type)
        except CellSyntaxError as error:
            fault = error
        assert fault is None or (0 <= fault.position <= len(text) and fault.code and fault.message)


def test_a_long_cell_is_read_in_a_moment_and_nothing_nests() -> None:
    for text in ("(" * 2000, "not(" * 500, '"' + "\\" * 1999, "1," * 1000, "[" * 2000, "-" * 2000):
        with pytest.raises(CellSyntaxError):
            parse_tests(text, type=NUMBER)
    assert len(parse_tests(",".join("1" * 1000), type=NUMBER).tests) == 1000  # type: ignore[union-attr]
