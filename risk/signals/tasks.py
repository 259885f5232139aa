"""What happens to signals by itself."""

from __future__ import annotations

from celery import shared_task

from accounts.customers import queries as customers
from accounts.customers.rules import age_on
from backoffice.lib import clock
from risk.signals import services
from risk.signals.rules import faults_in


@shared_task(name="risk.signals.refresh_ages")
def refresh_ages(batch: int = 1000) -> int:
    """Sets every known customer's age for today, in batches by id. Safe to run twice."""
    at, last_id, written = clock.now(), 0, 0
    today = clock.business_date(at)
    while found := customers.birth_dates(after_id=last_id, limit=batch):
        rows = [
            (customer_id, {"age_years": _possible(age_on(today, birth_date=birth_date))})
            for customer_id, birth_date in found
        ]
        services.write_many(rows=rows, observed_at=at)
        last_id, written = found[-1][0], written + len(found)
    return written


def _possible(age: int) -> int | None:
    """A date of birth that cannot be true says nothing, and must not hold up everybody else."""
    return None if faults_in({"age_years": age}) else age
