"""Deciding without a policy: access alone, given causes and terms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

import pytest

from accounts.access import services
from accounts.access.facts import Cause, Change, Source, State, Terms
from accounts.access.models import Access, Restriction
from accounts.customers.models import Customer
from backoffice.lib.transactions import entry
from compliance.ledger.facts import Actor, staff, system
from tests.lender import AT, Lender

TERMS = Terms(limit_cents=2_000_000, annual_rate=Decimal("0.12"), max_term_months=12)


@dataclass
class Account:
    """One customer and the product, with short verbs."""

    customer: str
    operator: Actor = field(default_factory=lambda: staff(7))
    numbers: count[int] = field(default_factory=lambda: count(1))

    @entry
    def decide(
        self, *causes: Cause, at: dt.datetime = AT, terms: Terms | None = TERMS, number: int = 0
    ) -> Change:
        locked = services.lock(customer_public_id=self.customer, product_code="flex-credit")
        return services.apply(
            locked=locked, causes=causes, terms=terms, actor=system("test"), at=at,
            decision_public_id=f"dec_{number or next(self.numbers)}",
        )  # fmt: skip

    def restrict(
        self, reason: str = "OPERATOR_REVIEW", effect: State = State.CLOSED,
        limit: int | None = None, *, ends_at: dt.datetime | None = None, at: dt.datetime = AT,
        note: str = "documents asked for", source: Source = Source.OPERATOR,
    ) -> str:  # fmt: skip
        return services.restrict(
            customer_public_id=self.customer, product_code="flex-credit",
            cause=Cause(reason, effect, limit, ends_at), source=source, note=note,
            actor=self.operator, at=at,
        )  # fmt: skip

    def lift(self, public_id: str, at: dt.datetime = AT, note: str = "documents seen") -> Change:
        return services.lift(restriction_public_id=public_id, note=note, actor=self.operator, at=at)

    @property
    def access(self) -> Access:
        return Access.objects.get(customer__public_id=self.customer)

    @property
    def state(self) -> tuple[str | None, int | None, list[str]]:
        row = self.access
        return row.state, row.limit_cents, row.reason_codes

    def in_force(self) -> list[tuple[str, str]]:
        rows = Restriction.objects.filter(lifted_at__isnull=True).order_by("id")
        return [(row.reason.code, row.source) for row in rows.select_related("reason")]


def open_account(reference: str = "C-1") -> Account:
    customer = Customer.objects.create(
        public_id=f"cus_{reference}", reference=reference, created_at=AT, changed_at=AT
    )
    return Account(customer.public_id)


@pytest.fixture
def account(lender: Lender) -> Account:
    return open_account()


@pytest.fixture
def account_on_disk(lender_on_disk: Lender) -> Account:
    return open_account()
