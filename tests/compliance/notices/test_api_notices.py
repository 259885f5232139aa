"""A customer's inbox over the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from backoffice.lib import clock
from compliance.notices.models import Notice
from risk.signals import services as signals
from tests.api_client import LenderApp
from tests.lender import AT, Lender
from tests.problems import faults, problem
from tests.snapshots import nothing_written


@pytest.fixture
def app(lender: Lender, still: dt.datetime) -> LenderApp:
    return LenderApp()


def told_times(lender: Lender, customer: str, times: int) -> None:
    """Decisions whose answers differ, so that each is told."""
    row = Notice.objects.count
    from accounts.customers import queries

    customer_id = queries.resolve_id(customer)
    for number in range(times):
        at = AT + dt.timedelta(hours=number)
        score = {"score": 560 if number % 2 else 720}
        signals.write(customer_id=customer_id, values=score, observed_at=at)
        lender.decide(customer, at)
    assert row() == times


def test_a_notice_is_read_in_the_callers_language(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer(score=560)
    lender.decide(customer)
    body = app.get(f"customers/{customer}/notices").json()
    [notice] = body["items"]
    text = notice.pop("body")
    assert notice == {
        "id": Notice.objects.get().public_id, "template": "access_closed",
        "title": "Your Flex Credit is closed at present",
        "queued_at": "2026-06-01T04:00:00Z", "read_at": None,
    }  # fmt: skip
    assert body["next"] is None
    assert "Your credit score is below what this service requires." in text
    app.language = "zh-hans"
    [chinese] = app.get(f"customers/{customer}/notices").json()["items"]
    assert chinese["title"] == "您的灵活借目前不可用"
    assert "按时还款" in chinese["body"]


def test_the_newest_comes_first_and_the_unread_can_be_asked_for(
    lender: Lender, app: LenderApp
) -> None:
    customer = lender.customer()
    told_times(lender, customer, 3)
    path = f"customers/{customer}/notices"
    third, second, first = [row["id"] for row in app.get(path).json()["items"]]
    app.post(f"{path}/{second}/read", b"")
    assert [row["id"] for row in app.get(path, is_read="false").json()["items"]] == [third, first]
    assert [row["id"] for row in app.get(path, is_read="true").json()["items"]] == [second]
    assert [row["id"] for row in app.get(path, limit="2").json()["items"]] == [third, second]
    answer = app.get(path, is_read="no")
    assert faults(answer, 400, "bad_filter") == {"/is_read": "invalid"}


def test_reading_is_marked_once_and_needs_no_key(
    lender: Lender, app: LenderApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = lender.customer()
    lender.decide(customer)
    path = f"customers/{customer}/notices"
    [notice] = app.get(path).json()["items"]
    marked = app.post(f"{path}/{notice['id']}/read", {}, key="")
    assert (marked.status_code, marked.json()) == (
        200, {**notice, "read_at": "2026-06-01T04:00:00Z"},
    )  # fmt: skip
    monkeypatch.setattr(clock, "now", lambda: AT + dt.timedelta(hours=1))
    with nothing_written():
        again = app.post(f"{path}/{notice['id']}/read", {}, key="")
    assert again.json() == marked.json()


def test_another_customers_notice_cannot_be_marked(lender: Lender, app: LenderApp) -> None:
    mine, theirs = lender.customer("C-1"), lender.customer("C-2")
    lender.decide(theirs)
    notice = Notice.objects.get().public_id
    with nothing_written():
        problem(app.post(f"customers/{mine}/notices/{notice}/read", {}), 404, "notice_unknown")
    assert app.get(f"customers/{mine}/notices").json()["items"] == []


def test_a_list_takes_four_queries_however_many_notices(
    lender: Lender, app: LenderApp, django_assert_num_queries: Any
) -> None:
    customer = lender.customer()
    told_times(lender, customer, 6)
    with django_assert_num_queries(4):  # who asks; the customer; the notices; their reasons
        assert len(app.get(f"customers/{customer}/notices").json()["items"]) == 6
