"""The worker's part of snapshots and backtests."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from backoffice.lib import clock
from compliance.ledger.facts import system
from risk.simulation import services, snapshots


@shared_task(name="risk.simulation.take_snapshot")
def take_snapshot(public_id: str) -> None:
    """A second delivery finds the first at work, or nothing left to do."""
    snapshots.take(public_id=public_id, now=clock.now)


@shared_task(name="risk.simulation.run_backtest")
def run_backtest(public_id: str) -> None:
    """Works until the backtest is finished, cancelled or in trouble."""
    while services.advance(public_id=public_id, now=clock.now):
        pass


@shared_task(name="risk.simulation.continue_abandoned")
def continue_abandoned() -> int:
    """Wakes a worker for everything whose worker has died or whose nudge was lost."""
    at = clock.now()
    taking, running = snapshots.abandoned(at=at), services.abandoned(at=at)
    for public_id in taking:
        take_snapshot.delay(public_id)
    for public_id in running:
        run_backtest.delay(public_id)
    return len(taking) + len(running)


@shared_task(name="risk.simulation.remove_old_snapshots")
def remove_old_snapshots() -> int:
    """Deletes files of snapshots nobody stands on any more."""
    keep = dt.timedelta(days=snapshots.KEEP_DAYS)
    removed, _files, _bytes = snapshots.remove_old(
        older_than=keep, actor=system("simulation"), at=clock.now()
    )
    return removed
