"""One request, one name: in the answer and in every log line."""

from __future__ import annotations

import logging

import pytest

from tests.api_client import LenderApp


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]


def test_the_callers_id_comes_back_and_is_in_the_log(
    app: LenderApp, caplog: pytest.LogCaptureFixture
) -> None:
    answer = app.get("errors/bug", headers={"x-request-id": "order-17.a:b_c"})
    assert answer["X-Request-ID"] == "order-17.a:b_c"
    assert {line["request_id"] for line in logged(caplog)} == {"order-17.a:b_c"}


@pytest.mark.parametrize("given", ["", "张小明", "a b", 'a"b', "a" * 65, "a\tb"])
def test_free_text_is_replaced_by_an_id_of_our_own(
    app: LenderApp, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = app.get("errors/bug", headers={"x-request-id": given})
    assert len(answer["X-Request-ID"]) == 32
    assert {line["request_id"] for line in logged(caplog)} == {answer["X-Request-ID"]}


def test_two_requests_have_two_ids(app: LenderApp) -> None:
    assert app.get("things")["X-Request-ID"] != app.get("things")["X-Request-ID"]


@pytest.mark.parametrize("path", ["things", "errors/missing", "nothing", "things?x=1"])
def test_every_answer_has_one_and_is_not_to_be_kept(app: LenderApp, path: str) -> None:
    answer = app.get(path)
    assert len(answer["X-Request-ID"]) == 32
    assert answer["Cache-Control"] == "no-store"


def test_created_and_replayed_answers_have_their_own(app: LenderApp) -> None:
    first, again = (app.post("things", {"name": "a"}, key="k") for _ in range(2))
    assert again["Idempotency-Replayed"] == "true"
    assert first["X-Request-ID"] != again["X-Request-ID"]


def test_a_refused_caller_gets_one_too(app: LenderApp) -> None:
    app.token = "wrong"
    assert len(app.get("things")["X-Request-ID"]) == 32


def test_what_was_searched_for_is_not_logged(
    app: LenderApp, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        app.get("rows", key="13812345678", nonsense="张小明")
    text = " ".join(str(record.msg) for record in caplog.records)
    assert "GET /api/v1/rows" in text
    assert "13812345678" not in text
    assert "张小明" not in text
