"""Customers over the API: created or changed by reference, masked, never said twice."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from stdnum.cn import ric

from accounts.customers import queries
from accounts.customers.models import Customer
from accounts.customers.sealing import opened_all
from backoffice.lib import clock
from compliance.ledger.models import LedgerEntry
from tests.api_client import LenderApp
from tests.lender import PERSON
from tests.problems import faults, problem
from tests.snapshots import nothing_written

WHOLE = {
    **PERSON, "reference": "A-1", "email": "Zhang@example.com", "address": "北京市朝阳区某路 1 号",
    "employer": "某某公司", "employment_status": "employed", "language": "en",
}  # fmt: skip
MASKED = {
    "legal_name": "张*明", "id_number": "110***********002X", "birth_date": "1949-**-**",
    "phone": "138****5678", "email": "Z***@example.com", "address": "北京市****",
    "employer": "****",
}  # fmt: skip


@pytest.fixture
def app(db: None) -> LenderApp:
    return LenderApp()


def test_a_new_reference_is_a_new_customer_shown_masked(app: LenderApp, still: dt.datetime) -> None:
    answer = app.post("customers", WHOLE)
    assert answer.status_code == 201
    customer = Customer.objects.get()
    assert answer.json() == {
        "id": customer.public_id, "reference": "A-1", "profile": MASKED,
        "employment_status": "employed", "language": "en",
        "created_at": "2026-06-01T04:00:00Z", "changed_at": "2026-06-01T04:00:00Z",
    }  # fmt: skip
    assert app.get(f"customers/{customer.public_id}").json() == answer.json()
    assert app.get("customers").json() == {"items": [answer.json()], "next": None}


def test_what_is_given_is_kept_as_given_and_the_birth_date_follows_from_the_number(
    app: LenderApp,
) -> None:
    app.post("customers", WHOLE)
    kept = opened_all(Customer.objects.get())
    assert kept == {
        **{name: WHOLE[name] for name in (*PERSON, "email", "address", "employer")},
        "birth_date": "1949-12-31",
    }


def test_a_known_reference_changes_only_what_is_given(
    app: LenderApp, still: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = app.post("customers", WHOLE).json()
    monkeypatch.setattr(clock, "now", lambda: still + dt.timedelta(days=1))
    answer = app.post("customers", {"reference": "A-1", "phone": "13900001111", "email": None})
    assert answer.status_code == 200
    assert answer.json() == {
        **first,
        "profile": {**MASKED, "phone": "139****1111", "email": ""},
        "changed_at": "2026-06-02T04:00:00Z",
    }
    assert Customer.objects.count() == 1
    changes = LedgerEntry.objects.filter(action="customer.changed").get()
    assert changes.detail == {"fields": ["email", "phone"]}
    assert (changes.actor_kind, changes.actor_id) == ("client", app.client.id)


def test_a_reference_is_enough(app: LenderApp) -> None:
    body = app.post("customers", {"reference": "A-1"}).json()
    assert set(body["profile"].values()) == {""}
    assert (body["employment_status"], body["language"]) == ("unknown", "zh-hans")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("reference", "", "blank"), ("reference", "a b", "malformed"),
        ("reference", "a" * 65, "max_length"), ("legal_name", "", "blank"),
        ("legal_name", " ", "blank"), ("legal_name", "张" * 81, "max_length"),
        ("legal_name", "张\n明", "bad_characters"),
        ("legal_name", "张\x85明", "control_characters"),
        ("id_number", "1" * 33, "max_length"), ("phone", "1234", "malformed"),
        ("phone", "call me", "malformed"), ("phone", "1" * 16, "malformed"),
        ("email", "nobody", "malformed"), ("email", "a@b", "malformed"),
        ("birth_date", "2026-06-02", "out_of_range"), ("birth_date", "1899-12-31", "far_away"),
        ("birth_date", "1990-02-30", "invalid"), ("birth_date", "19900101", "invalid"),
        ("employment_status", "rich", "invalid_choice"), ("employment_status", None, "null"),
        ("language", "fr", "invalid_choice"), ("language", None, "null"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_where_it_stands(
    app: LenderApp, still: dt.datetime, name: str, value: Any, code: str
) -> None:
    with nothing_written():
        answer = app.post("customers", {**WHOLE, name: value})
    kind = answer.json()["code"]
    assert kind in ("invalid", "profile_invalid")
    assert faults(answer, 422, kind) == {f"/{name}": code}
    shown = answer.content.decode()
    assert [text for text in PERSON.values() if text in shown] == []


def test_every_fault_of_a_profile_is_named_at_once(app: LenderApp) -> None:
    wrong = {"reference": "a b", "phone": "12", "email": "x"}
    answer = app.post("customers", {**WHOLE, **wrong})
    assert faults(answer, 422, "profile_invalid") == dict.fromkeys(
        ("/reference", "/phone", "/email"), "malformed"
    )


def with_check_digit(region: str) -> str:
    number = f"{region}19900307123"
    return number + str(ric.calc_check_digit(number + "0"))


@pytest.mark.parametrize("region", ["999999", "000000", "110199", "820000", "710000", "659099"])
def test_a_number_of_an_unknown_region_is_kept_and_called_invalid(
    app: LenderApp, region: str
) -> None:
    number = with_check_digit(region)
    answer = app.post("customers", {"reference": "A-1", "id_number": number})
    assert answer.status_code == 201, answer.content
    standing = app.get(f"customers/{answer.json()['id']}/verification")
    assert standing.status_code == 200
    assert standing.json()["id_number"] in ("invalid", "missing")


@pytest.mark.parametrize(
    "number", ["1", "11010519491231002x", "身份证", "110105194912310021", "１１０１０５"]
)
def test_a_number_that_cannot_be_right_is_a_fact_not_an_error(app: LenderApp, number: str) -> None:
    assert app.post("customers", {"reference": "A-1", "id_number": number}).status_code == 201


def test_one_is_found_by_the_lenders_reference(app: LenderApp) -> None:
    for reference in ("A-1", "A-2", "a-1"):
        app.post("customers", {"reference": reference})
    [found] = app.get("customers", reference="A-2").json()["items"]
    assert found["reference"] == "A-2"
    assert app.get("customers", reference="A-3").json()["items"] == []
    newest_first = [row["reference"] for row in app.get("customers").json()["items"]]
    assert newest_first == ["a-1", "A-2", "A-1"]


def test_lists_and_reads_take_two_queries_however_many_rows(
    app: LenderApp, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        last = app.post("customers", {**WHOLE, "reference": f"A-{number}"}).json()["id"]
    with django_assert_num_queries(2):  # who asks; the rows
        assert len(app.get("customers").json()["items"]) == 5
    with django_assert_num_queries(2):
        app.get(f"customers/{last}")


def test_one_new_reference_from_many_sides_at_once_is_one_customer(
    transactional_db: None,
) -> None:
    app = LenderApp()
    barrier = threading.Barrier(4)
    statuses: list[int] = []

    def send(phone: str) -> None:
        try:
            barrier.wait(10)
            answer = app.post("customers", {"reference": "A-1", "phone": phone})
            statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(f"1380000000{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert set(statuses) <= {200, 201}
    assert len(statuses) == 4
    assert Customer.objects.count() == 1
    assert queries.masked_profile(Customer.objects.get()).phone.startswith("138****000")


def test_an_unknown_customer_is_404_in_the_callers_words(app: LenderApp) -> None:
    body = problem(app.get("customers/cus_nobody"), 404, "customer_unknown")
    assert body["title"] == "No such customer."
