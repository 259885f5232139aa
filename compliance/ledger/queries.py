"""Reading the ledger: newest first, by key."""

from __future__ import annotations

from django.db.models import QuerySet

from compliance.ledger.models import LedgerEntry


def about(*, subject: tuple[str, str], limit: int) -> list[LedgerEntry]:
    """The newest entries about one subject (kind, public id)."""
    return list(
        LedgerEntry.objects.filter(subject_kind=subject[0], subject_id=subject[1]).order_by("-id")[
            :limit
        ]
    )


def entries() -> QuerySet[LedgerEntry]:
    """Every entry, for lists that page by key."""
    return LedgerEntry.objects.order_by("-id")
