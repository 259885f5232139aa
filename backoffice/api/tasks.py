"""Housekeeping of the API."""

from __future__ import annotations

import datetime as dt

from celery import shared_task
from django.conf import settings
from django.db import connection

from backoffice.lib import clock

_FORGET_TOKENS = """
DELETE FROM allauth_idp_oidc_token WHERE id IN (
    SELECT id FROM allauth_idp_oidc_token WHERE expires_at < %s ORDER BY expires_at LIMIT %s
)
"""
_FORGET = """
DELETE FROM backoffice_idempotentrequest WHERE id IN (
    SELECT id FROM backoffice_idempotentrequest WHERE created_at < %s ORDER BY created_at LIMIT %s
)
"""


@shared_task(name="backoffice.api.forget_old_requests")
def forget_old_requests(batch: int = 5000) -> int:
    """Deletes idempotency keys past their retention, a batch at a time."""
    oldest = clock.now() - dt.timedelta(hours=settings.IDEMPOTENCY_RETENTION_HOURS)
    return _delete_older(_FORGET, oldest, batch)


@shared_task(name="backoffice.api.forget_expired_tokens")
def forget_expired_tokens(batch: int = 5000) -> int:
    """Deletes tokens that opened nothing for a day: the login library keeps every one."""
    return _delete_older(_FORGET_TOKENS, clock.now() - dt.timedelta(days=1), batch)


def _delete_older(statement: str, oldest: dt.datetime, batch: int) -> int:
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [oldest, batch])
            if cursor.rowcount <= 0:
                return deleted
            deleted += cursor.rowcount
