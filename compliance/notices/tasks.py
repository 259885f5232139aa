"""The worker that sends what is queued."""

from __future__ import annotations

from celery import shared_task

from compliance.notices import services


@shared_task(name="compliance.notices.deliver_due")
def deliver_due_notices() -> int:
    """Sends until nothing is due; safe to run twice at once."""
    total = 0
    while attempts := services.deliver_due():
        total += attempts
    return total
