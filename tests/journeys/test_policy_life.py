"""One policy's life at the console: written, proved, approved, scheduled, in force, rolled back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.customers import queries as customers
from accounts.staff.facts import Role
from backoffice.lib import clock
from risk.decisions.models import Decision
from risk.demo import policies as contents
from risk.policies.models import PolicyStep, PolicyVersion
from risk.signals import services as signals
from tests.browser import Desk
from tests.lender import GOOD_SIGNALS, Lender, prove
from tests.risk.policies.versions import draft

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_a_policy_is_proved_scheduled_takes_effect_and_is_rolled_back(
    desk: Callable[[], Desk], employ, lender_on_disk: Lender
) -> None:
    employ(Role.RISK_ANALYST)
    employ(Role.POLICY_APPROVER)
    customer = lender_on_disk.customer()
    signals.write(
        customer_id=customers.by_public_id(customer).pk,
        values={**GOOD_SIGNALS, "score": 590}, observed_at=clock.now(),
    )  # fmt: skip
    old = PolicyVersion.objects.get()
    version = draft(lender_on_disk, contents.flex_second())
    address = f"/admin/risk/policyversion/{version.pk}/change/"

    analyst, approver = desk(), desk()
    analyst.sign_in("risk-analyst")
    page = analyst.open(address)
    page.get_by_text("Submit for approval").click()
    page.fill("#dialog textarea[name=reason]", "Close below 600")
    analyst.submit("Submit")
    prove(version.public_id, clock.now(), customers=9000, closes=1284, open_appeals=37)

    approver.sign_in("policy-approver")
    page = approver.open(address)
    page.get_by_role("link", name="Run as shadow").click()
    page.fill("#dialog textarea[name=reason]", "A look before approval")
    approver.submit("Start")
    page.get_by_role("link", name="Approve").click()
    expect(page.locator("#dialog")).to_contain_text("closes 1,284 customers, 37 with open appeals")
    page.fill("#dialog textarea[name=reason]", "Numbers read")
    approver.submit("Approve")

    lender_on_disk.decide(customer, clock.now())
    page.locator("#trials a").click()
    expect(page.get_by_role("heading", name="Agreement")).to_be_visible()
    expect(page.get_by_role("link", name="C-1")).to_be_visible()

    page = approver.open(address)
    due = clock.now().astimezone(clock.business_zone()) + dt.timedelta(days=1)
    page.get_by_role("link", name="Schedule").click()
    expect(page.locator("#dialog")).to_contain_text("Asia/Shanghai (UTC+0800)")
    page.fill("#dialog input[name=effective_at_0]", f"{due:%Y-%m-%d}")
    page.fill("#dialog input[name=effective_at_1]", "08:30:15")
    page.fill("#dialog textarea[name=reason]", "As the committee decided")
    approver.submit("Schedule")
    expect(page.get_by_text(f"{due:%Y-%m-%d} 08:30:15")).to_be_visible()

    version.refresh_from_db()
    at = version.effective_at
    assert at == due.replace(hour=8, minute=30, second=15, microsecond=0)
    for moment in (at - dt.timedelta(seconds=1), at):
        lender_on_disk.decide(customer, moment)
    decided = Decision.objects.order_by("id").values_list("state", "policy_version_id")
    assert list(decided)[1:] == [("LIMITED", old.pk), ("CLOSED", version.pk)]

    page = approver.open(f"/admin/risk/policyversion/{old.pk}/change/")
    page.get_by_role("link", name="Roll back to this version").click()
    expect(page.locator("#dialog")).to_contain_text("Warning")
    page.fill("#dialog textarea[name=reason]", "Too many complaints")
    approver.submit("Roll back")
    expect(page.get_by_text("This version is in force again.")).to_be_visible()
    steps = PolicyStep.objects.filter(version=version).order_by("id")
    assert list(steps.values_list("to_status", flat=True)) == [
        "draft", "submitted", "backtested", "approved", "scheduled", "live", "retired",
    ]  # fmt: skip
    assert PolicyVersion.objects.get(status="live") == old
