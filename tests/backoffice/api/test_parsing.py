"""JSON bodies, strictly, and never a word of them in an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from backoffice.api.parsing import DEPTH_AT_MOST, DIGITS_AT_MOST
from tests.api_client import LenderApp
from tests.backoffice.api.urls import WORKED
from tests.problems import faults, problem

SECRET = "张小明13812345678"


def nested(depth: int) -> str:
    """A body `depth` levels deep, itself included."""
    return '{"name": "a", "parts": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b" ", "The body is not valid JSON."),
        (b"{", "The body is not valid JSON."),
        (f'{{"name": "{SECRET}"'.encode(), "The body is not valid JSON."),
        (b'{"name": "a"} x', "The body is not valid JSON."),
        (b"{'name': 'a'}", "The body is not valid JSON."),
        (b'{"name": "a",}', "The body is not valid JSON."),
        (b'{"name": "a\nb"}', "The body is not valid JSON."),
        (b"[]", "The body must be a JSON object."),
        (b'"a"', "The body must be a JSON object."),
        (b"null", "The body must be a JSON object."),
        (b"12", "The body must be a JSON object."),
        (f'{{"name": "{SECRET}"}}'.encode("gbk"), "The body is not UTF-8."),
        (f'{{"name": "{SECRET}"}}'.encode("utf-16"), "The body is not UTF-8."),
        (b'{"name": "\xff"}', "The body is not UTF-8."),
        (b'{"name": "a", "share": NaN}', "NaN and Infinity are not numbers."),
        (b'{"name": "a", "share": Infinity}', "NaN and Infinity are not numbers."),
        (b'{"name": "a", "share": -Infinity}', "NaN and Infinity are not numbers."),
        (b'{"name": "a", "name": "b"}', "The body names the same field twice."),
        (b'{"inner": {"code": "one", "code": "two"}}', "The body names the same field twice."),
        (b'{"count": 1' + b"0" * DIGITS_AT_MOST + b"}", "A number has too many digits."),
        (b'{"share": 0.' + b"1" * DIGITS_AT_MOST + b"}", "A number has too many digits."),
        (b'{"name": "a", "share": 1e41}', "A number is too large or too small."),
        (b'{"name": "a", "share": 1e-41}', "A number is too large or too small."),
        (b'{"name": "a", "share": 1e999999999999999999999}', "A number is too large or too small."),
        (nested(DEPTH_AT_MOST + 1).encode(), "The body is nested too deeply."),
        (nested(100_000).encode(), "The body is nested too deeply."),
    ],
)  # fmt: skip
def test_a_body_that_is_no_clear_json_object_is_refused(
    app: LenderApp, body: bytes, title: str
) -> None:
    answer = app.post("things", body)
    assert problem(answer, 400, "parse_error")["title"] == title
    assert SECRET not in answer.content.decode()
    assert WORKED == []


def test_nesting_is_allowed_to_its_limit(app: LenderApp) -> None:
    assert "/parts" in " ".join(faults(app.post("things", nested(DEPTH_AT_MOST))))


@pytest.mark.parametrize(
    "encode",
    [
        lambda body: body.encode(),
        lambda body: body.encode("utf-8-sig"),  # a byte order mark, as spreadsheets write
        lambda body: json.dumps(json.loads(body)).encode(),  # \uXXXX escapes
    ],
)
def test_utf8_with_or_without_a_byte_order_mark_is_read_alike(
    app: LenderApp, encode: Callable[[str], bytes]
) -> None:
    answer = app.post("things", encode('{"name": "张小明"}'))
    assert (answer.status_code, answer.json()["name"]) == (201, "张小明")


def test_ten_to_the_thirtieth_is_a_number_out_of_range(app: LenderApp) -> None:
    sent = '{"name": "a", "count": 1000000000000000000000000000000, "share": 1e30}'
    assert faults(app.post("things", sent)) == {"/count": "max_value", "/share": "max_digits"}
    assert WORKED == []


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\u000a"])
def test_broken_characters_are_refused_where_they_stand(app: LenderApp, escape: str) -> None:
    assert faults(app.post("things", f'{{"name": "a{escape}"}}')) == {"/name": "bad_characters"}


def test_broken_field_names_do_not_break_the_answer(app: LenderApp) -> None:
    answer = app.post("things", '{"name": "a", "\\ud800": 1, "\\u0000": 2}')
    assert set(faults(answer).values()) == {"unknown_field"}


def test_a_body_of_more_than_a_mebibyte_is_too_large(app: LenderApp) -> None:
    problem(app.post("things", '{"name": "' + "a" * 1024 * 1024 + '"}'), 413, "too_large")
    assert WORKED == []


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a"],
)
def test_only_json_is_read(app: LenderApp, media_type: str) -> None:
    answer = app.http.post(
        "/api/v1/things", b'{"name": "a"}', content_type=media_type,
        headers={**app.headers, "idempotency-key": "k"},
    )  # fmt: skip
    problem(answer, 415, "unsupported_media_type")
    assert WORKED == []


def test_no_body_is_an_object_without_fields(app: LenderApp) -> None:
    assert faults(app.post("things", b"")) == {"/name": "required"}


def test_a_charset_that_json_does_not_have_changes_nothing(app: LenderApp) -> None:
    answer = app.http.generic(
        "POST", "/api/v1/things", '{"name": "张"}'.encode(), "application/json; charset=gbk",
        headers={**app.headers, "idempotency-key": "k"},
    )  # fmt: skip
    assert answer.json()["name"] == "张"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_only_json_is_answered(app: LenderApp, accept: str) -> None:
    answer = app.get("things", headers={"accept": accept})
    problem(answer, 406, "not_acceptable")


def test_wrong_types_everywhere_never_break_a_view(app: LenderApp) -> None:
    values: list[Any] = [None, True, 0, -1, 1.5, "", "x", [], [[]], {}, {"a": {}}, [{}]]
    names = ("name", "count", "share", "seen_at", "born_on", "owner_id", "is_new", "inner", "parts")
    for name in names:
        for value in values:
            answer = app.post("echo", {"name": "a", name: value})
            assert answer.status_code in (200, 422), (name, value, answer.content)
