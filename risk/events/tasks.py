"""What happens to the log by itself."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from backoffice.lib import clock
from compliance.ledger.facts import system
from risk.events import partitions


@shared_task(name="risk.events.make_months_ahead")
def make_months_ahead() -> int:
    """The months to come are there before anything happens in them."""
    return partitions.make_ahead(actor=system("events"), at=clock.now())


@shared_task(name="risk.events.set_old_months_aside")
def set_old_months_aside() -> list[str]:
    """Months past their retention leave the log, and the ids of their events are forgotten."""
    retention, at = settings.EVENT_RETENTION_MONTHS, clock.now()
    names = partitions.set_aside(retention_months=retention, actor=system("events"), at=at)
    partitions.forget_keys(retention_months=retention, at=at)
    return names
