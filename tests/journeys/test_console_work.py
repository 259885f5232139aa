"""A working day at the console: support, risk, compliance and audit at their own desks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.access.models import Access, Restriction
from accounts.customers import queries as customers
from accounts.staff.facts import Role
from backoffice.lib import clock
from compliance.ledger.models import LedgerEntry
from compliance.switches.models import Switch
from risk.policies.models import PolicyVersion
from tests.browser import Desk
from tests.lender import PERSON, Lender, prove

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def find_customer(here: Desk, text: str) -> Page:
    page = here.open("/admin/accounts/customer/")
    page.fill("#searchbar", text)
    page.press("#searchbar", "Enter")
    page.locator("#result_list").get_by_role("link", name="C-1").click()
    return page


def test_support_finds_a_customer_by_phone_says_why_and_reveals_with_a_reason(
    desk: Callable[[], Desk], employ, lender_on_disk: Lender
) -> None:
    customer = lender_on_disk.customer(score=590)
    lender_on_disk.decide(customer)
    employ(Role.SUPPORT_AGENT)
    here = desk()
    here.sign_in("support-agent")
    page = find_customer(here, PERSON["phone"])
    assert PERSON["phone"] not in page.evaluate("document.referrer + location.href")

    access = page.locator("#section-access")
    expect(access.get_by_text("LIMITED")).to_be_visible()
    expect(
        access.get_by_text("Your credit score is below what this service requires.")
    ).to_be_visible()
    expect(access.get_by_text("Paying on time")).to_be_visible()
    expect(page.get_by_text("138****5678")).to_be_visible()
    expect(page.get_by_text(PERSON["phone"])).not_to_be_visible()
    assert page.get_by_role("button", name="Lift").count() == 0

    page.get_by_text("Show personal data").click()
    page.locator("#dialog").get_by_text("phone").click()
    page.locator("#dialog").get_by_role("button", name="Show").click()
    expect(page.locator("#dialog").get_by_text("This field is required.")).to_be_visible()
    assert not LedgerEntry.objects.filter(action="customer.revealed").exists()
    page.fill("#dialog textarea[name=reason]", "Caller asks which number we hold")
    page.locator("#dialog").get_by_role("button", name="Show").click()
    expect(page.get_by_text(PERSON["phone"])).to_be_visible()
    entry = LedgerEntry.objects.get(action="customer.revealed")
    assert (entry.reason, entry.detail["fields"]) == (
        "Caller asks which number we hold", ["phone"],
    )  # fmt: skip


def test_an_analyst_mends_a_draft_and_another_person_puts_it_in_force(
    desk: Callable[[], Desk], employ, lender_on_disk: Lender
) -> None:
    employ(Role.RISK_ANALYST)
    employ(Role.POLICY_APPROVER)
    analyst, approver = desk(), desk()
    analyst.sign_in("risk-analyst")
    page = analyst.open("/admin/risk/policyversion/")
    page.get_by_text("New draft").click()
    page.fill("#dialog input[name=title]", "Stricter scores")
    page.fill("#dialog textarea[name=reason]", "Losses among low scores")
    analyst.submit("Create")
    draft = PolicyVersion.objects.get(status="draft")
    page.get_by_role("link", name="Stricter scores").click()

    page.locator("#restrictions-5-2").click()
    page.keyboard.type("< 600")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved. The tables are ready to be submitted.")).to_be_visible()
    draft.refresh_from_db()
    assert draft.content["tables"][0]["rules"][5]["inputs"][2] == "< 600"

    page.get_by_text("Submit for approval").click()
    page.fill("#dialog textarea[name=reason]", "Close below 600")
    analyst.submit("Submit")
    expect(page.get_by_text("Somebody else must approve it.")).to_be_visible()
    assert page.get_by_role("link", name="Approve").count() == 0

    prove(draft.public_id, clock.now(), customers=9, closes=3, open_appeals=1)
    approver.sign_in("policy-approver")
    page = approver.open(f"/admin/risk/policyversion/{draft.pk}/change/")
    page.get_by_role("link", name="Approve").click()
    expect(page.locator("#dialog")).to_contain_text("closes 3 customers, 1 with an open appeal")
    page.fill("#dialog textarea[name=reason]", "Row 6 read against the proposal")
    approver.submit("Approve")
    page.get_by_role("link", name="Put in force").click()
    page.fill("#dialog textarea[name=reason]", "From today")
    approver.submit("Put in force")
    expect(page.get_by_text("In force from now on.")).to_be_visible()
    assert list(
        PolicyVersion.objects.order_by("number").values_list("number", "status")
    ) == [(1, "retired"), (2, "live")]  # fmt: skip


def test_a_switch_masks_what_stays_underneath_and_its_release_shows_it_again(
    desk: Callable[[], Desk], employ, lender_on_disk: Lender
) -> None:
    customer = lender_on_disk.customer()
    lender_on_disk.decide(customer)
    row = customers.by_public_id(customer).pk
    stored = Access.objects.values().get()
    employ(Role.COMPLIANCE_OFFICER)
    here = desk()
    here.sign_in("compliance-officer")
    page = here.open("/admin/compliance/switch/")
    page.get_by_text("Turn a switch on").click()
    expect(page.locator("#dialog").get_by_text("1 customer can use it now")).to_have_count(2)
    page.fill("#dialog textarea[name=reason]", "Scores arrive wrong")
    here.submit("Turn on")
    expect(page.locator(".switch-banner")).to_contain_text("The whole platform")

    page = here.open(f"/admin/accounts/customer/{row}/change/")
    expect(page.locator(".switch-banner")).to_be_visible()
    access = page.locator("#section-access")
    expect(access.get_by_text("CLOSED")).to_be_visible()
    expect(access.get_by_text("Underneath, unchanged: open.")).to_be_visible()
    assert Access.objects.values().get() == stored

    page.locator(".switch-banner a").click()
    page.get_by_role("link", name="Release").click()
    page.fill("#dialog textarea[name=reason]", "Scores are right again")
    here.submit("Release")
    expect(page.locator(".switch-banner")).to_have_count(0)
    page = here.open(f"/admin/accounts/customer/{row}/change/")
    expect(page.locator("#section-access").get_by_text("OPEN")).to_be_visible()
    assert Switch.objects.get().release_note == "Scores are right again"

    page.locator("#section-access").get_by_role("button", name="Restrict").click()
    page.locator("#dialog select[name=effect]").select_option("CLOSED")
    page.fill("#dialog textarea[name=reason]", "Phone reported stolen")
    here.submit("Restrict")
    expect(page.get_by_text("The restriction is in force")).to_be_visible()
    expect(page.locator("#section-access").get_by_text("CLOSED")).to_be_visible()
    page.locator("#section-restrictions").get_by_role("button", name="Lift").click()
    page.fill("#dialog textarea[name=reason]", "Phone found")
    here.submit("Lift")
    expect(page.locator("#section-access").get_by_text("OPEN")).to_be_visible()
    assert Restriction.objects.get().lifted_at is not None


def test_an_auditor_sees_everything_and_can_press_nothing(
    desk: Callable[[], Desk], employ, lender_on_disk: Lender
) -> None:
    customer = lender_on_disk.customer(score=590)
    lender_on_disk.decide(customer)
    employ(Role.AUDITOR)
    here = desk()
    page = here.sign_in("auditor")
    links = page.locator("#nav-sidebar a[href^='/admin/']").evaluate_all(
        "found => [...new Set(found.map(one => one.getAttribute('href')))]"
    )
    assert len(links) > 15
    for link in links:
        here.open(link)
        expect(page.locator("#content")).to_be_visible()
        assert page.locator("a[hx-get]").count() == 0, link
        assert page.locator("a[href*='/add/']").count() == 0, link

    page = find_customer(here, "C-1")
    assert page.locator("a[hx-get]").count() == 0
    page.locator("#section-decisions a").first.click()
    expect(page.get_by_text("The answer")).to_be_visible()
    expect(page.locator("tr.is-fired")).to_have_count(2)
    page.get_by_role("link", name="test v1").click()
    expect(page.get_by_text("content hash: people approve")).to_be_visible()
    assert page.locator("#policy-editor").count() == 0
    before = LedgerEntry.objects.count()
    for path in ("/admin/risk/policyversion/new_draft/", "/admin/compliance/switch/turn_on/"):
        answer = page.request.post(f"{here.base}{path}", form={"reason": "x"})
        assert answer.status == 403
    assert LedgerEntry.objects.count() == before
