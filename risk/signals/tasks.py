"""What happens to signals by itself."""

from __future__ import annotations

from celery import shared_task

from accounts.customers import queries as customers
from accounts.customers.rules import age_on
from backoffice.lib import clock
from risk.signals import services


@shared_task(name="risk.signals.refresh_ages")
def refresh_ages(batch: int = 1000) -> int:
    """Sets every known customer's age for today, in batches by id. Safe to run twice."""
    at, last_id, written = clock.now(), 0, 0
    today = clock.business_date(at)
    while found := customers.birth_dates(after_id=last_id, limit=batch):
        rows = [
            (customer_id, {"age_years": age_on(today, birth_date=birth_date)})
            for customer_id, birth_date in found
        ]
        services.write_many(rows=rows, observed_at=at)
        last_id, written = found[-1][0], written + len(found)
    return written
