"""The reason catalogue over the API."""

from __future__ import annotations

import pytest

from compliance.reasons.models import Reason
from compliance.reasons.starter import STARTER_REASONS
from tests.api_client import LenderApp
from tests.lender import Lender
from tests.problems import faults, problem

PHONE = {
    "code": "PHONE_MISMATCH", "level": "customer",
    "text": "The phone number on file differs from the credit bureau's record.",
    "remedy": "Please update your phone number and confirm it by SMS, or have the bureau correct "
    "its record.",
    "is_appealable": True, "ends_by": "fact", "legal_basis": "",
}  # fmt: skip


@pytest.fixture
def app(lender: Lender) -> LenderApp:
    return LenderApp()


def test_one_reason_in_the_callers_language(app: LenderApp) -> None:
    assert app.get("reasons/PHONE_MISMATCH").json() == PHONE
    app.language = "zh-hans"
    chinese = app.get("reasons/PHONE_MISMATCH").json()
    assert chinese["remedy"] == "请更新手机号并完成短信验证，或联系征信机构更正记录。"
    assert {**chinese, "text": "", "remedy": ""} == {**PHONE, "text": "", "remedy": ""}


def test_every_reason_in_use_is_listed(app: LenderApp) -> None:
    items = app.get("reasons").json()["items"]
    assert {row["code"] for row in items} == {starter.code for starter in STARTER_REASONS}
    assert PHONE in items


def test_a_reason_out_of_use_is_not_listed_but_can_still_be_read(app: LenderApp) -> None:
    Reason.objects.filter(code="PHONE_MISMATCH").update(is_active=False)
    assert "PHONE_MISMATCH" not in {row["code"] for row in app.get("reasons").json()["items"]}
    assert app.get("reasons/PHONE_MISMATCH").json() == PHONE


def test_reasons_are_filtered_by_level(app: LenderApp) -> None:
    levels = {row["level"] for row in app.get("reasons", level="regulator").json()["items"]}
    assert levels == {"regulator"}
    answer = app.get("reasons", level="gods")
    assert faults(answer, 400, "bad_filter") == {"/level": "invalid"}


@pytest.mark.parametrize("code", ["NOTHING", "phone_mismatch", "原因"])
def test_an_unknown_reason_is_404(app: LenderApp, code: str) -> None:
    problem(app.get(f"reasons/{code}"), 404, "reason_unknown")
