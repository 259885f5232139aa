"""News about customers, and the worker's part of deciding them again, for several test files."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from accounts.access.models import Access
from accounts.customers.models import Customer
from compliance.ledger.models import LedgerEntry
from risk.decisions import rechecking
from risk.decisions.models import Decision
from risk.signals import services as signals
from risk.signals.models import Recheck
from tests.lender import AT

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
SOON = AT + MINUTE


def key(customer: str) -> int:
    return Customer.objects.get(public_id=customer).pk


def news(customer: str, at: dt.datetime = SOON, **values: Any) -> None:
    with transaction.atomic():
        signals.report(customer_id=key(customer), values=values, observed_at=at, at=at)


def work(at: dt.datetime = SOON) -> int:
    """As a worker whose nudge has come; how many batches there were."""
    batches = 0
    while rechecking.run_batch(at=at):
        batches += 1
    return batches


def state(customer: str, product: str = "flex-credit") -> tuple[str | None, int | None]:
    row = Access.objects.get(customer__public_id=customer, product__code=product)
    return row.state, row.limit_cents


def by_events() -> int:
    return Decision.objects.filter(trigger="event").count()


def queue() -> list[tuple[str, str, dt.datetime | None, str]]:
    return [
        (row.customer.public_id, row.state, row.due_at, row.problem)
        for row in Recheck.objects.select_related("customer").order_by("pk")
    ]


def moves(customer: str) -> list[tuple[str | None, str]]:
    told = LedgerEntry.objects.filter(action__startswith="access.", subject_id=customer)
    return [(entry.detail["from"], entry.detail["to"]) for entry in told.order_by("id")]
