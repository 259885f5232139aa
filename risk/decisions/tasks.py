"""The worker's part of campaigns."""

from __future__ import annotations

import datetime as dt
import time

from celery import shared_task

from backoffice.lib import clock
from backoffice.lib.outbox import nudge
from compliance.ledger.facts import system
from risk.decisions import campaigns, rechecking, shards
from risk.decisions.facts import Turn
from risk.decisions.following import follow_identities

# A worker's turn: then whatever else waits in the queue, such as notices, has its own.
TURN_SECONDS = 5.0
PAUSE_SECONDS = 0.25
RECHECK_TURN_SECONDS = 2.0


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


@shared_task(name="risk.decisions.follow_identity")
def follow_identity(seconds: int) -> int:
    """Decides again where the standing answer of the last so many seconds is not what the last
    decision saw. A longer look back finds what was missed while no worker ran."""
    now = clock.now()
    since = now - dt.timedelta(seconds=seconds)
    return follow_identities(since=since, actor=system("verification"), at=now)


@shared_task(name="risk.decisions.recheck_customers")
def recheck_customers() -> None:
    """Decides again whoever is due, until nobody is or the turn is over."""
    until = time.monotonic() + RECHECK_TURN_SECONDS
    while rechecking.run_batch(at=clock.now()):
        if time.monotonic() >= until:
            nudge("risk.decisions.recheck_customers")
            return
