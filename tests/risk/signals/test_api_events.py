"""Reporting events over the API: each answers for itself, and again as the first time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from risk.events.models import Event
from tests.api_client import LenderApp
from tests.lender import AT, Lender
from tests.problems import faults, problem
from tests.snapshots import nothing_written

ANDROID = {
    "platform": "android", "android_id": "9f1c2b7d60e4a583", "manufacturer": "Xiaomi",
    "model": "23127PN0CC", "system_version": "15.0.24.9.25", "screen": "1200x2670",
    "language": "zh-Hans-CN", "time_zone": "Asia/Shanghai", "network": "5g", "app": "8.4.1",
}  # fmt: skip


@pytest.fixture
def customer(lender: Lender) -> str:
    return lender.customer("A-17")


@pytest.fixture
def app(lender: Lender, still: dt.datetime) -> LenderApp:
    return LenderApp()


def event(event_id: Any, kind: str, customer: str, at: dt.datetime = AT, **fields: Any) -> Any:
    return {
        "event_id": event_id, "kind": kind, "customer_id": customer,
        "occurred_at": at.isoformat(), **fields,
    }  # fmt: skip


def report(app: LenderApp, *events: Any) -> Any:
    return app.post("events", {"events": list(events)}, key="")


def listed(app: LenderApp, customer: str, **query: Any) -> list[str]:
    """The ids of all pages."""
    found, answer = [], app.get(f"customers/{customer}/events", **query).json()
    while True:
        found += [item["event_id"] for item in answer["items"]]
        if answer["next"] is None:
            return found
        answer = app.http.get(answer["next"], headers=app.headers).json()


def test_each_event_is_answered_in_order_and_refused_by_itself(
    app: LenderApp, customer: str
) -> None:
    answer = report(
        app,
        event("E-1", "application", customer, amount_cents=500_000, product="flex-credit"),
        event("E-2", "score", customer, score=1200),
        "no event",
        {**event("E-3", "login", customer, device=ANDROID), "customer_id": None,
         "customer_reference": "A-17"},
    )  # fmt: skip
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(each["event_id"], each["status"]) for each in results] == [
        ("E-1", "accepted"), ("E-2", "refused"), (None, "refused"), ("E-3", "accepted"),
    ]  # fmt: skip
    assert results[1]["errors"] == [
        {"pointer": "/score", "code": "too_great", "detail": "Must be 1000 or less."}
    ]
    assert {each["code"] for each in results[2]["errors"]} == {"required"}
    assert Event.objects.count() == 2


def test_a_duplicate_is_answered_byte_for_byte_as_the_first_time(
    app: LenderApp, customer: str
) -> None:
    events = [event("E-1", "refusal", customer), event("E-2", "drawdown", customer, amount_cents=1)]
    first = report(app, *events)
    with nothing_written():
        assert report(app, *events).content == first.content
        changed = report(app, event("E-1", "refusal", customer, reason="fraud")).json()
    [result] = changed["results"]
    assert (result["status"], result["errors"][0]["code"]) == ("refused", "event_conflict")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, {"/events": "required"}),
        ({"events": None}, {"/events": "null"}),
        ({"events": []}, {"/events": "empty"}),
        ({"events": {}}, {"/events": "not_a_list"}),
        ({"events": [1] * 1001}, {"/events": "too_many"}),
        ({"event_id": "E-1", "events": [1]}, {"/event_id": "unknown_field"}),
    ],
)
def test_a_body_that_is_no_batch_is_refused_whole(
    app: LenderApp, body: Any, found: dict[str, str]
) -> None:
    with nothing_written():
        assert faults(app.post("events", body, key="")) == found


def test_a_thousand_logins_fit_and_a_body_beyond_the_limit_does_not(
    app: LenderApp, customer: str
) -> None:
    events = [
        event(f"login-2026-06-01-{n:032}", "login", customer, device=ANDROID) for n in range(1000)
    ]
    answer = report(app, *events)
    assert {each["status"] for each in answer.json()["results"]} == {"accepted"}
    long = {**ANDROID, "fonts": "x" * 500, "canvas": "x" * 500}
    with nothing_written():
        problem(report(app, *[{**each, "device": long} for each in events]), 413, "too_large")


def test_faults_are_told_in_the_callers_language(lender: Lender, still: dt.datetime) -> None:
    answer = report(LenderApp(language="zh-hans"), event("E-1", "refusal", lender.customer(), x=1))
    [result] = answer.json()["results"]
    assert result["errors"][0]["detail"] == "未知字段。"


class TestReadingBack:
    def test_events_come_newest_first_by_their_own_time(
        self, app: LenderApp, lender: Lender, customer: str
    ) -> None:
        kinds = ["refusal", "drawdown", "score"]
        for n in (3, 0, 4, 1, 2):
            moment = AT - dt.timedelta(days=40 * n)
            fields = {"drawdown": {"amount_cents": n}, "score": {"score": n}}
            kind = kinds[n % 3]
            report(app, event(f"E-{n}", kind, customer, moment, **fields.get(kind, {})))
        report(app, event("other", "refusal", lender.customer("B-1")))
        assert listed(app, customer) == [f"E-{n}" for n in range(5)]
        assert listed(app, customer, limit=1) == [f"E-{n}" for n in range(5)]
        assert listed(app, customer, kind="drawdown", limit=1) == ["E-1", "E-4"]
        since = (AT - dt.timedelta(days=120)).isoformat()
        assert listed(app, customer, occurred_from=since) == ["E-0", "E-1", "E-2", "E-3"]
        assert listed(app, customer, occurred_before=since, limit=1) == ["E-4"]
        assert listed(app, customer, occurred_from=since, occurred_before=since) == []

    def test_events_of_one_moment_are_neither_lost_nor_doubled(
        self, app: LenderApp, customer: str
    ) -> None:
        report(app, *[event(f"E-{n}", ["refusal", "cure"][n % 2], customer) for n in range(7)])
        assert listed(app, customer, limit=2) == [f"E-{n}" for n in range(6, -1, -1)]

    def test_nothing_personal_comes_back(self, app: LenderApp, customer: str) -> None:
        report(
            app,
            event("E-1", "application", customer, amount_cents=5, phone="13812345678",
                  address="静安区一号", product="flex-credit", device=ANDROID),
        )  # fmt: skip
        [item] = app.get(f"customers/{customer}/events").json()["items"]
        assert item.pop("device_id").startswith("dev_")
        assert item == {
            "event_id": "E-1", "kind": "application", "occurred_at": "2026-06-01T04:00:00Z",
            "received_at": "2026-06-01T04:00:00Z", "amount_cents": 5,
            "detail": {"product": "flex-credit"},
        }  # fmt: skip

    def test_wrong_filters_and_strange_cursors_are_refused(
        self, app: LenderApp, customer: str
    ) -> None:
        path = f"customers/{customer}/events"
        assert faults(app.get(path, kind="x"), 400, "bad_filter") == {"/kind": "invalid"}
        wrong = app.get(path, occurred_from="2026-06-01T00:00:00")
        assert faults(wrong, 400, "bad_filter") == {"/occurred_from": "invalid"}
        for cursor in ("x", "%00", "é"):
            problem(app.get(path, cursor=cursor), 400, "bad_cursor")
        problem(app.get(f"customers/cus_{'a' * 26}/events"), 404, "customer_unknown")

    def test_a_page_is_a_bounded_number_of_queries_and_of_rows(
        self, app: LenderApp, customer: str, django_assert_num_queries: Any
    ) -> None:
        report(app, *[event(f"E-{n}", "refusal", customer) for n in range(200)])
        with django_assert_num_queries(4):  # token, customer, page, rows
            app.get(f"customers/{customer}/events", limit=50)
