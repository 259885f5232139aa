"""Access follows a changed identity by itself, in both directions, once."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import InterfaceError, OperationalError, transaction

from accounts.access import services as access
from accounts.access.models import Access, Restriction
from accounts.customers.facts import Profile
from accounts.verification import queries as verification
from accounts.verification import services as identities
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from risk.decisions import services
from risk.decisions.following import follow_identities
from risk.decisions.models import Decision
from risk.decisions.tasks import follow_identity
from tests.lender import AT, PERSON, Lender
from tests.threads import WAIT_SECONDS, at_once, wait_for_a_waiter

pytestmark = pytest.mark.django_db(transaction=True)

SOON = AT + dt.timedelta(minutes=1)


def correct(at: dt.datetime = SOON, **fields: Any) -> None:
    identities.upsert_customer(
        reference="C-1", profile=Profile(**{**PERSON, **fields}), actor=system("test"), at=at
    )


def follow(at: dt.datetime = SOON, seconds: int = 120) -> int:
    with time_machine.travel(at + dt.timedelta(seconds=1), tick=False):
        return int(follow_identity(seconds))


def test_a_correction_lifts_the_mismatch_by_itself_and_an_error_brings_it(
    lender_on_disk: Lender,
) -> None:
    customer = lender_on_disk.customer()
    correct(at=AT, legal_name="李四光")
    lender_on_disk.decide(customer)
    assert Access.objects.get().state == "CLOSED"
    assert Restriction.objects.filter(lifted_at=None).count() == 1
    correct()
    assert follow() == 1
    assert Access.objects.get().state == "OPEN"
    assert Restriction.objects.filter(lifted_at=None).count() == 0
    assert LedgerEntry.objects.filter(action="access.restored").count() == 1
    later = SOON + dt.timedelta(hours=1)
    correct(at=later, legal_name="李四光")
    assert follow(later) == 1
    assert Access.objects.get().state == "CLOSED"


def test_what_the_last_decision_saw_is_not_decided_again(lender_on_disk: Lender) -> None:
    customer = lender_on_disk.customer()
    lender_on_disk.decide(customer)
    before = Decision.objects.count()
    assert follow() == 0
    correct(phone="13900001111")
    assert [follow(), follow()] == [1, 0]
    assert Decision.objects.count() == before + 1
    decision = Decision.objects.latest("id")
    assert decision.actor == "system:verification"


def test_two_workers_who_find_the_same_customer_decide_once(lender_on_disk: Lender) -> None:
    customer = lender_on_disk.customer()
    lender_on_disk.decide(customer)
    correct(phone="13900001111")

    def decide_first() -> None:
        with transaction.atomic():
            access.lock(customer_public_id=customer, product_code=lender_on_disk.product.code)
            found.set()
            assert waiting.wait(WAIT_SECONDS)
            lender_on_disk.decide(customer, at=SOON)

    def come_second() -> int:
        assert found.wait(WAIT_SECONDS)
        return follow_identities(since=AT, actor=system("second"), at=SOON)

    def watch() -> None:
        assert found.wait(WAIT_SECONDS)
        wait_for_a_waiter()
        waiting.set()

    found, waiting = threading.Event(), threading.Event()
    assert at_once([decide_first, come_second, watch]) == [None, 0, None]
    assert Decision.objects.count() == 2


def test_somebody_never_decided_is_left_alone(lender_on_disk: Lender) -> None:
    lender_on_disk.customer()
    correct(legal_name="李四光")
    assert follow() == 0
    assert Decision.objects.count() == 0


def test_an_older_change_is_found_by_the_longer_look(lender_on_disk: Lender) -> None:
    customer = lender_on_disk.customer()
    lender_on_disk.decide(customer)
    correct(legal_name="李四光")
    much_later = SOON + dt.timedelta(hours=3)
    assert follow(much_later) == 0
    assert follow(much_later, seconds=90_000) == 1


def test_a_product_no_longer_offered_and_a_refusal_stop_nobody(lender_on_disk: Lender) -> None:
    first, second = lender_on_disk.customer("C-1"), lender_on_disk.customer("C-2")
    for one in (first, second):
        lender_on_disk.decide(one)
    for reference in ("C-1", "C-2"):
        identities.upsert_customer(
            reference=reference, profile=Profile(**{**PERSON, "legal_name": "李四光"}),
            actor=system("test"), at=SOON,
        )  # fmt: skip
    lender_on_disk.product.is_active = False
    lender_on_disk.product.save()
    assert follow() == 0
    lender_on_disk.product.is_active = True
    lender_on_disk.product.save()
    assert follow() == 2


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_one_broken_customer_holds_nobody_up_but_a_lost_database_ends_the_sweep(
    lender_on_disk: Lender, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = lender_on_disk.customer("C-1"), lender_on_disk.customer("C-2")
    for one in (first, second):
        lender_on_disk.decide(one)
    for reference in ("C-1", "C-2"):
        identities.upsert_customer(
            reference=reference, profile=Profile(**{**PERSON, "legal_name": "李四光"}),
            actor=system("test"), at=SOON,
        )  # fmt: skip
    decide = services.decide
    fails: dict[str, type[Exception]] = {first: error}

    def failing(*, customer_public_id: str, **given: Any) -> Any:
        if customer_public_id in fails:
            raise fails[customer_public_id]
        return decide(customer_public_id=customer_public_id, **given)

    monkeypatch.setattr(services, "decide", failing)
    with pytest.raises(error):
        follow()
    assert Decision.objects.count() == 2
    fails[first] = ValueError
    assert follow() == 1
    assert Decision.objects.latest("id").customer.public_id == second


def test_changes_are_read_on_by_time_and_customer(lender_on_disk: Lender) -> None:
    for reference in ("C-1", "C-2", "C-3"):
        lender_on_disk.customer(reference)
    start = (AT - dt.timedelta(seconds=1), 0)
    first = verification.changed_since(after=start, limit=2)
    rest = verification.changed_since(after=first[-1], limit=2)
    assert len({row_id for _at, row_id in (*first, *rest)}) == 3
    assert verification.changed_since(after=rest[-1], limit=2) == []
