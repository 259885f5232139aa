"""Housekeeping of the API."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.conf import settings
from django.db import connection

from backoffice.lib import clock

_FORGET = """
DELETE FROM backoffice_idempotentrequest WHERE id IN (
    SELECT id FROM backoffice_idempotentrequest WHERE created_at < %s ORDER BY created_at LIMIT %s
)
"""


@shared_task(name="backoffice.api.forget_old_requests")
def forget_old_requests(batch: int = 5000) -> int:
    """Deletes idempotency keys past their retention, a batch at a time."""
    oldest = clock.now() - dt.timedelta(hours=settings.IDEMPOTENCY_RETENTION_HOURS)
    forgotten = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [oldest, batch])
            if cursor.rowcount <= 0:
                return forgotten
            forgotten += cursor.rowcount
