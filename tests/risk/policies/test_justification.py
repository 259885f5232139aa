"""The justification for closing by association, wherever a policy goes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.staff.facts import Role
from compliance.ledger.facts import staff
from risk.exchange import services as exchange
from risk.policies import inspection, screens, services
from risk.policies.models import PolicyVersion
from risk.tables.services import content_hash, model_from_json
from tests.lender import AT, Lender
from tests.risk.policies.test_association import CLOSING, WHY, about_links
from tests.risk.policies.versions import backtest, draft, submit

pytestmark = pytest.mark.usefixtures("signal_of_links")

AsRole = Callable[[Role], Client]
LINE = f"Links to other people may close access. The recorded justification: “{WHY}”"
CLOSES = (
    "Restrictions, row 18: This row closes access because of links to other people. Links may only "
    "limit, unless the policy records a justification."
)


def address(version: PolicyVersion, verb: str = "change") -> str:
    return f"/admin/risk/policyversion/{version.pk}/{verb}/"


@pytest.fixture
def justified(lender: Lender) -> PolicyVersion:
    return draft(lender, about_links(CLOSING, why=WHY))


def test_it_is_saved_with_the_draft_and_can_be_taken_out(
    lender: Lender, justified: PolicyVersion, as_role: AsRole
) -> None:
    assert justified.content["association_justification"] == WHY
    analyst = as_role(Role.RISK_ANALYST)

    def save(why: str, revision: int) -> Any:
        body = {"content": about_links(CLOSING, why=why), "cases": [], "revision": revision}
        return analyst.post(address(justified, "save"), body, "application/json").json()

    said = save("", 0)
    assert "association_justification" not in said["content"]
    [fault] = said["review"]["faults"]
    assert (fault["rule"], fault["column"], fault["isOfJustification"]) == (17, 10, False)
    assert fault["text"].startswith("This row closes access because of links")
    said = save("too short", 1)
    assert said["content"]["association_justification"] == "too short"
    assert [fault["isOfJustification"] for fault in said["review"]["faults"]] == [False, True]
    said = save(WHY, 2)
    assert said["review"]["faults"] == []
    justified.refresh_from_db()
    assert justified.content["association_justification"] == WHY


def test_a_text_no_database_can_hold_is_refused_with_its_place(
    lender: Lender, justified: PolicyVersion, as_role: AsRole
) -> None:
    for why in ("x\x00", 7, None, "x" * 10_001):
        content = {**justified.content, "association_justification": why}
        answer = as_role(Role.RISK_ANALYST).post(
            address(justified, "save"), {"content": content, "cases": [], "revision": 0},
            "application/json",
        )  # fmt: skip
        assert answer.status_code == 422, why
        assert "association_justification" in json.dumps(answer.json())
    justified.refresh_from_db()
    assert justified.content["association_justification"] == WHY


def test_it_is_frozen_under_the_hash_and_read_on_the_versions_page(
    lender: Lender, justified: PolicyVersion, as_role: AsRole
) -> None:
    submit(lender, justified)
    justified.refresh_from_db()
    plain = content_hash(model_from_json(about_links(CLOSING)))
    assert justified.content_hash == content_hash(model_from_json(justified.content)) != plain
    page = as_role(Role.AUDITOR).get(address(justified)).content.decode()
    assert "Why links to other people may close access" in page
    assert page.count(WHY) == 2  # by itself, and in words under the restrictions
    assert LINE in page


def test_who_approves_reads_it_before_everything_else_that_is_signed_in_spite_of(
    lender: Lender, justified: PolicyVersion, as_role: AsRole
) -> None:
    submit(lender, justified)
    backtest(lender, justified)
    justified.refresh_from_db()
    with translation.override("en"):
        assert screens.warning_lines(justified) == [LINE, CLOSES]
    dialog = as_role(Role.POLICY_APPROVER).get(address(justified, "approve")).content.decode()
    assert LINE in dialog
    assert CLOSES in dialog


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", LINE), ("zh-hans", f"与他人的关联可导致关闭使用。记录的理由：“{WHY}”")],
)
def test_the_reading_of_the_restrictions_ends_with_it(
    language: str, text: str, justified: PolicyVersion
) -> None:
    said = inspection.readings(model=model_from_json(justified.content), language=language)
    assert [reading.association for reading in said] == [text, ""]
    plain = inspection.readings(model=model_from_json(about_links()), language=language)
    assert [reading.association for reading in plain] == ["", ""]


def test_what_differs_between_two_versions_names_it(
    lender: Lender, justified: PolicyVersion, as_role: AsRole
) -> None:
    old = PolicyVersion.objects.get(status="live")
    query = f"?old={old.public_id}&new={justified.public_id}"
    page = as_role(Role.AUDITOR).get(
        reverse("admin:risk_policyversion_compare") + query
    ).content.decode()  # fmt: skip
    assert f"why links to other people may close access <del>—</del> → <ins>{WHY}</ins>" in page
    printed = io.StringIO()
    call_command("policy_diff", old.public_id, justified.public_id, stdout=printed)
    assert f"association_justification: - → {WHY}" in printed.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "dmn"])
def test_it_leaves_with_the_file_and_comes_back_as_it_was(
    kind: str, lender: Lender, justified: PolicyVersion, as_role: AsRole
) -> None:
    read = {"xlsx": exchange.model_from_workbook, "dmn": exchange.model_from_dmn}[kind]
    raw = as_role(Role.AUDITOR).get(address(justified, kind)).content
    assert read(raw=raw) == model_from_json(justified.content)


def test_a_copy_of_the_version_takes_it_along(lender: Lender, justified: PolicyVersion) -> None:
    services.reject(
        public_id=justified.public_id, note="later", actor=staff(lender.author.pk), at=AT
    )
    copied = draft(lender, justified.content)
    assert copied.content == justified.content
