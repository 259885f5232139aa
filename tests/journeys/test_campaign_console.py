"""A campaign watched, paused and cancelled from its page, in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.staff.facts import Role
from accounts.staff.models import StaffUser
from risk.decisions import campaigns, shards
from risk.decisions.models import Campaign
from tests.browser import Desk
from tests.lender import Lender

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_an_approver_starts_a_campaign_watches_it_and_ends_it(
    desk: Callable[[], Desk], employ: Callable[..., StaffUser], lender_on_disk: Lender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(campaigns, "nudge", lambda *_given: None)
    monkeypatch.setattr(shards, "BATCH", 4)
    for number in range(12):
        lender_on_disk.customer(f"C-{number}")
    employ(Role.POLICY_APPROVER)
    here = desk()
    here.sign_in("policy-approver")
    page = here.open("/admin/risk/campaign/")
    page.get_by_text("Apply the live policy to everybody").first.click()
    dialog = page.locator("#dialog")
    dialog.get_by_text("12 customers are decided again under the live policy.").wait_for()
    dialog.locator("textarea").fill("Quarterly review under the new policy")
    here.submit("Start")
    campaign = Campaign.objects.get()

    page = here.open(f"/admin/risk/campaign/{campaign.pk}/change/")
    page.get_by_text("0 %", exact=True).first.wait_for()
    shards.run_batch(public_id=campaign.public_id, at=timezone.now())
    page.get_by_text("4 / 12").wait_for()  # by itself, a moment later

    page.get_by_role("link", name="Pause").click()
    page.locator("#dialog").locator("textarea").fill("Too many calls")
    here.submit("Pause")
    page.get_by_text("Too many calls").wait_for()
    page.get_by_role("link", name="Cancel the campaign").click()
    page.locator("#dialog").locator("textarea").fill("Another version comes on Monday")
    here.submit("Cancel the campaign")
    page.get_by_text("Another version comes on Monday").wait_for()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.customers_done) == ("cancelled", 4)
