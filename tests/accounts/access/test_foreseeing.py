"""What a decision would do to access, told before anything is written, and the cool-down."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.access import services
from accounts.access.facts import (
    ActiveRestriction,
    Cause,
    Finding,
    Product,
    Prospect,
    Source,
    Standing,
    State,
    Terms,
)
from accounts.access.models import Access, Restriction
from accounts.access.rules import as_cause, derive, follow, foresee, is_news, widens_from
from tests.accounts.access.conftest import TERMS, Account
from tests.accounts.access.test_rules import PRODUCT, causes, terms
from tests.lender import AT
from tests.snapshots import nothing_written

LATER = AT + dt.timedelta(hours=1)
SCORE = Cause("SCORE_TOO_LOW", State.CLOSED)
LATE = Cause("PAYMENT_LATE", State.LIMITED, 500_000)


def applied(
    before: Standing, held: list[ActiveRestriction], found: list[Cause], offered: Terms | None
) -> tuple[Standing, list[ActiveRestriction]]:
    """The standing and the restrictions once a decision is carried out, as the services do it."""
    followed = follow(held=held, found=found, at=AT)
    others = [row for row in held if row.source is not Source.POLICY]
    mine = [*followed.kept, *followed.new]
    derived = derive(causes=[*map(as_cause, others), *mine], terms=offered)
    standing = dataclasses.replace(
        before, state=derived.state, limit_cents=derived.limit_cents, terms=offered,
        reason_codes=derived.reason_codes, next_review_at=AT, since=AT,
    )  # fmt: skip
    rows = [
        ActiveRestriction(f"rst_{c.reason_code}", c.reason_code, Source.POLICY, c.effect,
                          c.limit_cents, AT, c.ends_at)
        for c in mine
    ]  # fmt: skip
    return standing, [*others, *rows]


EMPTY = Standing(1, 1, 1, None, None, None, None, None)
lasting = causes().filter(lambda cause: cause.ends_at is None or cause.ends_at > AT)
one_each = st.lists(lasting, max_size=3, unique_by=lambda cause: cause.reason_code)


@st.composite
def decided(draw: st.DrawFn) -> tuple[Standing, list[ActiveRestriction]]:
    """Somebody who was decided, with an operator's restriction or without."""
    operators = [
        ActiveRestriction("rst_op", c.reason_code, Source.OPERATOR, c.effect, c.limit_cents, AT,
                          c.ends_at)
        for c in draw(st.lists(lasting, max_size=1))
    ]  # fmt: skip
    return applied(EMPTY, operators, draw(one_each), draw(terms))


def foreseen(
    stands: tuple[Standing, list[ActiveRestriction]], found: list[Cause], offered: Terms | None
) -> Prospect:
    return foresee(before=stands[0], held=stands[1], found=found, terms=offered, at=AT)


@given(decided(), one_each, terms)
def test_what_is_foreseen_is_what_carrying_it_out_does(
    stands: tuple[Standing, list[ActiveRestriction]], found: list[Cause], offered: Terms | None
) -> None:
    prospect = foreseen(stands, found, offered)
    after, held = applied(*stands, found, offered)
    derived = derive(causes=[*map(as_cause, held)], terms=offered)
    changes = is_news(before=stands[0], derived=derived, terms=offered)
    assert changes is (prospect in (Prospect.WIDER, Prospect.NARROWER))
    moved = {(row.source, as_cause(row)) for row in held} != {
        (row.source, as_cause(row)) for row in stands[1]
    } or after.terms != stands[0].terms
    if not changes:
        assert moved is (prospect is Prospect.BENEATH)
    # Once carried out, the same finding does nothing more.
    assert foreseen((after, held), found, offered) is Prospect.NOTHING


@given(decided(), one_each, terms)
def test_whatever_widens_takes_neither_state_nor_amount_away(
    stands: tuple[Standing, list[ActiveRestriction]], found: list[Cause], offered: Terms | None
) -> None:
    after, _held = applied(*stands, found, offered)
    before = stands[0]
    if foreseen(stands, found, offered) is not Prospect.WIDER:
        return
    assert before.state is not None
    assert after.state is not None
    assert after.state.severity <= before.state.severity
    assert (after.limit_cents or 0) >= (before.limit_cents or 0)


