"""Identity checks, bureau records and the standing answer over the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.verification.models import BureauRecord, IdentityCheck
from tests.api_client import LenderApp
from tests.lender import PERSON
from tests.problems import faults
from tests.snapshots import nothing_written

AT = "2026-06-01T04:00:00Z"
UNKNOWN = {
    "status": "unverified", "legal_name": "missing", "id_number": "missing", "phone": "missing",
    "finding": "missing", "cause": "no_record",
}  # fmt: skip
CHECK = {"method": "face", "result": "passed", "provider": "acme", "performed_at": AT}
RECORD = {**PERSON, "bureau": "pboc", "reported_at": AT}


@pytest.fixture
def app(db: None, still: dt.datetime) -> LenderApp:
    return LenderApp()


@pytest.fixture
def path(app: LenderApp) -> str:
    return f"customers/{app.post('customers', {'reference': 'A-1', **PERSON}).json()['id']}"


def test_before_anything_is_known_everything_is_missing(app: LenderApp, path: str) -> None:
    assert app.get(f"{path}/verification").json() == UNKNOWN


def test_a_check_is_kept_and_moves_the_standing_answer(app: LenderApp, path: str) -> None:
    answer = app.post(f"{path}/identity-verifications", CHECK)
    check = IdentityCheck.objects.get()
    assert (answer.status_code, answer.json()) == (201, {"id": check.public_id, **CHECK})
    assert app.get(f"{path}/verification").json() == {**UNKNOWN, "status": "verified"}
    failed = app.post(f"{path}/identity-verifications", {**CHECK, "result": "failed"}).json()
    assert app.get(f"{path}/verification").json()["status"] == "failed"
    assert app.get(f"{path}/identity-verifications").json() == {
        "items": [failed, answer.json()], "next": None,
    }  # fmt: skip


def test_an_inconclusive_check_changes_nothing(app: LenderApp, path: str) -> None:
    app.post(f"{path}/identity-verifications", CHECK)
    app.post(f"{path}/identity-verifications", {**CHECK, "result": "inconclusive"})
    assert app.get(f"{path}/verification").json()["status"] == "verified"


def test_a_provider_may_be_left_out(app: LenderApp, path: str) -> None:
    sent = {name: value for name, value in CHECK.items() if name != "provider"}
    assert app.post(f"{path}/identity-verifications", sent).json()["provider"] == ""


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ({}, {}, ("unverified", "match", "match", "match", "match", "")),
        (
            {}, {"phone": "13900001111"},
            ("unverified", "match", "match", "differs", "phone", "other_phone"),
        ),
        (
            {}, {"legal_name": "张晓明"},
            ("unverified", "typo", "match", "match", "name", "near_name"),
        ),
        (
            {}, {"legal_name": "李四光"},
            ("mismatch", "differs", "match", "match", "name", "other_name"),
        ),
        (
            {}, {"id_number": "110105194912310038"},
            ("mismatch", "match", "differs", "match", "id", "other_person"),
        ),
        (
            {"id_number": "110105194912310021"}, {},
            ("mismatch", "match", "invalid", "match", "id", "bad_check_digit"),
        ),
        (
            {}, {"phone": None, "legal_name": None},
            ("unverified", "missing", "match", "missing", "missing", "no_name"),
        ),
        (
            {"phone": None}, {"id_number": None},
            ("unverified", "match", "missing", "missing", "missing", "no_id_number"),
        ),
    ],
)  # fmt: skip
def test_a_bureau_record_is_compared_field_by_field(
    app: LenderApp, path: str, ours: dict[str, Any], theirs: dict[str, Any], wanted: Any
) -> None:
    app.post("customers", {"reference": "A-1", **ours})
    answer = app.post(f"{path}/bureau-records", {**RECORD, **theirs})
    standing = dict(zip(UNKNOWN, wanted, strict=True))
    record = BureauRecord.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": record.public_id, "bureau": "pboc", "reported_at": AT, "recorded_at": AT,
            "verification": standing,
        },
    )  # fmt: skip
    assert app.get(f"{path}/verification").json() == standing


def test_the_newest_report_counts_not_the_last_to_arrive(app: LenderApp, path: str) -> None:
    newest = app.post(f"{path}/bureau-records", RECORD).json()
    older = {**RECORD, "phone": "13900001111", "reported_at": "2026-05-01T00:00:00Z"}
    late = app.post(f"{path}/bureau-records", older).json()
    assert late["verification"]["phone"] == "match"
    items = app.get(f"{path}/bureau-records").json()["items"]
    assert [row["id"] for row in items] == [late["id"], newest["id"]]
    assert set(items[0]) == {"id", "bureau", "reported_at", "recorded_at"}


def test_correcting_the_profile_is_compared_at_once(app: LenderApp, path: str) -> None:
    app.post(f"{path}/bureau-records", {**RECORD, "phone": "13900001111"})
    app.post("customers", {"reference": "A-1", "phone": "+86 139 0000 1111"})
    assert app.get(f"{path}/verification").json()["phone"] == "match"


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("identity-verifications", CHECK, "performed_at"),
        ("bureau-records", RECORD, "reported_at"),
    ],
)
def test_the_future_is_refused_beyond_what_clocks_differ(
    app: LenderApp, path: str, name: str, body: dict[str, Any], field: str
) -> None:
    assert app.post(f"{path}/{name}", {**body, field: "2026-06-01T04:05:00Z"}).status_code == 201
    with nothing_written():
        answer = app.post(f"{path}/{name}", {**body, field: "2026-06-01T04:05:01Z"})
    assert faults(answer, 422, "time_in_future") == {f"/{field}": "time_in_future"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("method", "palm", "invalid_choice"), ("result", "PASSED", "invalid_choice"),
        ("provider", "x" * 41, "max_length"), ("performed_at", "2026-06-01T04:00:00", "naive"),
        ("performed_at", "0001-01-01T00:00:00Z", "far_away"), ("performed_at", 1, "invalid"),
    ],
)  # fmt: skip
def test_a_wrong_check_is_refused(
    app: LenderApp, path: str, field: str, value: Any, code: str
) -> None:
    with nothing_written():
        answer = app.post(f"{path}/identity-verifications", {**CHECK, field: value})
    assert faults(answer) == {f"/{field}": code}


def test_lists_take_three_queries_however_many_rows(
    app: LenderApp, path: str, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        app.post(f"{path}/identity-verifications", CHECK)
        app.post(f"{path}/bureau-records", RECORD)
    for name in ("identity-verifications", "bureau-records"):
        with django_assert_num_queries(3):  # who asks; the customer; the rows
            assert len(app.get(f"{path}/{name}").json()["items"]) == 3
