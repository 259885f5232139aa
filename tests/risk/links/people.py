"""Customers for tests about links: rows, and nothing else about them."""

from __future__ import annotations

from accounts.customers.models import Customer
from backoffice.lib import ids
from tests.lender import AT


def people(count: int) -> list[int]:
    """Row ids, in order."""
    rows = [
        Customer(
            public_id=ids.opaque("cus"), reference=ids.opaque("C"), created_at=AT, changed_at=AT
        )
        for _one in range(count)
    ]
    return [row.pk for row in Customer.objects.bulk_create(rows)]
