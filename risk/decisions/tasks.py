"""The worker's part of campaigns."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from backoffice.lib import clock
from compliance.ledger.facts import system
from risk.decisions import campaigns
from risk.decisions.following import follow_identities


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


@shared_task(name="risk.decisions.follow_identity")
def follow_identity(seconds: int) -> int:
    """Decides again where the standing answer of the last so many seconds is not what the last
    decision saw. A longer look back finds what was missed while no worker ran."""
    now = clock.now()
    since = now - dt.timedelta(seconds=seconds)
    return follow_identities(since=since, actor=system("verification"), at=now)
