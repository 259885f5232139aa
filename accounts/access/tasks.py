"""What happens to access by itself."""

from __future__ import annotations

from celery import shared_task

from accounts.access import services
from backoffice.lib import clock
from compliance.ledger.facts import system


@shared_task(name="accounts.access.lift_ended")
def lift_ended_restrictions(batch: int = 500) -> int:
    """Lifts every restriction whose date has come, each in its own transaction."""
    lifted = 0
    while found := services.ended(at=clock.now(), limit=batch):
        for public_id in found:
            lifted += services.lift_ended(
                restriction_public_id=public_id, actor=system("access"), at=clock.now()
            )
    return lifted
