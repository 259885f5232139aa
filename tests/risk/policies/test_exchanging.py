"""Versions leave the console as files, files come in as drafts, and bad ones cost nothing."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.staff.facts import Role
from backoffice.lib import uploads
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from risk.exchange import services as exchange
from risk.exchange.facts import FileRefused
from risk.policies import exchanging, starter
from risk.policies.file_words import fault_words
from risk.policies.models import PolicyVersion
from risk.tables.services import model_from_json
from tests.lender import Lender
from tests.risk.policies.versions import draft, snapshot

STARTER = model_from_json(starter.consumer_credit())
IMPORT = "/admin/risk/policyversion/draft_from_file/"
READ = {"xlsx": exchange.model_from_workbook, "dmn": exchange.model_from_dmn}
AsRole = Callable[[Role], Client]


def live() -> PolicyVersion:
    return PolicyVersion.objects.get(status="live")


def address(kind: str, version: PolicyVersion) -> str:
    return reverse(f"admin:risk_policyversion_{kind}", args=[version.pk])


def upload(browser: Client, raw: bytes, **given: str) -> Any:
    file = SimpleUploadedFile("whatever.bin", raw)
    form = {"title": "from a file", "product": "flex-credit", "file": file, **given}
    return browser.post(IMPORT, form)


@pytest.mark.parametrize("kind", ["xlsx", "dmn"])
def test_a_version_is_downloaded_as_exactly_its_content(
    kind: str, lender: Lender, as_role: AsRole
) -> None:
    answer = as_role(Role.AUDITOR).get(address(kind, live()))
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="flex-credit-v1.{kind}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert READ[kind](raw=answer.content) == STARTER


@pytest.mark.parametrize("kind", ["xlsx", "dmn"])
def test_what_was_downloaded_comes_in_as_a_draft_with_the_same_content(
    kind: str, lender: Lender, as_role: AsRole
) -> None:
    browser = as_role(Role.RISK_ANALYST)
    answer = upload(browser, browser.get(address(kind, live())).content)
    version = PolicyVersion.objects.get(number=2)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:risk_policyversion_change", args=[version.pk])
    assert (version.status, version.title, version.content) == (
        "draft", "from a file", live().content,
    )  # fmt: skip
    entry = LedgerEntry.objects.order_by("id").last()
    assert (entry.action, entry.subject_id) == ("policy.drafted", version.public_id)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("flex credit v2.xlsx", "flex credit v2.xlsx"),
        ("策略　新版.dmn", "策略 新版.dmn"),
        ("cafe\u0301.xlsx", "caf\u00e9.xlsx"),
        ("D:\\books\\policy.xlsx", "policy.xlsx"),
        ("a\u202excod.exe\u200b\x7f.xlsx", "axcod.exe.xlsx"),
        ("one\u2028two.xlsx", "one two.xlsx"),
        ("x" * 200 + ".xlsx", "x" * 99 + "…" + "x" * 15 + ".xlsx"),
    ],
)
def test_the_ledger_names_the_file_a_draft_was_read_from_and_holds_none_of_it(
    given: str, kept: str, lender: Lender, as_role: AsRole
) -> None:
    raw = exchange.workbook_from_model(model=STARTER)
    file = SimpleUploadedFile("whatever.bin", raw)
    file._name = given  # past the cleaning of the test's own browser
    version = exchanging._drafted(
        {"title": "t", "product": "flex-credit", "file": file}, staff(lender.author.pk)
    )
    entry = LedgerEntry.objects.order_by("id").last()
    assert (entry.action, entry.subject_id) == ("policy.drafted", version.public_id)
    assert entry.detail == {"hash": "", "file": kept, "sha256": hashlib.sha256(raw).hexdigest()}
    assert len(entry.detail["file"]) <= 120


def test_the_file_is_named_in_the_history_of_the_version(lender: Lender, as_role: AsRole) -> None:
    raw = exchange.dmn_from_model(model=STARTER, name="p")
    browser = as_role(Role.RISK_ANALYST)
    page = browser.get(upload(browser, raw)["Location"]).content.decode()
    assert "file: whatever.bin" in page
    assert hashlib.sha256(raw).hexdigest() not in page


def test_a_draft_from_no_file_names_none(lender: Lender) -> None:
    draft(lender)
    assert LedgerEntry.objects.order_by("id").last().detail == {"hash": ""}


def test_a_draft_with_faults_leaves_as_a_workbook_and_says_why_not_as_dmn(
    lender: Lender, as_role: AsRole
) -> None:
    content = copy.deepcopy(starter.consumer_credit())
    for row in range(7):
        content["tables"][0]["rules"][row]["inputs"][2] = "<< 3"
    version = draft(lender, content)
    browser = as_role(Role.RISK_ANALYST)
    workbook = browser.get(address("xlsx", version)).content
    assert exchange.model_from_workbook(raw=workbook) == model_from_json(content)
    answer = browser.get(address("dmn", version), follow=True)
    page = answer.content.decode()
    assert "restrictions, rule 1, column 3: A value is expected here." in page
    assert "And 2 more." in page


BAD_DMN = exchange.dmn_from_model(model=STARTER, name="x").replace(
    b"&quot;failed&quot;", b"if true then 1 else 2"
).replace(b">score<", b">score + 1<")  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"hello", "This is neither a workbook (.xlsx) nor a DMN model."),
        (b"%PDF-1.7", "This is neither a workbook (.xlsx) nor a DMN model."),
        (b"PK\x03\x04 broken", "This is no .xlsx workbook, or a damaged one."),
        (b"\xd0\xcf\x11\xe0", "save it as .xlsx."),
        (b"<svg/>", "no DMN model"),
        (b"\xef\xbb\xbf\n<a>", "no well-formed XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "entity declarations are not allowed"),
        (BAD_DMN, "An input is an input data the decision requires, not an expression."),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_every_fault_and_nothing_is_written(
    raw: bytes, told: str, lender: Lender, as_role: AsRole
) -> None:
    before = snapshot()
    answer = upload(as_role(Role.RISK_ANALYST), raw)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert "Nothing was drafted" in answer.content.decode()
    assert 'value="from a file"' in answer.content.decode()
    assert snapshot() == before


def test_of_a_file_with_several_faults_all_are_told(lender: Lender, as_role: AsRole) -> None:
    page = upload(as_role(Role.RISK_ANALYST), BAD_DMN).content.decode()
    assert page.count("An input is an input data the decision requires") == 2
    assert "rule 1, input 1" in page


def test_what_is_wrong_with_a_model_as_a_policy_is_told_in_chinese() -> None:
    with pytest.raises(FileRefused) as refused:
        exchange.model_from_dmn(raw=BAD_DMN)
    with translation.override("zh-hans"):
        said = {fault_words(fault) for fault in refused.value.faults}
    assert said == {
        "输入必须是该决策所依赖的输入数据，不能是表达式。",
        "无法识别该词；文本需要加引号。（第 1 个字符）",
    }


def test_a_file_over_the_limit_is_not_kept_and_the_page_says_so(
    lender: Lender, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = as_role(Role.RISK_ANALYST)
    monkeypatch.setattr(uploads, "BYTES_AT_MOST", 1000)
    before = snapshot()
    answer = upload(browser, exchange.workbook_from_model(model=STARTER))
    assert "The file is too large." in answer.content.decode()
    assert not answer.wsgi_request.FILES
    assert snapshot() == before


@pytest.mark.parametrize("left_out", ["title", "product", "file"])
def test_a_form_that_is_not_filled_in_is_shown_again(
    left_out: str, lender: Lender, as_role: AsRole
) -> None:
    file = SimpleUploadedFile("p.xlsx", exchange.workbook_from_model(model=STARTER))
    form = {"title": "t", "product": "flex-credit", "file": file}
    del form[left_out]
    before = snapshot()
    answer = as_role(Role.RISK_ANALYST).post(IMPORT, form)
    assert answer.status_code == 200
    assert "This field is required." in answer.content.decode()
    assert snapshot() == before


def test_who_may_not_draft_cannot_bring_in_a_file(lender: Lender, as_role: AsRole) -> None:
    before = snapshot()
    browser = as_role(Role.AUDITOR)
    assert browser.get(IMPORT).status_code == 403
    raw = exchange.workbook_from_model(model=STARTER)
    assert upload(browser, raw).status_code == 403
    assert snapshot() == before


@pytest.mark.parametrize("kind", ["xlsx", "dmn"])
def test_a_version_that_is_not_there_is_not_found(
    kind: str, lender: Lender, as_role: AsRole
) -> None:
    browser = as_role(Role.AUDITOR)
    address = reverse(f"admin:risk_policyversion_{kind}", args=[live().pk + 99])
    assert browser.get(address).status_code == 404
