"""A customer's profile, and what a bureau says of them, as the tests of this room need them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.customers.facts import Profile
from accounts.verification import services
from accounts.verification.facts import BureauProfile
from accounts.verification.models import BureauRecord
from compliance.ledger.facts import system
from tests.lender import AT, PERSON

HOUR = dt.timedelta(hours=1)


def person(reference: str = "C-1", at: dt.datetime = AT, **fields: Any) -> str:
    return services.upsert_customer(
        reference=reference, profile=Profile(**{**PERSON, **fields}), actor=system("test"), at=at
    ).public_id


def bureau(customer: str, reported_at: dt.datetime = AT, **fields: Any) -> BureauRecord:
    return services.record_bureau(
        customer_public_id=customer, bureau="pboc", record=BureauProfile(**{**PERSON, **fields}),
        reported_at=reported_at, actor=system("test"), at=AT + 9 * HOUR,
    )  # fmt: skip
