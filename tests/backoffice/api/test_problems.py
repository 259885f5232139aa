"""Whatever goes wrong is answered as a problem document, and says nothing it should not."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client

from backoffice.api.oauth import ClientAuthentication
from tests.api_client import LenderApp
from tests.problems import problem


@pytest.mark.parametrize(
    ("name", "status", "code", "title"),
    [
        ("missing", 404, "thing_missing", "No such thing."),
        ("invalid", 422, "bad_thing", "No."),
        ("not-allowed", 403, "not_you", "Not you."),
        ("unavailable", 503, "closed", "Later."),
        ("unique", 409, "conflict", "This conflicts with what is stored."),
        ("trigger", 409, "conflict", "This conflicts with what is stored."),
        (
            "restart", 503, "database_unavailable",
            "The database is not available. Please try again.",
        ),
        ("unstorable", 422, "unstorable", "Some values are wrong."),
        ("surrogate", 400, "bad_request", "The request is malformed."),
        ("bug", 500, "internal_error", "Something went wrong on our side."),
    ],
)  # fmt: skip
def test_every_error_has_its_status_and_code(
    app: LenderApp, name: str, status: int, code: str, title: str
) -> None:
    answer = app.get(f"errors/{name}")
    assert problem(answer, status, code)["title"] == title
    assert "张小明" not in answer.content.decode()


def test_faults_of_a_service_are_listed(app: LenderApp) -> None:
    body = problem(app.get("errors/invalid"), 422, "bad_thing")
    assert body["errors"] == [{"pointer": "/a", "code": "odd", "detail": "Odd."}]


def test_a_service_may_add_members(app: LenderApp) -> None:
    answer = app.get("errors/conflict")
    assert (answer.status_code, answer.json()["thing"]) == (409, "t_1")


@pytest.mark.parametrize(
    ("name", "seconds"), [("unavailable", "2"), ("restart", "2"), ("throttled", "5")]
)
def test_what_passes_says_when_to_come_back(app: LenderApp, name: str, seconds: str) -> None:
    assert app.get(f"errors/{name}")["Retry-After"] == seconds


@pytest.mark.parametrize("name", ["missing", "invalid", "conflict", "unique", "bug"])
def test_what_does_not_pass_asks_for_no_retry(app: LenderApp, name: str) -> None:
    assert "Retry-After" not in app.get(f"errors/{name}")


def test_a_bug_is_logged_with_its_view_and_answered_without_its_words(
    app: LenderApp, caplog: pytest.LogCaptureFixture
) -> None:
    problem(app.get("errors/bug"), 500, "internal_error")
    logged = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [line["view"] for line in logged if line["event"] == "api_error"] == ["ErrorView"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/", "/api/", "/api/v1/things/"])
def test_an_unknown_path_is_a_problem_too(app: LenderApp, path: str) -> None:
    problem(app.http.get(path, headers=app.headers), 404, "not_found")


def test_a_path_with_a_character_no_id_has_is_not_found(app: LenderApp) -> None:
    problem(app.http.get("/api/v1/errors/a%00b", headers=app.headers), 404, "not_found")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_a_method_the_view_does_not_have_is_405_and_names_those_it_has(
    app: LenderApp, method: str
) -> None:
    answer = getattr(app.http, method)("/api/v1/things", headers=app.headers)
    problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, POST, HEAD"


def test_head_is_get_without_the_body(app: LenderApp) -> None:
    answer = app.http.head("/api/v1/things", headers=app.headers)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_host_that_is_not_ours_is_a_problem_too(app: LenderApp) -> None:
    answer = app.http.get("/api/v1/things", headers={**app.headers, "host": "elsewhere.example"})
    problem(answer, 400, "bad_request")


def test_a_page_of_the_console_is_never_a_problem(db: None) -> None:
    answer = Client(raise_request_exception=False).get("/nothing")
    assert answer["Content-Type"].startswith("text/html")


def test_a_database_that_goes_away_while_the_caller_is_recognised_is_503(app: LenderApp) -> None:
    with mock.patch.object(ClientAuthentication, "authenticate", side_effect=OperationalError):
        answer = app.get("things")
    problem(answer, 503, "database_unavailable")
    assert answer["Retry-After"] == "2"
