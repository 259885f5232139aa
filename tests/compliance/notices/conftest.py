"""Customers with addresses, and notices for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.customers import services as customers
from accounts.customers.facts import Profile
from compliance.ledger.facts import system
from compliance.notices import services
from tests.lender import AT, Lender
from tests.receiver import SECRET, Receiver, receiving

OPEN = {
    "language": "en", "product_code": "flex-credit",
    "product_names": {"zh-hans": "灵活借", "en": "Flex Credit"}, "currency": "CNY",
    "limit_cents": 20_000_000, "annual_rate": "0.07200", "max_term_months": 12,
    "reason_codes": [],
}  # fmt: skip


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with receiving() as found:
        settings.NOTICE_WEBHOOK_URL, settings.NOTICE_WEBHOOK_SECRET = found.url, SECRET
        settings.NOTICE_BY_EMAIL = False
        yield found


def a_customer(reference: str = "C-1", **profile: Any) -> str:
    given = Profile(**{"email": "zhang@example.com", "phone": "13812345678", **profile})
    written = customers.write_profile(
        reference=reference, profile=given, actor=system("test"), at=AT
    )
    return written.public_id


def queue(recipient: str, cause: str = "decision:dec_1", **given: Any) -> str | None:
    return services.queue(
        recipient=recipient, cause=cause, template=given.pop("template", "access_open"),
        context={**OPEN, **given}, at=AT,
    )  # fmt: skip


@pytest.fixture
def customer(lender: Lender) -> str:
    return a_customer()