@pytest.mark.parametrize(
    ("found", "offered", "prospect"),
    [
        ([LATE], TERMS, Prospect.NOTHING),
        ([], TERMS, Prospect.WIDER),  # limited → open
        ([SCORE, LATE], TERMS, Prospect.NARROWER),
        ([dataclasses.replace(LATE, limit_cents=400_000)], TERMS, Prospect.NARROWER),
        ([dataclasses.replace(LATE, limit_cents=600_000)], TERMS, Prospect.WIDER),
        ([LATE, Cause("OTHER", State.LIMITED)], TERMS, Prospect.NARROWER),  # a reason more
        ([LATE], Terms(2_000_000, Decimal("0.13"), 12), Prospect.NARROWER),
        ([LATE], Terms(2_000_000, Decimal("0.11"), 12), Prospect.WIDER),
        ([LATE], Terms(2_000_000, Decimal("0.12"), 6), Prospect.NARROWER),
        ([LATE], Terms(2_000_000, Decimal("0.11"), 6), Prospect.NARROWER),  # mixed: caution
        ([LATE], Terms(3_000_000, Decimal("0.12"), 12), Prospect.WIDER),
        ([LATE], None, Prospect.NARROWER),
        # Open, but with less than the limited one had: the amount is what counts.
        ([], Terms(400_000, Decimal("0.12"), 12), Prospect.NARROWER),
        ([], Terms(500_000, Decimal("0.20"), 3), Prospect.WIDER),  # the state comes first
    ],
)
def test_a_limited_customer_is_foreseen_to_gain_or_to_lose(
    found: list[Cause], offered: Terms | None, prospect: Prospect
) -> None:
    assert foreseen(applied(EMPTY, [], [LATE], TERMS), found, offered) is prospect


def test_terms_that_move_while_an_operator_closes_are_beneath_and_not_forgotten() -> None:
    closed = ActiveRestriction("rst_op", "OPERATOR_REVIEW", Source.OPERATOR, State.CLOSED, None,
                               AT, None)  # fmt: skip
    stands = applied(EMPTY, [closed], [], TERMS)
    assert foreseen(stands, [], TERMS) is Prospect.NOTHING
    assert foreseen(stands, [], Terms(500_000, Decimal("0.12"), 12)) is Prospect.BENEATH


def test_one_reason_less_while_closed_gives_back_and_one_more_takes() -> None:
    both = applied(EMPTY, [], [SCORE, LATE], TERMS)
    one = applied(EMPTY, [], [SCORE], TERMS)
    assert foreseen(both, [SCORE], TERMS) is Prospect.WIDER
    assert foreseen(one, [SCORE, LATE], TERMS) is Prospect.NARROWER


def test_a_cause_that_runs_to_a_date_is_not_moved_by_being_found_again() -> None:
    month = Cause("APPLIED_TOO_OFTEN", State.CLOSED, None, AT + dt.timedelta(days=30))
    later = dataclasses.replace(month, ends_at=AT + dt.timedelta(days=31))
    stands = applied(EMPTY, [], [month], TERMS)
    assert foreseen(stands, [later], TERMS) is Prospect.NOTHING
    assert foreseen(stands, [], TERMS) is Prospect.NOTHING


@pytest.mark.parametrize(
    ("moved_at", "minutes", "until"),
    [(None, 60, None), (AT, 60, LATER), (AT, 0, AT)],
)
def test_widening_waits_for_the_products_minutes_after_an_event_moved_it(
    moved_at: dt.datetime | None, minutes: int, until: dt.datetime | None
) -> None:
    product: Product = dataclasses.replace(PRODUCT, cooldown_minutes=minutes)
    standing = dataclasses.replace(EMPTY, moved_by_event_at=moved_at)
    assert widens_from(standing=standing, product=product) == until


def test_the_cooldown_is_no_part_of_what_a_decision_stores() -> None:
    stored = dataclasses.replace(PRODUCT, cooldown_minutes=60).as_stored()
    assert stored == PRODUCT.as_stored()
    assert "cooldown_minutes" not in stored
    assert Product.from_stored(stored).as_stored() == stored


def prospects(account: Account, *found: Cause) -> list[Prospect]:
    with transaction.atomic():
        locked = services.lock(customer_public_id=account.customer, product_code="flex-credit")
        findings = [Finding(locked, found, TERMS, "dec_next")]
        return services.prospects(findings=findings, at=AT)


def test_foreseeing_writes_nothing_and_asks_once(
    account: Account, django_assert_num_queries: Any
) -> None:
    account.decide(LATE)
    account.restrict(effect=State.LIMITED, limit=100_000)
    with nothing_written():
        assert prospects(account, LATE) == [Prospect.NOTHING]
        assert prospects(account, SCORE) == [Prospect.NARROWER]
        assert prospects(account) == [Prospect.WIDER]
    with django_assert_num_queries(0):
        assert services.prospects(findings=[], at=AT) == []
    locked = services.lock(customer_public_id=account.customer, product_code="flex-credit")
    with django_assert_num_queries(1):
        services.prospects(findings=[Finding(locked, (), TERMS, "dec_x")] * 3, at=AT)


def test_what_an_event_moved_is_marked_and_read_with_the_lock(account: Account) -> None:
    account.decide()
    services.start_cooldown(access_ids=[account.access.pk], at=LATER)
    assert Access.objects.get().moved_by_event_at == LATER
    with transaction.atomic():
        locked = services.lock(customer_public_id=account.customer, product_code="flex-credit")
    assert locked.standing.moved_by_event_at == LATER
    assert locked.standing.decision_public_id == "dec_1"
    assert locked.product.cooldown_minutes == 60
    assert Restriction.objects.count() == 0
