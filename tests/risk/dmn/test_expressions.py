"""FEEL as conformance level 2 has it: what an expression is worth, to the last digit."""

from __future__ import annotations

import pytest

from tests.risk.dmn.build import ask, data, decision, feel, item, literal, load, refusal


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 4 - 3", "3"),
        ("10 - (4 - 3)", "9"),
        ("2 ** 3 ** 2", "64"),  # to the left, as every operator
        ("-3 ** 2", "9"),  # the sign is tighter than the power
        ("5 - -2", "7"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("2 / 3", "0.6666666666666666666666666666666667"),
        ("9999999999999999999999999999999999 + 1", "10000000000000000000000000000000000"),
        ("1.50 * 2.0", "3"),
        ("1 / 0", "null"),
        ("10 ** 7000", "null"),
        ("-(10 ** 7000)", "null"),
        ("(-8) ** 0.5", "null"),
        ("null + 1", "null"),
        ('1 + "1"', "null"),
        ('"a" + "b"', '"ab"'),
        ('"a" + null', "null"),
        (r'"a\"b\\c\u00e9\n"', '"a\\"b\\\\cé\\n"'),
        (r'"\U01F40E" + "\uD83D\uDC0E"', '"🐎🐎"'),
        ('"横綱"', '"横綱"'),
        ("1.0 = 1.00", "true"),
        ('1 = "1"', "null"),
        ("1 != 2", "true"),
        ("null = null", "true"),
        ("1 = null", "false"),
        ("1 < null", "null"),
        ('"a" < "b"', "true"),
        ("true < false", "null"),
        ("2 between 1 and 2 and true", "true"),
        ("3 in [1..3)", "false"),
        ("3 in (1, 2, >= 3)", "true"),
        ("3 in ]1..4[ and 1 = 1", "true"),
        ("5 in [1, [2..6]]", "true"),
        ("5 in [1, 2]", "false"),
        ("[1] in [[1, 2], [1]]", "true"),
        ("floor(1.56, null)", "null"),
        ("floor(1.56, 1)", "1.5"),
        ("if null then 1 else 2", "2"),
        ("if 1 > 2 then 1 else if 2 > 1 then 2 else 3", "2"),
        ("[1, 1 + 1]", "[1, 2]"),
        ("{a: 1, b c: a + 1}.b c", "2"),
        ('{a: "x", "b": [true, null]}', '{"a": "x", "b": [true, null]}'),
        ("[{a: 1}, {a: 2}].a", "[1, 2]"),
        ("[1, 2] = [1, 2]", "true"),
        ("{a: 1} = {a: 2}", "false"),
        ("sum(1, 2, 3.5)", "6.5"),
        ("max([3, 1, 2])", "3"),
        ("count([])", "0"),
        ("mean(1, 2)", "1.5"),
        ("floor(-1.5)", "-2"),
        ("round half up(2.345, 2)", "2.35"),
        ("decimal(2.345, 2)", "2.34"),
        ("modulo(-12, 5)", "3"),
        ("modulo(12, -5)", "-3"),
        ("modulo(10.1, 4.5)", "1.1"),
        ("abs(-1.5)", "1.5"),
        ('string length("横綱")', "2"),
        ('substring("foobar", -3, 2)', '"ba"'),
        ('substring(string: "foobar", start position: 4)', '"bar"'),
        ('upper case("aß")', '"ASS"'),
        ('contains("foobar", "of")', "false"),
        ('number("1.234,50", ".", ",")', "1234.5"),
        ("string(1.10)", '"1.1"'),
        ("// a note\n1 /* and one */ + 1", "2"),
    ],
)
def test_an_expression_is_worth(expression: str, value: str) -> None:
    assert feel(expression) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('date("2024-02-29") + duration("P1Y")', '"2025-02-28"'),
        ('date("2026-01-31") - duration("P1M")', '"2025-12-31"'),
        ('date("2026-03-01") - date("2026-02-01")', '"P28D"'),
        ('date("2026-01-31") < date("2026-02-01")', "true"),
        ('@"2026-01-31".year', "2026"),
        ('date and time("2026-01-31T23:30:00Z") + @"PT45M"', '"2026-02-01T00:15:00Z"'),
        ('@"2026-01-31T10:00:00+08:00" = @"2026-01-31T02:00:00Z"', "true"),
        ('@"2026-01-31T10:00:00" < @"2026-01-31T10:00:00Z"', "null"),
        ('@"2026-01-02T01:00:00Z" - @"2026-01-01"', '"P1DT1H"'),
        ('@"2026-01-02T01:00:00" - @"2026-01-01"', "null"),
        ('time("23:00:00") + duration("PT2H")', '"01:00:00"'),
        ('@"10:00:00.500"', '"10:00:00.5"'),
        ('duration("P1DT36H")', '"P2DT12H"'),
        ('duration("P14M") + duration("P1Y")', '"P2Y2M"'),
        ('-duration("PT1H30M")', '"-PT1H30M"'),
        ('duration("-P14M").years', "-1"),
        ('duration("-P14M").months', "-2"),
        ('duration("P1D") * 1.5', '"P1DT12H"'),
        ('duration("P1D") / duration("PT8H")', "3"),
        ('years and months duration(date("2020-01-31"), date("2026-01-30"))', '"P5Y11M"'),
        ('date("9999-12-31") + duration("P1D")', "null"),
        ('date("2026-01-31") + duration("P99999999Y")', "null"),
        ("date(2026, 2, 28)", '"2026-02-28"'),
        ('@"10:00:00+05:30".time offset', '"PT5H30M"'),
    ],
)
def test_a_date_a_time_or_a_duration_is_worth(expression: str, value: str) -> None:
    assert feel(expression) == value


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("Full Name", '"Hello " + Full Name'),
        ("Pre-bureau risk", '"Hello " + Pre-bureau risk'),
        ("Approved/Declined", '"Hello " + Approved/Declined'),
        ("Applicant's name", '"Hello " + Applicant\'s name'),
        ("姓名", '"Hello " + 姓名'),
        ("2nd name", '"Hello " + 2nd name'),
        ("name and title", '"Hello " + name and title'),
        ("Full Name", '"Hello " + Full\n   Name'),
    ],
)
def test_names_hold_spaces_and_symbols(name: str, expression: str) -> None:
    assert feel(expression, **{name: "Ada"}) == '"Hello Ada"'


