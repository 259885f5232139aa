"""What an event has changed no event widens too soon; narrowing never waits."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest

from accounts.access.models import Access, Product
from compliance.ledger.facts import staff
from compliance.notices.models import Notice
from risk.decisions.models import Decision, DecisionTrigger
from risk.decisions.services import decide
from risk.policies import starter
from tests.lender import AT, Lender
from tests.risk.decisions.rechecks import HOUR, MINUTE, by_events, moves, news, queue, state, work

pytestmark = pytest.mark.django_db(transaction=True)


def happens(customer: str, minutes: float, **values: Any) -> None:
    at = AT + minutes * MINUTE
    news(customer, at, **values)
    work(at)


def test_after_an_event_has_closed_it_opens_when_the_cooldown_is_over(customer: str) -> None:
    happens(customer, 1, score=500)
    assert state(customer) == ("CLOSED", None)
    happens(customer, 2, score=720)
    assert state(customer) == ("CLOSED", None)
    assert queue() == [(customer, "held", AT + 61 * MINUTE, "")]
    assert (by_events(), Notice.objects.count()) == (1, 2)  # nothing is written of the held one
    assert work(AT + 61 * MINUTE - dt.timedelta(seconds=1)) == 0
    assert work(AT + 61 * MINUTE) == 1
    assert (state(customer), queue()) == (("OPEN", 20_000_000), [])


def test_after_an_event_has_opened_it_closes_at_once(customer: str) -> None:
    happens(customer, 1, score=500)
    happens(customer, 90, score=720)
    assert state(customer)[0] == "OPEN"
    happens(customer, 91, score=500)
    assert state(customer)[0] == "CLOSED"


def test_a_larger_amount_waits_and_a_smaller_one_does_not(customer: str) -> None:
    happens(customer, 1, score=640)
    assert state(customer) == ("OPEN", 3_000_000)
    happens(customer, 2, score=720)
    assert (state(customer), queue()[0][1]) == (("OPEN", 3_000_000), "held")
    happens(customer, 3, score=600)
    assert (state(customer), queue()) == (("LIMITED", 1_000_000), [])


def test_who_is_held_is_decided_with_what_is_known_when_it_ends(customer: str) -> None:
    happens(customer, 1, score=500)
    happens(customer, 2, score=720)
    happens(customer, 30, score=660)
    assert queue() == [(customer, "held", AT + 61 * MINUTE, "")]
    work(AT + 61 * MINUTE)
    assert state(customer) == ("OPEN", 8_000_000)


def test_what_improves_and_worsens_again_while_it_waits_leaves_nothing_behind(
    customer: str,
) -> None:
    happens(customer, 1, score=500)
    happens(customer, 2, score=720)
    happens(customer, 3, score=500)
    assert queue() == []
    assert moves(customer) == [(None, "OPEN"), ("OPEN", "CLOSED")]


@pytest.mark.parametrize(("minutes", "lasting"), [(0, 10), (10, 45), (60, 125)])
def test_a_score_that_flaps_every_minute_opens_once_a_cooldown_at_most(
    customer: str, minutes: int, lasting: int
) -> None:
    Product.objects.update(cooldown_minutes=minutes)
    opened = []
    for minute in range(1, lasting + 1):
        before = state(customer)[0]
        happens(customer, minute, score=500 if minute % 2 else 720)
        if (before, state(customer)[0]) == ("CLOSED", "OPEN"):
            opened.append(minute)
        if minute % 2:  # bad news: never open behind it
            assert state(customer)[0] == "CLOSED"
    assert all(later - sooner >= minutes for sooner, later in itertools.pairwise(opened))
    assert opened == {
        0: [2, 4, 6, 8, 10], 10: [12, 24, 36], 60: [62, 124],
    }[minutes]  # fmt: skip
    assert Notice.objects.count() == len(moves(customer))


def test_a_request_and_an_operator_are_not_held_back(lender_on_disk: Lender, customer: str) -> None:
    happens(customer, 1, score=500)
    happens(customer, 2, score=720)
    lender_on_disk.decide(customer, AT + 3 * MINUTE)
    assert state(customer)[0] == "OPEN"
    happens(customer, 4, score=500)
    happens(customer, 5, score=720)
    assert state(customer)[0] == "CLOSED"
    decide(
        customer_public_id=customer, product_code="flex-credit",
        trigger=DecisionTrigger.OPERATOR, actor=staff(lender_on_disk.approver.pk),
        at=AT + 6 * MINUTE,
    )  # fmt: skip
    assert state(customer)[0] == "OPEN"
    work(AT + 10 * HOUR)
    assert queue() == []


def test_what_a_request_has_closed_an_event_may_open_at_once(
    lender_on_disk: Lender,
) -> None:
    customer = lender_on_disk.customer(score=500)
    lender_on_disk.decide(customer)
    happens(customer, 1, score=720)
    assert state(customer)[0] == "OPEN"
    assert Access.objects.get().moved_by_event_at == AT + MINUTE


def test_a_shorter_cooldown_holds_for_who_waits_already_once_something_happens(
    customer: str,
) -> None:
    happens(customer, 1, score=500)
    happens(customer, 2, score=720)
    Product.objects.update(cooldown_minutes=5)
    happens(customer, 6, score=730)
    assert (state(customer)[0], queue()) == ("OPEN", [])


def test_of_two_products_one_may_wait_while_the_other_moves(
    lender_on_disk: Lender, customer: str
) -> None:
    other = lender_on_disk.product
    other.pk, other.code, other.cooldown_minutes = None, "other-credit", 0
    other.save(force_insert=True)
    lender_on_disk.publish(starter.consumer_credit())
    lender_on_disk.decide(customer)
    happens(customer, 1, score=500)
    happens(customer, 2, score=720)
    assert state(customer, "other-credit")[0] == "OPEN"
    assert (state(customer)[0], queue()[0][1:3]) == ("CLOSED", ("held", AT + 61 * MINUTE))
    before = Decision.objects.count()
    work(AT + 61 * MINUTE)
    assert state(customer)[0] == "OPEN"
    assert Decision.objects.count() == before + 1  # the other one has nothing new to say
