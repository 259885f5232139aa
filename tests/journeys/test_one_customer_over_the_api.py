"""The story everything else hangs on, told over the API alone."""

from __future__ import annotations

import datetime as dt

import pytest

from compliance.ledger.facts import system
from compliance.switches import services as switches
from compliance.switches.facts import Effect, Kind
from tests.api_client import LenderApp
from tests.lender import PERSON, Lender

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_from_facts_to_access_to_notice_and_back(lender_on_disk: Lender) -> None:
    app = LenderApp()
    now = dt.datetime.now(tz=dt.UTC).isoformat()

    created = app.post("customers", {"reference": "A-1", **PERSON, "email": "z@example.com"})
    assert created.status_code == 201, created.content
    customer = created.json()["id"]
    assert created.json()["profile"]["phone"] == "138****5678"

    before = app.get(f"customers/{customer}/access/flex-credit").json()
    assert (before["state"], before["reasons"][0]["code"]) == ("CLOSED", "NOT_DECIDED")

    check = {"method": "face", "result": "passed", "performed_at": now}
    assert app.post(f"customers/{customer}/identity-verifications", check).status_code == 201
    bureau = {"bureau": "pboc", "reported_at": now, **PERSON, "phone": "13900001111"}
    compared = app.post(f"customers/{customer}/bureau-records", bureau)
    assert compared.json()["verification"] == {
        "status": "verified", "legal_name": "match", "id_number": "match", "phone": "differs",
        "finding": "phone", "cause": "other_phone",
    }  # fmt: skip

    values = {"score": 640, "months_late_now": 0, "months_late_max_6m": 0, "utilisation": "0.25",
              "applications_30d": 1, "age_years": 36}  # fmt: skip
    wrote = app.post(f"customers/{customer}/signals", {"observed_at": now, "values": values})
    assert wrote.status_code == 201, wrote.content

    decided = app.post("decisions", {"customer_id": customer, "product": "flex-credit"})
    assert decided.status_code == 201, decided.content
    assert decided.json()["state"] == "LIMITED"
    assert [reason["code"] for reason in decided.json()["reasons"]] == ["PHONE_MISMATCH"]

    access = app.get(f"customers/{customer}/access/flex-credit").json()
    assert (access["state"], access["terms"]["limit_cents"]) == ("LIMITED", 1_000_000)
    assert access["reasons"][0]["remedy"].startswith("Please update your phone number")

    [notice] = app.get(f"customers/{customer}/notices").json()["items"]
    assert notice["title"] == "Your Flex Credit is limited"
    assert "differs from the credit bureau" in notice["body"]
    read = app.post(f"customers/{customer}/notices/{notice['id']}/read", {})
    assert read.json()["read_at"] is not None

    app.post(f"customers/{customer}/bureau-records", {**bureau, **PERSON})
    again = app.post("decisions", {"customer_id": customer, "product": "flex-credit"})
    assert (again.json()["state"], again.json()["terms"]["limit_cents"]) == ("OPEN", 3_000_000)


def test_a_switch_masks_and_releasing_it_restores_exactly(lender_on_disk: Lender) -> None:
    app = LenderApp()
    customer = lender_on_disk.customer()
    lender_on_disk.decide(customer)
    path = f"customers/{customer}/access/flex-credit"
    before = app.get(path).json()
    assert before["state"] == "OPEN"

    at = dt.datetime.now(tz=dt.UTC)
    switch = switches.turn_on(
        scope="product:flex-credit", kind=Kind.EMERGENCY, effect=Effect.CLOSED,
        reason_code="EMERGENCY_STOP", note="bureau feed is wrong", actor=system("test"), at=at,
    )  # fmt: skip
    masked = app.get(path).json()
    assert (masked["state"], masked["stored_state"], masked["terms"]) == ("CLOSED", "OPEN", None)
    assert masked["reasons"][0]["code"] == "EMERGENCY_STOP"
    assert [row["id"] for row in app.get("switches", is_on="true").json()["items"]] == [switch]

    switches.release(public_id=switch, note="repaired", actor=system("test"), at=at)
    assert app.get(path).json() == before
