"""Reading imports."""

from __future__ import annotations

from django.db.models import QuerySet

from risk.intake.models import ImportRun


def imports() -> QuerySet[ImportRun]:
    """Newest first, for lists that page by key."""
    return ImportRun.objects.order_by("-id")
