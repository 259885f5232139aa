"""Customers for tests about links: rows, and nothing else about them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.access.models import Restriction
from accounts.customers.models import Customer
from backoffice.lib import ids
from compliance.reasons.models import Reason
from risk.links.models import Link
from tests.lender import AT, Lender


def people(count: int) -> list[int]:
    """Row ids, in order."""
    rows = [
        Customer(
            public_id=ids.opaque("cus"), reference=ids.opaque("C"), created_at=AT, changed_at=AT
        )
        for _one in range(count)
    ]
    return [row.pk for row in Customer.objects.bulk_create(rows)]


def link(
    customer_id: int,
    kind: str,
    number: int,
    first: dt.datetime = AT,
    last: dt.datetime | None = None,
) -> None:
    """The edge to the thing of this number; a number has one key, whatever the kind."""
    Link.objects.create(
        customer_id=customer_id, kind=kind, key=number.to_bytes(16, "big"), first_seen_at=first,
        last_seen_at=last or max(first, AT),
    )  # fmt: skip


def close(lender: Lender, customer_id: int, **given: Any) -> None:
    """A restriction in force, by whatever cause."""
    Restriction.objects.create(**{
        "public_id": ids.opaque("rst"), "customer_id": customer_id, "product": lender.product,
        "reason": Reason.objects.order_by("id")[0], "source": "operator", "effect": "CLOSED",
        "started_at": AT, "started_by": "test", **given,
    })  # fmt: skip


def customer_of(customer_id: int) -> Customer:
    return Customer.objects.get(pk=customer_id)
