"""What happens to access by itself."""

from __future__ import annotations

import datetime as dt

import structlog
from celery import shared_task

from accounts.access import services
from backoffice.lib import clock
from compliance.ledger.facts import system

log = structlog.get_logger(__name__)


@shared_task(name="accounts.access.lift_ended")
def lift_ended_restrictions(batch: int = 500) -> int:
    """Lifts every restriction whose date has come, each in its own transaction.

    One that fails is logged and left to the next run; those behind it do not wait for it.
    """
    now, lifted = clock.now(), 0
    after: tuple[dt.datetime, int] | None = None
    while found := services.ended(at=now, after=after, limit=batch):
        lifted += sum(_lift(public_id) for _end, _row_id, public_id in found)
        after = found[-1][:2]
    return lifted


def _lift(public_id: str) -> bool:
    try:
        return services.lift_ended(
            restriction_public_id=public_id, actor=system("access"), at=clock.now()
        )
    except Exception as error:
        log.error("restriction_not_lifted", restriction=public_id, error=type(error).__name__)
        return False
