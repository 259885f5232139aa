"""The worker's part of campaigns."""

from __future__ import annotations

import time

from celery import shared_task

from backoffice.lib import clock
from risk.decisions import campaigns, shards
from risk.decisions.facts import Turn

# A worker's turn: then whatever else waits in the queue, such as notices, has its own.
TURN_SECONDS = 5.0
PAUSE_SECONDS = 0.25


@shared_task(name="risk.decisions.run_campaign")
def run_campaign(public_id: str, worker: int = 0) -> None:
    """One of the campaign's workers; a second delivery finds the first one's shard taken."""
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        turn = shards.run_batch(public_id=public_id, at=clock.now())
        if turn in (Turn.OVER, Turn.TAKEN):
            return
        if turn is Turn.WAIT:
            time.sleep(PAUSE_SECONDS)
    run_campaign.delay(public_id, worker)


@shared_task(name="risk.decisions.continue_campaigns")
def continue_campaigns() -> int:
    """Wakes workers for every campaign whose workers have died or whose nudge was lost."""
    found = campaigns.abandoned(at=clock.now())
    for campaign in found:
        campaigns.wake(campaign)
    return len(found)
