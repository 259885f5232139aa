"""What a customer agreed to, and no longer agrees to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from backoffice.lib import clock
from compliance.ledger.models import LedgerEntry
from tests.api_client import LenderApp
from tests.problems import faults, problem
from tests.snapshots import nothing_written

GIVEN = {"purpose": "bureau_query", "document_version": "2026-01"}


@pytest.fixture
def app(db: None, still: dt.datetime) -> LenderApp:
    return LenderApp()


@pytest.fixture
def path(app: LenderApp) -> str:
    return f"customers/{app.post('customers', {'reference': 'A-1'}).json()['id']}"


def test_a_consent_is_given_withdrawn_and_given_again(
    app: LenderApp, path: str, still: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = app.post(f"{path}/consents", GIVEN)
    first = {**GIVEN, "granted_at": "2026-06-01T04:00:00Z", "withdrawn_at": None}
    assert (given.status_code, given.json()) == (201, first)

    monkeypatch.setattr(clock, "now", lambda: still + dt.timedelta(hours=1))
    withdrawn = app.post(f"{path}/consent-withdrawals", {"purpose": "bureau_query"})
    first["withdrawn_at"] = "2026-06-01T05:00:00Z"
    assert (withdrawn.status_code, withdrawn.json()) == (201, first)

    monkeypatch.setattr(clock, "now", lambda: still + dt.timedelta(hours=2))
    again = app.post(f"{path}/consents", {**GIVEN, "document_version": "2026-02"}).json()
    assert app.get(f"{path}/consents").json() == {"items": [again, first], "next": None}
    actions = LedgerEntry.objects.filter(action__startswith="consent.").order_by("id")
    assert list(actions.values_list("action", "detail__purpose")) == [
        ("consent.granted", "bureau_query"),
        ("consent.withdrawn", "bureau_query"),
        ("consent.granted", "bureau_query"),
    ]


def test_a_second_consent_for_one_purpose_is_refused_while_the_first_is_in_force(
    app: LenderApp, path: str
) -> None:
    app.post(f"{path}/consents", GIVEN)
    with nothing_written():
        problem(app.post(f"{path}/consents", GIVEN), 409, "consent_in_force")
    other = app.post(f"{path}/consents", {**GIVEN, "purpose": "marketing"})
    assert other.status_code == 201


def test_what_was_never_given_cannot_be_withdrawn(app: LenderApp, path: str) -> None:
    with nothing_written():
        answer = app.post(f"{path}/consent-withdrawals", {"purpose": "marketing"})
        problem(answer, 404, "consent_unknown")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("purpose", "spying", "invalid_choice"), ("purpose", 1, "invalid_choice"),
        ("document_version", "", "blank"), ("document_version", "x" * 41, "max_length"),
    ],
)  # fmt: skip
def test_a_wrong_consent_is_refused(
    app: LenderApp, path: str, name: str, value: Any, code: str
) -> None:
    with nothing_written():
        answer = app.post(f"{path}/consents", {**GIVEN, name: value})
    assert faults(answer) == {f"/{name}": code}


def test_one_customers_consents_are_not_anothers(app: LenderApp, path: str) -> None:
    app.post(f"{path}/consents", GIVEN)
    other = app.post("customers", {"reference": "A-2"}).json()["id"]
    assert app.get(f"customers/{other}/consents").json()["items"] == []
