"""Request fields take what they say and nothing else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from rest_framework import serializers

from backoffice.api import fields
from tests.api_client import LenderApp
from tests.backoffice.api.urls import WORKED, Thing
from tests.problems import faults, problem

NAME = {"name": "a"}
OWNER = "cus_mk4gjr3ny232l5xm2etouknciu"  # a constant: xdist workers must collect the same


def codes(field: serializers.Field[Any, Any, Any, Any], value: Any) -> list[str]:
    with pytest.raises(serializers.ValidationError) as caught:
        field.run_validation(value)
    return [str(code) for code in caught.value.get_codes()]  # type: ignore[union-attr]


@pytest.mark.parametrize("value", ["a", "张小明", "  a", "é", "\U0001f600", "a\u200bb"])
def test_text_takes_any_string_people_write(value: str) -> None:
    assert fields.Text().run_validation(value) == value.strip()


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["a"]])
def test_text_is_not_made_from_other_types(value: Any) -> None:
    assert codes(fields.Text(), value) == ["not_text"]


@pytest.mark.parametrize("value", ["a\0", "a\nb", "\ud800", "a\x7f", "\t\ud83d"])
def test_text_refuses_control_and_incomplete_characters(value: str) -> None:
    assert codes(fields.Text(), value) == ["bad_characters"]


@pytest.mark.parametrize(("value", "code"), [("", "blank"), ("   ", "blank"), (None, "null")])
def test_text_refuses_nothing_said(value: Any, code: str) -> None:
    assert codes(fields.Text(), value) == [code]


def test_text_counts_characters_not_bytes() -> None:
    field = fields.Text(max_length=3)
    assert field.run_validation("张小明") == "张小明"
    assert codes(field, "张小明明") == ["max_length"]


@pytest.mark.parametrize("value", [0, 1, -1, 2**63 - 1, -(2**63 - 1)])
def test_whole_takes_what_a_bigint_holds(value: int) -> None:
    assert fields.Whole().run_validation(value) == value


@pytest.mark.parametrize("value", ["1", True, False, 1.0, Decimal(1), [], {}, "١"])
def test_whole_takes_json_integers_only(value: Any) -> None:
    assert codes(fields.Whole(), value) == ["invalid"]


@pytest.mark.parametrize(
    ("value", "code"), [(2**63, "max_value"), (10**30, "max_value"), (-(10**30), "min_value")]
)
def test_whole_refuses_what_no_column_holds(value: int, code: str) -> None:
    assert codes(fields.Whole(), value) == [code]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1, "1"),
        (Decimal("0.1"), "0.1"),
        ("0.10", "0.10"),
        ("-2.5", "-2.5"),
        (Decimal("1E+1"), "10"),
    ],
)
def test_exact_keeps_decimals_exact(value: Any, wanted: str) -> None:
    found = fields.Exact(max_digits=6, decimal_places=2).run_validation(value)
    assert found == Decimal(wanted)


@pytest.mark.parametrize(
    "value", [True, 0.1, "NaN", "Infinity", "1e3", "1_0", "٣", " 1", "", [], "+1"]
)
def test_exact_refuses_what_is_no_plain_decimal(value: Any) -> None:
    assert codes(fields.Exact(max_digits=6, decimal_places=2), value) == ["invalid"]


@pytest.mark.parametrize("value", ["", " ", "\u3000"])
def test_an_empty_string_is_not_null_even_where_null_is_allowed(value: str) -> None:
    field = fields.Exact(max_digits=6, decimal_places=2, allow_null=True)
    assert codes(field, value) == ["invalid"]
    assert field.run_validation(None) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (10**30, "max_digits"), ("0.001", "max_decimal_places"), (Decimal("1E+30"), "max_digits"),
        (Decimal("1E-30"), "max_digits"), ("12345.67", "max_digits"),
    ],
)  # fmt: skip
def test_exact_refuses_more_digits_than_it_keeps(value: Any, code: str) -> None:
    assert codes(fields.Exact(max_digits=6, decimal_places=2), value) == [code]


@pytest.mark.parametrize("value", ["yes", "true", 1, 0, "", [], {}])
def test_flag_takes_true_and_false_only(value: Any) -> None:
    assert codes(fields.Flag(), value) == ["invalid"]
    assert fields.Flag().run_validation(True) is True
    assert fields.Flag().run_validation(False) is False


@pytest.mark.parametrize(
    "text",
    ["2026-06-01T12:00:00+08:00", "2026-06-01T04:00:00Z", "2026-06-01 04:00:00.000000+00:00"],
)
def test_moment_is_utc_inside(text: str) -> None:
    found = fields.Moment().run_validation(text)
    assert (found, found.tzinfo) == (dt.datetime(2026, 6, 1, 4, tzinfo=dt.UTC), dt.UTC)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-06-01T04:00:00", "naive"), ("2026-06-01", "naive"), ("yesterday", "invalid"),
        ("2026-02-30T00:00:00Z", "invalid"), (1717214400, "invalid"), (True, "invalid"),
        ("0001-01-01T00:00:00Z", "far_away"), ("9999-12-31T23:59:59Z", "far_away"),
        ("1899-12-31T23:59:59Z", "far_away"), ("2200-01-01T00:00:00Z", "far_away"),
        ("2026-06-01T04:00:00+99:00", "invalid"), ("2026-06-01T25:00:00Z", "invalid"),
    ],
)  # fmt: skip
def test_moment_refuses_what_is_no_instant(value: Any, code: str) -> None:
    assert codes(fields.Moment(), value) == [code]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-6-1", "invalid"), ("20260601", "invalid"), ("2026-W01-1", "invalid"),
        ("2026-02-30", "invalid"), (20260601, "invalid"), ("2026-06-01T00:00:00Z", "invalid"),
        ("1899-12-31", "far_away"), ("2200-01-01", "far_away"), ("٢٠٢٦-٠٦-٠١", "invalid"),
    ],
)  # fmt: skip
def test_day_refuses_what_is_no_calendar_date(value: Any, code: str) -> None:
    assert codes(fields.Day(), value) == [code]
    assert fields.Day().run_validation("2024-02-29") == dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    "value",
    ["cus_", "cus_abc", OWNER.upper(), f"{OWNER}a", OWNER.replace("cus", "dec"), f"{OWNER[:-1]}1"],
)
def test_a_public_id_has_its_own_shape(value: str) -> None:
    assert codes(fields.PublicId("cus"), value) == ["not_an_id"]
    assert fields.PublicId("cus").run_validation(OWNER) == OWNER


@pytest.mark.parametrize("value", ["ONE", "one ", "", 1, None, True, [], {}, ["one"]])
def test_a_choice_is_exact_and_says_what_there_is_to_choose(value: Any) -> None:
    field = fields.Choice(["one", "two"])
    assert codes(field, value) == ["null" if value is None else "invalid_choice"]
    if value == "ONE":
        with pytest.raises(serializers.ValidationError, match=r"one, two"):
            field.run_validation(value)


def test_a_whole_body_comes_out_as_python_values(app: LenderApp) -> None:
    sent = {
        "name": " 张小明 ", "count": 100, "share": "0.1234", "seen_at": "2026-06-01T12:00:00+08:00",
        "born_on": "2000-02-29", "owner_id": OWNER, "is_new": False, "inner": {"code": "one"},
        "parts": [{"code": "two"}],
    }  # fmt: skip
    answer = app.post("echo", sent)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        **sent, "name": "张小明", "seen_at": "2026-06-01T04:00:00Z", "inner": {"code": "one"},
    }  # fmt: skip


def test_every_wrong_field_is_named_at_once_by_its_pointer(app: LenderApp) -> None:
    sent = {
        "name": 5, "count": 101, "share": "NaN", "seen_at": "2026-06-01T00:00:00",
        "born_on": "x", "owner_id": "dec_x", "is_new": "yes", "inner": {"code": "three"},
        "parts": [{"code": "one"}, {"cod": "one"}],
    }  # fmt: skip
    assert faults(app.post("things", sent)) == {
        "/name": "not_text", "/count": "max_value", "/share": "invalid", "/seen_at": "naive",
        "/born_on": "invalid", "/owner_id": "not_an_id", "/is_new": "invalid",
        "/inner/code": "invalid_choice", "/parts/1/code": "required",
        "/parts/1/cod": "unknown_field",
    }  # fmt: skip
    assert WORKED == []


def test_a_misspelt_field_is_refused_with_the_likely_name(app: LenderApp) -> None:
    body = problem(app.post("things", {**NAME, "cuont": 1, "zzz": 2}), 422, "invalid")
    assert body["errors"] == [
        {
            "pointer": "/cuont",
            "code": "unknown_field",
            "detail": "Unknown field. Did you mean count?",
        },
        {"pointer": "/zzz", "code": "unknown_field", "detail": "Unknown field."},
    ]
    assert WORKED == []


def test_pointers_are_escaped_as_the_standard_says(app: LenderApp) -> None:
    assert faults(app.post("things", {**NAME, "a/b~c": 1})) == {"/a~1b~0c": "unknown_field"}


def test_only_so_many_unknown_fields_are_named(app: LenderApp) -> None:
    found = faults(app.post("things", {**NAME, **{f"x{n}": 1 for n in range(500)}}))
    assert len(found) == fields.UNKNOWN_FIELDS_NAMED


@pytest.mark.parametrize("value", [None, 1, "x", [], [1]])
def test_an_object_is_wanted_where_an_object_is_wanted(app: LenderApp, value: Any) -> None:
    found = faults(app.post("things", {**NAME, "inner": value}))
    assert set(found) == {"/inner"}


def test_one_serializer_serves_all_requests_of_a_language() -> None:
    assert fields.prototype(Thing, "en") is fields.prototype(Thing, "en")
    assert fields.prototype(Thing, "en") is not fields.prototype(Thing, "zh-hans")
