"""The queue of identity cases in the console: side by side, decided and revealed with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.staff.facts import Role
from accounts.verification.models import IdentityCase
from compliance.ledger.models import LedgerEntry
from tests.accounts.verification.numbers import GOOD
from tests.accounts.verification.records import bureau, person
from tests.accounts.verification.test_identity_cases import cases
from tests.console import press, statements

LIST = "/admin/accounts/identitycase/"


@pytest.fixture
def case(db: None) -> IdentityCase:
    bureau(person(phone="13900001111"), legal_name="张晓明")
    return IdentityCase.objects.get()


def page_of(case: IdentityCase, action: str = "") -> str:
    if action:
        return reverse(f"admin:accounts_identitycase_{action}", args=[case.pk])
    return reverse("admin:accounts_identitycase_change", args=[case.pk])


def test_both_sides_are_shown_masked_with_what_differs(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    text = as_role(Role.SUPPORT_AGENT).get(page_of(case)).content.decode()
    for shown in ("张*明", "138****5678", "139****1111", "≠", "character 2 differs", "likely typo"):
        assert shown in text
    for hidden in ("张小明", "张晓明", "13812345678", "13900001111", GOOD):
        assert hidden not in text
    assert text.count('class="is-different"') == 2
    assert "No other case waits." in text


def test_a_decision_leads_to_the_next_case(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    bureau(person("C-2"), legal_name="李红")
    following = IdentityCase.objects.latest("id")
    answer = press(
        as_role(Role.SUPPORT_AGENT), page_of(case, "rule"), ruling="same_person",
        reason="Passport seen in the branch", seen=case.verdict_id,
    )  # fmt: skip
    assert answer["HX-Redirect"] == page_of(following)
    assert cases() == [("name", "decided", "same_person"), ("name", "open", "")]
    last = press(
        as_role(Role.SUPPORT_AGENT), page_of(following, "rule"), ruling="other_person",
        reason="Not the same at all", seen=following.verdict_id,
    )  # fmt: skip
    assert last["HX-Redirect"] == LIST + "?state__exact=open"


def test_a_decision_on_what_has_changed_is_refused_and_stays_on_the_page(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    browser = as_role(Role.COMPLIANCE_OFFICER)
    given = {"ruling": "same_person", "reason": "Passport seen", "seen": case.verdict_id}
    person(legal_name="李红", phone="13900001111")
    answer = press(browser, page_of(case, "rule"), **given)
    assert answer["HX-Redirect"] == page_of(case)
    assert "The data changed while you looked." in browser.get(page_of(case)).content.decode()
    assert cases() == [("name", "open", "")]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.RISK_ANALYST])
def test_who_may_only_look_cannot_decide_or_reveal(
    as_role: Callable[[Role], Client], case: IdentityCase, role: Role
) -> None:
    browser = as_role(role)
    assert browser.get(page_of(case)).status_code == 200
    given = {"ruling": "same_person", "reason": "Passport seen", "seen": case.verdict_id}
    assert press(browser, page_of(case, "rule"), **given).status_code == 403
    assert press(browser, page_of(case, "reveal"), reason="I am curious").status_code == 403
    assert cases() == [("name", "open", "")]
    assert not LedgerEntry.objects.filter(action="customer.revealed").exists()


def test_both_sides_in_clear_are_recorded_with_the_reason(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    answer = press(
        as_role(Role.SUPPORT_AGENT), page_of(case, "reveal"), reason="Comparing with the passport"
    )
    text = answer.content.decode()
    for name in ("张<mark>小</mark>明", "张<mark>晓</mark>明"):  # where the two differ
        assert name in text
    whole = text.replace("<mark>", "").replace("</mark>", "")
    for value in ("张小明", "张晓明", "13812345678", "13900001111", GOOD):
        assert value in whole
    assert text.count("≠") == 2
    assert text.count("北京市朝阳区 1949-12-31") == 2  # what the number says by itself
    assert "no-store" in answer["Cache-Control"]
    entry = LedgerEntry.objects.get(action="customer.revealed")
    assert (entry.reason, entry.detail) == (
        "Comparing with the passport",
        {"fields": ["legal_name", "id_number", "phone"], "case": case.public_id},
    )


def test_one_number_in_two_spellings_is_shown_whole_and_an_absent_one_as_a_dash(
    as_role: Callable[[Role], Client], db: None
) -> None:
    bureau(person(phone="+86 138-1234-5678"), legal_name="李红", id_number=None)
    page = page_of(IdentityCase.objects.get(), "reveal")
    text = press(as_role(Role.SUPPORT_AGENT), page, reason="Comparing").content.decode()
    assert [value in text for value in (">+86 138-1234-5678<", ">13812345678<", ">—<")] == [
        True
    ] * 3
    assert text.count("≠") == 1


def test_a_decision_on_an_impossible_number_says_that_it_will_not_lift_the_mismatch(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    words = "ID number cannot be right: whatever is decided, the mismatch stands"
    browser = as_role(Role.SUPPORT_AGENT)
    assert words not in browser.get(page_of(case, "rule")).content.decode()
    person(id_number=GOOD[:-1] + "1")
    text = browser.get(page_of(case, "rule")).content.decode()
    assert [words in text, "ID number differs, wrong check digit." in text] == [True, True]


def test_an_ended_case_cannot_be_decided_again(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    person(legal_name="张晓明")
    text = as_role(Role.SUPPORT_AGENT).get(page_of(case)).content.decode()
    assert page_of(case, "rule") not in text
    assert page_of(case, "reveal") in text


def test_the_queue_is_cut_down_to_one_cause(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    bureau(person("C-2"), legal_name="李红")
    browser = as_role(Role.SUPPORT_AGENT)
    for cause, words in (("near_name", "nearly the same name"), ("other_name", "another name")):
        text = browser.get(f"{LIST}?state__exact=open&cause__exact={cause}").content.decode()
        rows = re.findall(r"field-cause[^>]*>\s*([^<]+?)\s*<", text)
        assert rows == [words]
    offered = set(re.findall(r"(finding|cause)__exact=(\w+)", browser.get(LIST).content.decode()))
    assert {value for name, value in offered if name == "finding"} == {"id", "name"}
    assert len(offered) == 2 + 8


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    browser = as_role(Role.SUPPORT_AGENT)
    browser.get(LIST)
    with statements() as one:
        browser.get(LIST)
    for number in range(4):
        bureau(person(f"C-{number + 5}"), legal_name="李红")
    with statements() as many:
        text = browser.get(LIST + "?state__exact=open").content.decode()
    assert len(many) == len(one)
    assert text.count("name differs") >= 5


def test_the_home_page_counts_what_waits_for_who_may_decide(
    as_role: Callable[[Role], Client], case: IdentityCase
) -> None:
    words = "identities to decide"
    assert words in as_role(Role.SUPPORT_AGENT).get("/admin/").content.decode()
    assert words not in as_role(Role.AUDITOR).get("/admin/").content.decode()
    person(legal_name="张晓明")
    assert words not in as_role(Role.SUPPORT_AGENT).get("/admin/").content.decode()
