"""Lists page by key: every row once, whatever is added meanwhile, at the same price."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test.utils import CaptureQueriesContext

from backoffice.api.models import IdempotentRequest
from tests.api_client import LenderApp
from tests.problems import faults, problem

AT = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def add(*keys: str, status: int = 201) -> None:
    IdempotentRequest.objects.bulk_create(
        IdempotentRequest(
            client_id="c", key=key, fingerprint=b"", status=status, body=b"", created_at=AT
        )
        for key in keys
    )


@pytest.fixture
def rows(app: LenderApp) -> LenderApp:
    add(*"abcdefg")
    return app


def followed(app: LenderApp, **query: str) -> list[list[str]]:
    """Pages as the `next` links lead to them."""
    pages, answer = [], app.get("rows", **query)
    while True:
        body = answer.json()
        pages.append(body["items"])
        if body["next"] is None:
            return pages
        link = urlsplit(body["next"])
        assert (link.scheme, link.netloc, link.path) == ("http", "testserver", "/api/v1/rows")
        answer = app.http.get(f"{link.path}?{link.query}", headers=app.headers)


def test_pages_hold_every_row_once_newest_first(rows: LenderApp) -> None:
    assert followed(rows, limit="3") == [["g", "f", "e"], ["d", "c", "b"], ["a"]]


def test_a_last_page_that_is_full_has_no_next(rows: LenderApp) -> None:
    assert followed(rows, limit="7") == [list("gfedcba")]


def test_no_rows_are_an_empty_page(app: LenderApp) -> None:
    assert app.get("rows").json() == {"items": [], "next": None}


def test_rows_added_meanwhile_move_nothing(rows: LenderApp) -> None:
    first = rows.get("rows", limit="3").json()
    add("h", "i", "j")
    link = urlsplit(first["next"])
    second = rows.http.get(f"{link.path}?{link.query}", headers=rows.headers).json()
    assert (first["items"], second["items"]) == (["g", "f", "e"], ["d", "c", "b"])


def test_filters_stay_on_the_following_pages(rows: LenderApp) -> None:
    add("x", "y", "z", status=1)
    assert followed(rows, limit="2", is_old="true") == [["z", "y"], ["x"]]


def test_fifty_rows_are_given_when_nobody_says_how_many(app: LenderApp) -> None:
    add(*(f"k{n}" for n in range(51)))
    assert len(app.get("rows").json()["items"]) == 50
    assert len(app.get("rows", limit="200").json()["items"]) == 51


@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "1.5", "x", "1e2", "999999999999999999999999", "²", "٣", "+5"]
)
def test_a_limit_out_of_bounds_is_refused(rows: LenderApp, limit: str) -> None:
    problem(rows.get("rows", limit=limit), 400, "bad_limit")


@pytest.mark.parametrize("cursor", ["x", "MQ==", "%00", "a" * 5000, "////", "-1", "ⅷ"])
def test_a_cursor_that_was_not_given_is_refused(rows: LenderApp, cursor: str) -> None:
    problem(rows.get("rows", cursor=cursor), 400, "bad_cursor")


def test_a_cursor_of_another_list_is_refused(rows: LenderApp) -> None:
    from backoffice.api.pagination import _sealed

    problem(rows.get("rows", cursor=_sealed("3", "/api/v1/other")), 400, "bad_cursor")


def test_a_cursor_says_nothing_about_how_many_rows_there_are(rows: LenderApp) -> None:
    cursors = {
        parse_qs(urlsplit(rows.get("rows", limit="1").json()["next"]).query)["cursor"][0]
        for _ in range(3)
    }
    assert len(cursors) == 3  # sealed anew each time


def test_a_page_takes_one_query_and_counts_nothing(
    rows: LenderApp, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(2) as captured:  # type: ignore[operator]
        rows.get("rows", limit="3")
    assert isinstance(captured, CaptureQueriesContext)
    sql = captured.captured_queries[1]["sql"]
    assert "COUNT" not in sql
    assert "OFFSET" not in sql
    assert "LIMIT 4" in sql


def test_filters_choose_rows(rows: LenderApp) -> None:
    add("x", status=1)
    assert rows.get("rows", key="c").json()["items"] == ["c"]
    assert rows.get("rows", status="1").json()["items"] == ["x"]
    assert rows.get("rows", is_old="true").json()["items"] == ["x"]
    assert rows.get("rows", is_old="false").json()["items"] == list("gfedcba")
    assert rows.get("rows", is_old="true", key="c").json()["items"] == []


def test_a_misspelt_filter_is_refused_with_the_likely_name(rows: LenderApp) -> None:
    body = problem(rows.get("rows", statsu="1", zzz="1"), 400, "bad_filter")
    assert body["errors"] == [
        {
            "pointer": "/statsu",
            "code": "unknown_parameter",
            "detail": "Unknown parameter. Did you mean status?",
        },
        {"pointer": "/zzz", "code": "unknown_parameter", "detail": "Unknown parameter."},
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("key", "", "blank"), ("key", " ", "blank"), ("status", "", "blank"),
        ("is_old", "", "blank"), ("cursor", "", "blank"), ("limit", "", "blank"),
        ("is_old", "yes", "invalid"), ("is_old", "True", "invalid"), ("is_old", "1", "invalid"),
        ("status", "x", "invalid"), ("status", "NaN", "invalid"), ("status", "1e400", "invalid"),
        ("key", "a\0b", "invalid"), ("key", "a" * 21, "invalid"),
    ],
)  # fmt: skip
def test_a_filter_nobody_can_read_is_never_taken_for_no_filter(
    rows: LenderApp, name: str, value: str, code: str
) -> None:
    assert faults(rows.get("rows", **{name: value}), 400, "bad_filter") == {f"/{name}": code}


def test_a_filter_given_twice_is_refused(rows: LenderApp) -> None:
    answer = rows.get("rows", key=["a", "b"])
    assert faults(answer, 400, "bad_filter") == {"/key": "repeated"}


def test_only_so_many_unknown_filters_are_named(rows: LenderApp) -> None:
    found = faults(rows.get("rows", **{f"x{n}": "1" for n in range(300)}), 400, "bad_filter")
    assert len(found) == 20
