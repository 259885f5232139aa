"""Reading the log."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import QuerySet

from risk.events import partitions
from risk.events.models import Event


def earliest_taken(*, at: dt.datetime) -> dt.datetime:
    """What happened before this is not taken any more."""
    return partitions.oldest_kept(at=at, retention_months=settings.EVENT_RETENTION_MONTHS)


def events() -> QuerySet[Event]:
    """With whom they are about, for lists that page by key."""
    return Event.objects.select_related("customer", "device")