def test_the_longest_known_name_wins_and_white_space_tells_it_from_a_subtraction() -> None:
    given = {"a": 5, "b": 3, "a-b": 100}
    assert feel("a-b", **given) == "100"
    assert feel("a - b", **given) == "2"


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("1 +", "character 4 of its text): a value is expected here, not the end"),
        ("1 2", "character 3 of its text): unexpected 2"),
        ('"abc', "character 1 of its text): the text has no closing quotation mark"),
        (r'"\q"', "the text has a bad escape"),
        (r'"\uD83D"', "the text has a bad escape"),
        (r'"\u0000"', "the text has a bad escape"),
        ("Incom", '"Incom" is not known here; did you mean "Income"'),
        ("Approved", '"Approved" is not known here; text needs quotation marks'),
        ("frob(1)", 'there is no function "frob"'),
        ("abs", '"abs" is a function: call it'),
        ("abs(1, 2)", '"abs" takes 1 arguments, not 2'),
        ("decimal(n: 1)", '"decimal" needs its parameter "scale"'),
        ("decimal(n: 1, n: 2)", '"n" is given twice'),
        ("1 < 2 < 3", "comparisons do not chain; join them with and"),
        ("[5..1]", "the interval's ends are the wrong way round"),
        ('[1.."a"]', "the ends of an interval are two values of one kind"),
        ("{a: 1, a: 2}", 'the context has "a" twice'),
        ('@"soon"', "this is no date, time or duration"),
        ('date("2026-02-30")', "this is no date"),
        ('time("10:00:00@Europe/Paris")', "Named time zones are not supported"),
        ("12345678901234567890123456789012345", "a number has at most 34 digits"),
        ("1e7000", "the number is out of range"),
        ("/* never closed", "the comment has no end"),
        ("for x in [1] return x", "for … return is not supported"),
        ("some x in [1] satisfies x > 0", "some … satisfies is not supported"),
        ("every x in [1] satisfies x > 0", "every … satisfies is not supported"),
        ("function(x) x", "a function definition is not supported"),
        ("[1, 2][1]", "filters and list positions, a[…], are not supported"),
        ("1 instance of number", "instance of is not supported"),
        ('matches("a", "a+")', 'the function "matches" is not supported'),
        ("today()", 'the function "today" is not supported'),
        ("(" * 100 + "1" + ")" * 100, "the expression nests more than 40 deep"),
        ("1" + " + 1" * 10_000, "the text has more than 20,000 characters"),
    ],
)
def test_what_cannot_be_read_is_refused_by_place(expression: str, why: str) -> None:
    told = refusal(data("Income"), decision("answer", literal(expression), inputs=["Income"]))
    assert told.startswith('decision "answer" (line 4, character ')
    assert why in told


def test_a_long_chain_of_operators_is_as_good_as_a_short_one() -> None:
    assert feel("0" + " + 1" * 4_000) == "4000"
    assert feel("true" + " and true" * 2_000) == "true"
    assert feel("--" * 5_000 + "1") == "1"


def test_a_path_into_a_known_type_is_checked_when_the_model_is_read() -> None:
    rate = '<itemComponent name="monthly rate"><typeRef>number</typeRef></itemComponent>'
    loan = item("tLoan", rate)
    good = decision("answer", literal("Loan.monthly rate * 12"), inputs=["Loan"])
    assert ask(load(loan, data("Loan", "tLoan"), good), "answer", Loan={"monthly rate": 0.01}) == (
        "0.12"
    )
    bad = decision("answer", literal("Loan.monthly rat"), inputs=["Loan"])
    assert '"tLoan" has no "monthly"; did you mean "monthly rate"' in refusal(
        loan, data("Loan", "tLoan"), bad
    )
