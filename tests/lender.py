"""The lender most tests work for, built through the services everybody uses."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.access.models import Product
from accounts.customers.facts import Profile
from accounts.staff.models import StaffUser
from accounts.verification import services as verification
from accounts.verification.facts import BureauProfile, Method, Result
from backoffice.lib import ids
from compliance.ledger.facts import staff, system
from compliance.reasons import services as reasons
from risk.decisions.models import DecisionTrigger
from risk.decisions.services import decide
from risk.policies import queries as policy_queries
from risk.policies import services as policies
from risk.policies import starter
from risk.policies.facts import Proof
from risk.policies.models import PolicyVersion
from risk.signals import services as signals

AT = dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)
GOOD_SIGNALS = {
    "score": 720, "utilisation": Decimal("0.3"), "months_late_now": 0, "months_late_max_6m": 0,
    "applications_30d": 1, "age_years": 35,
}  # fmt: skip
PERSON = {"legal_name": "张小明", "id_number": "11010519491231002X", "phone": "13812345678"}


@dataclass
class Lender:
    product: Product
    author: StaffUser
    approver: StaffUser

    def customer(self, reference: str = "C-1", **given: Any) -> str:
        """A verified customer with good signals; keyword arguments override signals."""
        written = verification.upsert_customer(
            reference=reference, profile=Profile(**PERSON), actor=system("test"), at=AT
        )
        verification.record_check(
            customer_public_id=written.public_id, method=Method.ID_DOCUMENT, result=Result.PASSED,
            provider="", performed_at=AT, actor=system("test"), at=AT,
        )  # fmt: skip
        verification.record_bureau(
            customer_public_id=written.public_id, bureau="pboc", record=BureauProfile(**PERSON),
            reported_at=AT, actor=system("test"), at=AT,
        )  # fmt: skip
        signals.write(customer_id=written.id, values={**GOOD_SIGNALS, **given}, observed_at=AT)
        return written.public_id

    def decide(self, customer: str, at: dt.datetime = AT) -> Any:
        return decide(
            customer_public_id=customer, product_code=self.product.code,
            trigger=DecisionTrigger.REQUEST, actor=system("test"), at=at,
        )  # fmt: skip

    def publish(self, content: dict[str, Any], at: dt.datetime = AT) -> Any:
        return publish(self.product.code, content, self.author, self.approver, at)


def build_lender() -> Lender:
    reasons.install_starter_reasons(actor=system("test"))
    product = Product.objects.create(
        code="flex-credit", name_zh="灵活借", name_en="Flex Credit", currency="CNY",
        min_amount_cents=500_000, max_amount_cents=20_000_000, min_term_months=1,
        max_term_months=12, min_annual_rate=Decimal("0.03"), max_annual_rate=Decimal("0.24"),
    )  # fmt: skip
    author = StaffUser.objects.create_user("author", password=None, is_staff=True)
    approver = StaffUser.objects.create_user("approver", password=None, is_staff=True)
    publish(product.code, starter.consumer_credit(), author, approver, AT)
    return Lender(product, author, approver)


def publish(
    code: str, content: dict[str, Any], author: StaffUser, approver: StaffUser, at: dt.datetime
) -> Any:
    draft = policies.create_draft(
        product_code=code, title="test", content=content, actor=staff(author.pk), at=at
    )
    version = policies.submit(
        public_id=draft.public_id, change_note="first", actor=staff(author.pk), at=at
    )
    prove(version.public_id, at)
    policies.approve(
        public_id=version.public_id, approved_hash=version.content_hash, note="checked",
        actor=staff(approver.pk), at=at,
    )  # fmt: skip
    return policies.publish(public_id=version.public_id, note="go", actor=staff(approver.pk), at=at)


def prove(public_id: str, at: dt.datetime, **given: Any) -> Any:
    """A backtest over nobody, against what is live now; keyword arguments override the proof."""
    version = PolicyVersion.objects.filter(public_id=public_id).first()
    values = {
        "backtest_public_id": ids.ordered("bkt"), "snapshot_hash": "0" * 64, "snapshot_at": at,
        "candidate_hash": version.content_hash if version else "",
        "live_hash": policy_queries.live_hash(product_id=version.product_id) if version else "",
        "customers": 0, "closes": 0, "limits": 0, "opens": 0, **given,
    }  # fmt: skip
    with transaction.atomic():
        return policies.record_proof(
            public_id=public_id, proof=Proof(**values), actor=system("test"), at=at
        )
