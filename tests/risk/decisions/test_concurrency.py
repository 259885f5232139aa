"""Many deciders at once, each on its own connection: customers are decided in turn, nobody waits
for ever, and everything that changed was told exactly once."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from accounts.access import services as access
from accounts.access.facts import Cause, Source, State
from accounts.access.models import Access, Restriction
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from risk.decisions import services
from risk.decisions.models import Decision
from risk.policies import starter
from risk.signals import services as signals
from risk.signals.models import CustomerSignals
from tests.lender import AT, Lender
from tests.threads import WAIT_SECONDS, at_once, wait_for_a_waiter, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def faults(ended: list[Any]) -> list[Any]:
    return [result for result in ended if isinstance(result, Exception)]


def story(customer: str) -> list[tuple[Any, Any]]:
    """(from, to) of every change of access, in order of commit for one customer."""
    told = LedgerEntry.objects.filter(action__startswith="access.", subject_id=customer)
    return [(entry.detail["from"], entry.detail["to"]) for entry in told.order_by("id")]


def assert_consistent(customer: str) -> None:
    """What is stored is what the last decision and the restrictions in force say, told in full."""
    row = Access.objects.get(customer__public_id=customer)
    moves = story(customer)
    assert [before for before, _after in moves] == [None, *[after for _b, after in moves[:-1]]]
    assert moves[-1][1] == row.state
    assert Notice.objects.filter(recipient=customer).count() == len(moves)
    active = Restriction.objects.filter(customer_id=row.customer_id, lifted_at__isnull=True)
    assert Counter(active.values_list("reason__code", flat=True)) == Counter(row.reason_codes)
    last = Decision.objects.filter(customer_id=row.customer_id).latest("id")
    assert row.decision_public_id == last.public_id


def test_the_first_decisions_of_one_customer_at_once_make_one_access_and_tell_once(
    lender_on_disk: Lender,
) -> None:
    customer = lender_on_disk.customer()
    ended = at_once([partial(lender_on_disk.decide, customer)] * 6)
    assert faults(ended) == []
    assert sorted(result.change.is_changed for result in ended) == [False] * 5 + [True]
    assert Access.objects.count() == Notice.objects.count() == 1
    assert Decision.objects.count() == 6
    assert_consistent(customer)


def test_a_second_decider_waits_for_the_first_and_sees_what_it_did(lender_on_disk: Lender) -> None:
    customer = lender_on_disk.customer(score=560)

    def first() -> Any:
        with transaction.atomic():
            decided = lender_on_disk.decide(customer)
            wait_for_a_waiter()
        return decided

    one, two = at_once([first, partial(late, lender_on_disk, customer)])
    assert (one.change.before, one.change.after, one.change.is_changed) == (
        None, State.CLOSED, True,
    )  # fmt: skip
    assert (two.change.before, two.change.after, two.change.is_changed) == (
        State.CLOSED, State.CLOSED, False,
    )  # fmt: skip
    assert two.id > one.id
    assert Restriction.objects.count() == 1
    assert_consistent(customer)


def late(lender: Lender, customer: str) -> Any:
    """Decides as soon as the other holds the customer's access."""
    with transaction.atomic():
        wait_until_held()
        return lender.decide(customer)


def wait_until_held() -> None:
    wait_until(
        "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
        "WHERE c.relname = 'risk_decision' AND l.mode = 'RowExclusiveLock' "
        "AND l.pid <> pg_backend_pid()"
    )


def test_many_deciders_over_few_customers_while_facts_and_operators_move_lose_nothing(
    lender_on_disk: Lender,
) -> None:
    lender = lender_on_disk
    customers = [lender.customer(f"C-{index}") for index in range(3)]
    ids = dict(CustomerSignals.objects.values_list("customer__public_id", "pk"))

    def decider(seed: int) -> None:
        chosen = random.Random(seed)
        for turn in range(6):
            customer = chosen.choice(customers)
            at = AT + dt.timedelta(minutes=10 * seed + turn)
            score = chosen.choice([560, 600, 640, 720, None])
            signals.write(customer_id=ids[customer], values={"score": score}, observed_at=at)
            lender.decide(customer, at)

    def operator() -> None:
        for turn in range(6):
            customer = customers[turn % 3]
            restriction = access.restrict(
                customer_public_id=customer, product_code="flex-credit",
                cause=Cause("OPERATOR_REVIEW", State.CLOSED), source=Source.OPERATOR,
                note="odd papers", actor=staff(lender.approver.pk), at=AT,
            )  # fmt: skip
            access.lift(
                restriction_public_id=restriction, note="in order",
                actor=staff(lender.approver.pk), at=AT,
            )  # fmt: skip

    calls: list[Callable[[], Any]] = [partial(decider, seed) for seed in range(5)]
    ended = at_once([*calls, operator])
    assert faults(ended) == []
    assert Decision.objects.count() == 30
    for customer in customers:
        lender.decide(customer, AT + dt.timedelta(hours=2))
        assert_consistent(customer)
    for decision in Decision.objects.all():
        assert services.replay(public_id=decision.public_id).is_equal


def test_one_customers_decisions_over_two_products_do_not_wait_for_each_other(
    lender_on_disk: Lender,
) -> None:
    lender = lender_on_disk
    product = lender.product
    product.pk, product.code = None, "other-credit"
    product.save(force_insert=True)
    lender.publish(starter.repayment_behaviour())
    customer = lender.customer()

    def hold(code: str) -> Any:
        with transaction.atomic():
            locked = access.lock(customer_public_id=customer, product_code=code)
            both.wait(timeout=WAIT_SECONDS)  # only passes while both are held
        return locked.product.code

    both = threading.Barrier(2)
    codes = ["flex-credit", "other-credit"]
    assert at_once([partial(hold, code) for code in codes]) == codes
