"""Somebody's data differ from the bureau's: staff decide, or the customer corrects, and access
follows by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.access.models import Access
from accounts.customers import queries as customers
from accounts.customers.facts import Profile
from accounts.staff.facts import Role
from accounts.verification import services as verification
from accounts.verification.models import IdentityCase
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from risk.signals import services as signals
from tests.accessible import violations
from tests.api_client import LenderApp
from tests.browser import Desk
from tests.journeys.test_a_worker_is_killed import sweep
from tests.lender import GOOD_SIGNALS, PERSON, Lender
from tests.processes import Process, wait_for, worker

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.django_db(transaction=True)]

REASON = "Passport seen in the branch"


@pytest.fixture
def at_work(lender_on_disk: Lender, broker: str) -> Iterator[Process]:
    with worker(broker_url=broker) as found:
        yield found


def mistaken(lender: Lender, reference: str, legal_name: str, at: dt.datetime) -> str:
    """Known to the bureau under another name; access is decided on that."""
    customer = lender.customer(reference)
    verification.upsert_customer(
        reference=reference, profile=Profile(legal_name=legal_name), actor=system("test"), at=at
    )
    signals.write(
        customer_id=customers.resolve_id(customer), values=GOOD_SIGNALS, observed_at=at
    )  # fmt: skip
    lender.decide(customer, at=at)
    return customer


def access_of(customer: str) -> str:
    return Access.objects.get(customer__public_id=customer).state


def follow(worker: Process, customer: str, state: str) -> None:
    sweep("let access follow who customers are")
    wait_for(lambda: access_of(customer) == state, worker.said)


def test_staff_compare_reveal_decide_and_go_on_and_access_follows(
    desk: Callable[[], Desk], employ: Callable[..., object], lender_on_disk: Lender,
    at_work: Process,
) -> None:  # fmt: skip
    now = timezone.now()
    married = mistaken(lender_on_disk, "C-1", "李四光", now)
    stranger = mistaken(lender_on_disk, "C-2", "张晓明", now)
    assert [access_of(married), access_of(stranger)] == ["CLOSED", "OPEN"]
    employ(Role.SUPPORT_AGENT)
    here = desk()
    page = here.sign_in("support-agent")

    page.get_by_role("link", name="identities to decide").click()
    rows = page.locator("#result_list tbody tr")
    expect(rows).to_have_count(2)
    rows.filter(has_text="C-1").get_by_role("link").first.click()

    sides = page.locator("table.sides")
    different = sides.locator("tr.is-different")
    expect(different).to_have_count(1)
    expect(different).to_contain_text("李*光")
    expect(different).to_contain_text("张*明")
    expect(different).to_contain_text("≠")
    expect(different).to_contain_text("every character differs")
    expect(page.get_by_text("张小明")).to_have_count(0)

    page.get_by_role("link", name="Show both sides").click()
    page.locator("#dialog").get_by_role("button", name="Show").click()
    expect(page.locator("#dialog").get_by_text("This field is required.")).to_be_visible()
    page.fill("#dialog textarea[name=reason]", "Caller is on the line")
    page.locator("#dialog").get_by_role("button", name="Show").click()
    expect(page.locator("#dialog").get_by_text("张小明")).to_be_visible()
    expect(page.locator("#dialog").get_by_text("李四光")).to_be_visible()
    assert LedgerEntry.objects.get(action="customer.revealed").reason == "Caller is on the line"
    expect(page.locator("#dialog").get_by_role("button", name="Show")).to_be_hidden()
    page.reload()
    expect(page.get_by_text("张小明")).to_have_count(0)

    page.get_by_role("link", name="Decide this case").click()
    page.locator("#dialog").get_by_text("The same person:").click()
    page.fill("#dialog textarea[name=reason]", REASON)
    here.submit("Decide this case")
    expect(page.get_by_text("The decision is recorded.")).to_be_visible()
    expect(page.locator("#identity-case")).to_contain_text("C-2")
    follow(at_work, married, "OPEN")

    page.get_by_role("link", name="Decide this case").click()
    page.locator("#dialog").get_by_text("Another person:").click()
    page.fill("#dialog textarea[name=reason]", "The voice is another's")
    here.submit("Decide this case")
    expect(rows).to_have_count(0)
    follow(at_work, stranger, "CLOSED")
    assert list(IdentityCase.objects.order_by("id").values_list("state", "ruling")) == [
        ("decided", "same_person"), ("decided", "other_person"),
    ]  # fmt: skip
    assert LedgerEntry.objects.filter(action="verification.case_decided", reason=REASON).exists()

    here.open(f"/admin/accounts/customer/{customers.resolve_id(married)}/change/")
    expect(page.locator("#section-access").get_by_text("OPEN")).to_be_visible()


def test_a_customer_s_own_correction_is_checked_at_once_and_lifts_the_restriction_by_itself(
    desk: Callable[[], Desk], employ: Callable[..., object], lender_on_disk: Lender,
    at_work: Process,
) -> None:  # fmt: skip
    customer = mistaken(lender_on_disk, "C-1", "李四光", timezone.now())
    app = LenderApp()
    path = f"customers/{customer}"
    closed = app.get(f"{path}/access/flex-credit").json()
    assert (closed["state"], [reason["code"] for reason in closed["reasons"]]) == (
        "CLOSED", ["IDENTITY_MISMATCH"],
    )  # fmt: skip
    assert closed["reasons"][0]["remedy"] != ""

    corrected = {"reference": "C-1", "legal_name": PERSON["legal_name"]}
    assert app.post("customers", corrected).status_code == 200
    assert app.get(f"{path}/verification").json() == {
        "status": "verified", "legal_name": "match", "id_number": "match", "phone": "match",
        "finding": "match", "cause": "",
    }  # fmt: skip
    follow(at_work, customer, "OPEN")
    opened = app.get(f"{path}/access/flex-credit").json()
    assert (opened["state"], opened["reasons"]) == ("OPEN", [])
    told = [notice["title"] for notice in app.get(f"{path}/notices").json()["items"]]
    assert told == ["Your Flex Credit is open", "Your Flex Credit is closed at present"]

    employ(Role.SUPPORT_AGENT)
    here = desk()
    here.sign_in("support-agent")
    page = here.open(f"/admin/accounts/identitycase/{IdentityCase.objects.get().pk}/change/")
    expect(page.locator("#identity-case").get_by_text("settled by new data")).to_be_visible()
    expect(page.locator("tr.is-different")).to_have_count(0)
    assert page.get_by_role("link", name="Decide this case").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_neither_pages_nor_dialogs_break_a_rule_of_accessibility(
    desk: Callable[[], Desk], employ: Callable[..., object], lender_on_disk: Lender, scheme: str
) -> None:
    customer = mistaken(lender_on_disk, "C-1", "李四光", timezone.now())
    case = f"/admin/accounts/identitycase/{IdentityCase.objects.get().pk}/change/"
    standing = f"/admin/accounts/verification/{customers.resolve_id(customer)}/change/"
    employ(Role.SUPPORT_AGENT)
    here = desk()
    here.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = here.sign_in("support-agent")
    found = {}
    for path, dialogs in {
        "/admin/accounts/identitycase/?state__exact=open": [],
        case: ["Decide this case", "Show both sides"],
        "/admin/accounts/verification/": [],
        standing: ["Ask outside"],
    }.items():
        found[path] = violations(here.open(path))
        for name in dialogs:
            here.open(path)
            page.get_by_role("link", name=name).click()
            expect(page.locator("#dialog form")).to_be_visible()
            found[name] = violations(page)
    assert {name: lines for name, lines in found.items() if lines} == {}
