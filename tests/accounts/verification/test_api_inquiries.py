"""Asking outside over the API: accepted at once, answered by a worker."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.verification.inquiry_models import Inquiry
from accounts.verification.simulator import simulating
from accounts.verification.tasks import ask_due_inquiries
from tests.api_client import LenderApp
from tests.lender import PERSON
from tests.problems import faults, problem
from tests.snapshots import nothing_written

pytestmark = pytest.mark.django_db(transaction=True)

AT = "2026-06-01T04:00:00Z"


@pytest.fixture
def app(still: dt.datetime) -> LenderApp:
    return LenderApp()


@pytest.fixture
def path(app: LenderApp) -> str:
    customer = app.post("customers", {"reference": "A-1", **PERSON}).json()["id"]
    app.post(f"customers/{customer}/consents", {"purpose": "bureau_query", "document_version": "1"})
    return f"customers/{customer}"


def test_a_question_is_accepted_answered_by_a_worker_and_read_back(
    app: LenderApp, path: str, settings: Any
) -> None:
    with simulating() as (url, asked):
        settings.BUREAU_URL = url
        accepted = app.post(f"{path}/inquiries", {"kind": "bureau"}, key="k-1")
        again = app.post(f"{path}/inquiries", {"kind": "bureau"}, key="k-1")
        row = Inquiry.objects.get()
        said = {
            "id": row.public_id, "kind": "bureau", "state": "queued", "attempts": 0,
            "failure": "", "requested_at": AT, "finished_at": None,
        }  # fmt: skip
        assert (accepted.status_code, accepted.json()) == (202, said)
        assert (again.status_code, again.content) == (202, accepted.content)
        assert asked == []
        assert ask_due_inquiries() == 1
        assert asked == [row.public_id]
    answered = {**said, "state": "answered", "attempts": 1, "finished_at": AT}
    assert app.get(f"{path}/inquiries").json() == {"items": [answered], "next": None}
    assert len(app.get(f"{path}/bureau-records").json()["items"]) == 1
    assert app.get(f"{path}/verification").json()["legal_name"] == "match"


def test_what_cannot_be_asked_is_refused_and_writes_nothing(
    app: LenderApp, path: str, settings: Any
) -> None:
    settings.BUREAU_URL = "http://bureau.example"
    with nothing_written():
        answer = app.post(f"{path}/inquiries", {"kind": "identity"})
        problem(answer, 409, "provider_not_configured")
        answer = app.post(f"{path}/inquiries", {"kind": "police"})
        assert faults(answer) == {"/kind": "invalid_choice"}
    assert app.post(f"{path}/inquiries", {"kind": "bureau"}).status_code == 202
    with nothing_written():
        problem(app.post(f"{path}/inquiries", {"kind": "bureau"}), 409, "inquiry_open")
    app.post(f"{path}/consent-withdrawals", {"purpose": "bureau_query"})
    with nothing_written():
        problem(app.post(f"{path}/inquiries", {"kind": "bureau"}), 409, "consent_missing")


def test_the_list_is_filtered_by_kind_and_state(app: LenderApp, path: str, settings: Any) -> None:
    settings.BUREAU_URL = settings.IDENTITY_URL = "http://outside.example"
    bureau = app.post(f"{path}/inquiries", {"kind": "bureau"}).json()
    identity = app.post(f"{path}/inquiries", {"kind": "identity"}).json()
    assert app.get(f"{path}/inquiries").json()["items"] == [identity, bureau]
    assert app.get(f"{path}/inquiries", kind="bureau").json()["items"] == [bureau]
    assert app.get(f"{path}/inquiries", state="answered").json()["items"] == []
    problem(app.get(f"{path}/inquiries", state="lost"), 400, "bad_filter")


def test_the_list_takes_three_queries_however_many_rows(
    app: LenderApp, path: str, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.BUREAU_URL = settings.IDENTITY_URL = "http://outside.example"
    for kind in ("bureau", "identity"):
        app.post(f"{path}/inquiries", {"kind": kind})
    with django_assert_num_queries(3):  # who asks; the customer; the rows
        assert len(app.get(f"{path}/inquiries").json()["items"]) == 2
