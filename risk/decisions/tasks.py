"""The worker's part of campaigns."""

from __future__ import annotations

from celery import shared_task

from backoffice.lib import clock
from risk.decisions import campaigns


@shared_task(name="risk.decisions.run_campaign")
def run_campaign(public_id: str) -> None:
    """Works until the campaign is finished; a second delivery takes turns with the first."""
    while campaigns.run_batch(public_id=public_id, at=clock.now()):
        pass


@shared_task(name="risk.decisions.continue_campaigns")
def continue_campaigns() -> int:
    """Wakes a worker for every campaign whose worker has died or whose nudge was lost."""
    found = campaigns.abandoned(at=clock.now())
    for public_id in found:
        run_campaign.delay(public_id)
    return len(found)
