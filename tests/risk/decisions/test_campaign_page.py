"""A campaign's page in the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.staff.facts import Role
from compliance.ledger.facts import system
from risk.decisions import campaigns, rules, shards
from risk.decisions.models import Campaign
from risk.tables.facts import TableError
from tests.console import press, statements
from tests.lender import AT, Lender

pytestmark = pytest.mark.django_db
AsRole = Callable[[Role], Client]


@pytest.fixture
def campaign(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    monkeypatch.setattr(campaigns, "nudge", lambda *_given: None)
    monkeypatch.setattr(shards, "BATCH", 2)
    for index in range(3):
        lender.customer(f"C-{index}")
    started: Campaign = campaigns.start(
        product_code="flex-credit", note="quarterly", actor=system("test"), at=AT
    )
    evaluate, calls = rules.evaluate, []

    def fail_once(**given: object) -> object:
        calls.append(given)
        if len(calls) == 1:
            raise TableError("no answer")
        return evaluate(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(rules, "evaluate", fail_once)
    shards.run_batch(public_id=started.public_id, at=AT)
    return started


def page(campaign: Campaign, action: str = "change") -> str:
    return f"/admin/risk/campaign/{campaign.pk}/{action}/"


def test_the_page_shows_how_far_it_is_and_who_failed_and_renews_itself_while_it_runs(
    as_role: AsRole, campaign: Campaign
) -> None:
    browser = as_role(Role.AUDITOR)
    browser.get(page(campaign))
    with statements() as ran:
        html = browser.get(page(campaign)).content.decode()
    assert len(ran) <= 13, ran
    assert "66 %" in html
    assert "policy_inconclusive" in html
    assert "C-0" in html
    assert 'hx-trigger="every 2s"' in html
    campaigns.pause(public_id=campaign.public_id, note="wait", actor=system("test"), at=AT)
    html = browser.get(page(campaign)).content.decode()
    assert 'hx-trigger="every 2s"' not in html
    assert "wait" in html


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("action", "state"),
    [("pause_campaign", "paused"), ("cancel_campaign", "cancelled"),
     ("resume_campaign", "running")],
)  # fmt: skip
def test_only_who_may_start_a_campaign_pauses_resumes_or_cancels_it_and_says_why(
    as_role: AsRole, campaign: Campaign, role: Role, action: str, state: str
) -> None:
    if action == "resume_campaign":
        campaigns.pause(public_id=campaign.public_id, note="wait", actor=system("test"), at=AT)
        campaign.refresh_from_db()
    before, browser = campaign.state, as_role(role)
    press(browser, page(campaign, action))
    campaign.refresh_from_db()
    assert campaign.state == before
    press(browser, page(campaign, action), reason="complaints")
    campaign.refresh_from_db()
    assert campaign.state == (state if role is Role.POLICY_APPROVER else before)


def test_the_dialog_that_starts_one_says_how_many_and_takes_its_speeds(
    as_role: AsRole, lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "nudge", lambda *_given: None)
    lender.customer()
    browser, address = as_role(Role.POLICY_APPROVER), "/admin/risk/campaign/start_campaign/"
    assert b"1 customer is decided again" in browser.get(address).content
    speeds = {"customers_per_second": "200", "notices_per_second": "5"}
    press(browser, address, product="flex-credit", **speeds)
    assert Campaign.objects.count() == 0
    press(browser, address, product="flex-credit", reason="quarterly", **speeds)
    started = Campaign.objects.get()
    assert (started.customers_per_second, started.notices_per_second) == (200, 5)
