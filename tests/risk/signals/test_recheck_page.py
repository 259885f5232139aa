"""Customers to decide again, in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.customers.models import Customer
from accounts.staff.facts import Role
from compliance.ledger.models import LedgerEntry
from risk.signals.models import Recheck
from risk.signals.recheck_admin import waiting_customers
from tests.console import press
from tests.lender import AT, Lender

pytestmark = pytest.mark.django_db
AsRole = Callable[[Role], Client]
PAGE = "/admin/risk/recheck/"


@pytest.fixture
def queue(lender: Lender) -> dict[str, Any]:
    """One customer in each state. Shape: state → row."""
    found = {}
    for state in ("waiting", "held", "failed", "stuck"):
        lender.customer(f"C-{state}")
        found[state] = Recheck.objects.create(
            customer=Customer.objects.get(reference=f"C-{state}"), state=state, asked_at=AT,
            due_at=None if state == "stuck" else AT, attempts=8 if state == "stuck" else 0,
            problem="policy_inconclusive" if state in ("failed", "stuck") else "",
        )  # fmt: skip
    return found


def test_the_list_says_what_each_waits_for_and_finds_one_by_reference(
    as_role: AsRole, queue: dict[str, Any]
) -> None:
    browser = as_role(Role.SUPPORT_AGENT)
    shown = browser.get(PAGE).content.decode()
    for words in ("held back by a cool-down", "needs somebody", "waiting for a worker"):
        assert words in shown
    assert shown.count("The policy gives no clear answer for this customer.") == 2
    rows = browser.get(f"{PAGE}?state__exact=stuck").context["cl"].result_list
    assert [row.customer.reference for row in rows] == ["C-stuck"]
    answer = browser.post(PAGE, {"q": "C-held"})
    found = browser.get(f"{PAGE}{answer['Location']}").context["cl"].result_list
    assert [row.customer.reference for row in found] == ["C-held"]


@pytest.mark.parametrize(
    ("state", "is_offered"),
    [("waiting", False), ("held", False), ("failed", True), ("stuck", True)],
)
def test_deciding_again_is_offered_for_who_could_not_be_decided(
    state: str, is_offered: bool, as_role: AsRole, queue: dict[str, Any]
) -> None:
    browser = as_role(Role.COMPLIANCE_OFFICER)
    page = browser.get(f"{PAGE}{queue[state].pk}/change/").content.decode()
    assert ("decide_again" in page) is is_offered
    press(browser, f"{PAGE}{queue[state].pk}/decide_again/", reason="The policy is mended")
    row = Recheck.objects.get(pk=queue[state].pk)
    assert (row.state, row.due_at is None) == ("held" if state == "held" else "waiting", False)
    entries = LedgerEntry.objects.filter(action="recheck.retried")
    assert [entry.reason for entry in entries] == ["The policy is mended"] * is_offered


def test_an_analyst_may_look_and_not_press(as_role: AsRole, queue: dict[str, Any]) -> None:
    browser = as_role(Role.RISK_ANALYST)
    assert browser.get(PAGE).status_code == 200
    path = f"{PAGE}{queue['stuck'].pk}/"
    assert "decide_again" not in browser.get(f"{path}change/").content.decode()
    assert browser.post(f"{path}decide_again/", {"reason": "I want to"}).status_code == 403
    assert Recheck.objects.get(pk=queue["stuck"].pk).state == "stuck"


def test_the_home_page_counts_them_by_what_they_wait_for(
    as_role: AsRole, queue: dict[str, Any]
) -> None:
    Recheck.objects.filter(state="held").delete()
    rows = waiting_customers()["rows"]
    assert [row["value"] for row in rows] == [1, 0, 1, 1]
    assert rows[3]["href"] == f"{PAGE}?state__exact=stuck"
    assert (
        "Customers to decide again" in as_role(Role.SUPPORT_AGENT).get("/admin/").content.decode()
    )
