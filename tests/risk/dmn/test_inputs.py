"""JSON in and out: exact numbers, dates where the type says so, wrong values told by path."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.dmn import services
from risk.dmn.facts import InputRefused
from tests.risk.dmn.build import ask, data, decision, item, literal, load

PERSON = item(
    "tPerson",
    '<itemComponent name="born"><typeRef>date</typeRef></itemComponent>'
    '<itemComponent name="incomes" isCollection="true"><typeRef>number</typeRef></itemComponent>'
    '<itemComponent name="status"><typeRef>string</typeRef>'
    '<allowedValues><text>"S", "M"</text></allowedValues></itemComponent>',
)


def echo(type: str, value: Any) -> str:  # noqa: A002
    model = load(PERSON, data("x", type), decision("a", literal("x"), inputs=["x"]))
    return str(ask(model, "a", x=value))


@pytest.mark.parametrize(
    ("type", "value", "answer"),
    [
        ("date", "2026-01-31", '"2026-01-31"'),
        ("time", "10:00:00Z", '"10:00:00Z"'),
        ("date and time", "2026-01-31T10:00:00.5+08:00", '"2026-01-31T10:00:00.5+08:00"'),
        ("dateTime", "2026-01-31", '"2026-01-31T00:00:00Z"'),
        ("days and time duration", "PT36H", '"P1DT12H"'),
        ("years and months duration", "P14M", '"P1Y2M"'),
        ("string", "2026-01-31", '"2026-01-31"'),
        ("", {"a": ["x", None, True, 1]}, '{"a": ["x", null, true, 1]}'),
        ("feel:number", 1, "1"),
        ("tPerson", {"born": "2000-01-31", "incomes": 1},
         '{"born": "2000-01-31", "incomes": [1], "status": null}'),
        ("tPerson", None, "null"),
    ],
)  # fmt: skip
def test_a_value_comes_in_by_its_type(type: str, value: Any, answer: str) -> None:  # noqa: A002
    assert echo(type, value) == answer


@pytest.mark.parametrize(
    ("type", "value", "why"),
    [
        ("number", "1", 'input "x": has to be a number, not a string'),
        ("number", True, 'input "x": has to be a number, not a boolean'),
        ("boolean", 1, 'input "x": has to be a boolean, not a number'),
        ("date", "31.01.2026", 'input "x": has to be a date (ISO 8601)'),
        ("date", "2026-02-30", 'input "x": has to be a date (ISO 8601)'),
        ("time", "10:00:00@Europe/Paris", 'input "x": Named time zones are not supported'),
        ("time", "10:00:00.1234567", 'input "x": Times finer than a microsecond'),
        ("date", "10000-01-01", 'input "x": Dates outside the years 1 to 9999'),
        ("days and time duration", "P1M", "has to be a days and time duration"),
        ("number", [1, 2], 'input "x": has to be a number, not a list'),
        ("tPerson", 5, 'input "x": has to be a "tPerson", not a number'),
        ("tPerson", {"brn": None}, 'input "x": "tPerson" has no "brn"; did you mean "born"'),
        ("tPerson", {"status": "X"}, 'input "x".status: has to be one of "S", "M"'),
        ("tPerson", {"incomes": [1, "2"]},
         'input "x".incomes[2]: has to be a number, not a string'),
        ("string", "\ud800", 'input "x": the text is not valid Unicode'),
        ("", ["a\x00"], 'input "x"[1]: the text is not valid Unicode'),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_by_its_path_and_never_said(
    type: str,  # noqa: A002
    value: Any,
    why: str,
) -> None:
    with pytest.raises(InputRefused) as caught:
        echo(type, value)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("NaN", "NaN is no JSON number"),
        ("-Infinity", "-Infinity is no JSON number"),
        ("1" * 35, "a number has more than 34 digits"),
        ("0." + "1" * 35, "a number has more than 34 digits"),
        ("1e7000", "a number is out of range"),
        ("1e99999999999999999999", "a number is out of range"),
        ('{"a": 1, "a": 2}', "an object names a member twice"),
        ("{", "no JSON"),
        ("[" * 100_000, "the JSON nests too deeply"),
        ("[" * 70 + "]" * 70, "A value nests more than 60 deep"),
    ],
)
def test_json_that_cannot_be_kept_exactly_is_refused(written: str, why: str) -> None:
    with pytest.raises(InputRefused) as caught:
        services.json_from(written)
    assert why in str(caught.value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**26),
                   max_value=10**26))  # fmt: skip
def test_a_number_comes_out_with_every_digit_it_went_in_with(number: Decimal) -> None:
    written = services.json_text(services.json_from(f"{number:f}"))
    assert Decimal(written) == number
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal) == number


@pytest.mark.parametrize(
    ("written", "answer"),
    [("1.10", "1.1"), ("-0.0", "0"), ("1e3", "1000"), ("1E-7", "0.0000001"), ("1e40", "1E+40"),
     ("100", "100"), ("10000000000000000000000000000000000000", "1E+37")],
)  # fmt: skip
def test_a_number_is_written_without_useless_zeros(written: str, answer: str) -> None:
    assert services.json_text(services.json_from(written)) == answer


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner,
                      max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(JSON)
def test_any_json_goes_through_an_untyped_input_unchanged(value: Any) -> None:
    model = load(data("x"), decision("a", literal("x"), inputs=["x"]))
    assert json.loads(ask(model, "a", x=value)) == value
