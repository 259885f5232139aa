"""What is read about a customer's surroundings, against a plain graph, and what bounds it."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backoffice.lib import bulk
from risk.links import neighbours, queries
from risk.links.facts import LinkFacts, LinkKind
from risk.links.models import Link, LinkGroup
from tests.lender import AT, Lender
from tests.risk.links.people import close, link, people

DAY = dt.timedelta(days=1)
KINDS = [kind.value for kind in LinkKind]
SPACE = {"emergency_contact": "phone"}


def facts(customer_id: int, at: dt.datetime = AT) -> LinkFacts:
    return queries.facts_for(customer_id=customer_id, at=at)


def test_a_customer_nobody_saw_with_anything_has_no_surroundings(db: None) -> None:
    (one,) = people(1)
    assert facts(one) == LinkFacts()


def test_everybody_asked_for_is_answered_in_one_statement(db: None) -> None:
    one, two, three = people(3)
    link(one, "device", 1)
    link(two, "device", 1)
    with CaptureQueriesContext(connection) as seen:
        found = queries.facts_for_many(customer_ids=[three, one, two, one], at=AT)
    assert len(seen) == 1
    assert sorted(found) == [one, two, three]
    assert [found[each].customers_on_my_devices for each in (one, two, three)] == [1, 1, 0]


def test_two_hops_are_counted_once_each_and_the_customer_never(lender: Lender) -> None:
    me, near, far, beyond = people(4)
    link(me, "phone", 1)
    link(near, "phone", 1)
    link(me, "payee", 9)
    link(near, "payee", 9)
    link(near, "address", 2)
    link(far, "address", 2)
    link(far, "device", 3)
    link(beyond, "device", 3)
    for one in (me, near, far, beyond):
        close(lender, one)
    assert (facts(me).restricted_within_1_hop, facts(me).restricted_within_2_hops) == (1, 2)
    assert (facts(far).restricted_within_1_hop, facts(far).restricted_within_2_hops) == (2, 3)


def test_only_who_is_shut_out_now_counts_as_restricted(lender: Lender) -> None:
    me, limited, lifted, closed = people(4)
    for one in (me, limited, lifted, closed):
        link(one, "employer", 1)
    close(lender, limited, effect="LIMITED")
    close(lender, lifted, lifted_at=AT)
    assert facts(me).restricted_within_1_hop == 0
    close(lender, closed)
    assert facts(me).restricted_within_1_hop == 1


def test_naming_somebody_as_emergency_contact_is_a_link_to_them(lender: Lender) -> None:
    me, friend = people(2)
    link(me, "emergency_contact", 1)
    link(friend, "phone", 1)
    link(friend, "payee", 1)
    close(lender, friend)
    close(lender, me)
    assert facts(me).restricted_within_1_hop == 1
    assert facts(friend).restricted_within_1_hop == 1


def test_the_same_key_of_another_kind_is_another_thing(lender: Lender) -> None:
    me, other = people(2)
    link(me, "address", 1)
    link(other, "employer", 1)
    close(lender, other)
    assert facts(me).restricted_within_1_hop == 0


def test_links_count_from_when_they_were_first_seen(db: None) -> None:
    me, other = people(2)
    link(me, "device", 1, first=AT - 40 * DAY, last=AT - 40 * DAY)
    link(me, "device", 2, first=AT - 3 * DAY, last=AT)
    link(other, "device", 1, first=AT - 10 * DAY)
    now = facts(me)
    assert (now.customers_on_my_devices, now.newest_device_age_days, now.devices_30d) == (1, 3, 1)
    then = facts(me, AT - 11 * DAY)
    assert (then.customers_on_my_devices, then.newest_device_age_days, then.devices_30d) == (
        0, 29, 1,
    )  # fmt: skip
    assert facts(me, AT - 41 * DAY) == LinkFacts()


def test_the_share_of_a_group_leaves_the_customer_out(lender: Lender) -> None:
    me, other = people(2)
    for one in (me, other):
        LinkGroup.objects.create(
            customer_id=one, component=1, component_size=5, community=1, community_size=4,
            community_restricted=2, computed_at=AT,
        )  # fmt: skip
    close(lender, me)
    assert (facts(me).group_size, facts(me).group_restricted_share) == (4, Decimal("0.3333"))
    assert facts(other).group_restricted_share == Decimal("0.6667")


def test_a_thing_shared_by_too_many_is_counted_and_not_followed(lender: Lender) -> None:
    me, *others = people(neighbours.SHARED_AT_MOST + 2)
    for one in (me, *others):
        link(one, "device", 1)
    close(lender, others[0])
    found = facts(me)
    assert (found.customers_on_my_devices, found.restricted_within_1_hop, found.is_capped) == (
        neighbours.SHARED_AT_MOST, 0, True,
    )  # fmt: skip
    Link.objects.filter(customer_id=others[-1]).delete()
    found = facts(me)
    assert (found.customers_on_my_devices, found.restricted_within_1_hop) == (
        neighbours.SHARED_AT_MOST, 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("most", "is_capped"),
    [(neighbours.THINGS_AT_MOST, False), (neighbours.THINGS_AT_MOST + 1, True)],
)
def test_a_customer_with_too_many_things_is_said_to_be_capped(
    db: None, most: int, is_capped: bool
) -> None:
    (me,) = people(1)
    for number in range(most):
        link(me, "payee", number)
    assert facts(me).is_capped is is_capped


@pytest.mark.parametrize(("most", "is_capped"), [(20, False), (21, True)])
def test_a_thing_a_hop_further_shared_by_too_many_is_said_to_be_capped(
    lender: Lender, most: int, is_capped: bool
) -> None:
    me, near, *far = people(most + 2)
    link(me, "phone", 1)
    link(near, "phone", 1)
    for one in (near, *far[: most - 1]):
        link(one, "employer", 1)
    close(lender, far[0])
    assert (facts(me).restricted_within_2_hops, facts(me).is_capped) == (
        0 if is_capped else 1, is_capped,
    )  # fmt: skip


@given(
    edges=st.sets(
        st.tuples(st.integers(0, 7), st.sampled_from(KINDS), st.integers(0, 4)), max_size=30
    ),
    closed=st.sets(st.integers(0, 7)),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_read_is_what_a_plain_graph_says(
    lender: Lender, edges: set[tuple[int, str, int]], closed: set[int]
) -> None:
    things = Counter(one for one, _kind, _number in edges)
    assume(all(many <= neighbours.FURTHER_THINGS_AT_MOST for many in things.values()))
    try:
        with transaction.atomic():
            several = people(8)
            for one, kind, number in edges:
                link(several[one], kind, number)
            for one in closed:
                close(lender, several[one])
            found = queries.facts_for_many(customer_ids=several, at=AT)
            rows = bulk.read(
                queries.population_sql(), {"first": several[0], "last": several[-1], "at": AT}
            )
            raise _Undone
    except _Undone:
        pass
    assert {row[0]: LinkFacts(*row[1:]) for row in rows} == found
    for one, customer_id in enumerate(several):
        assert found[customer_id] == _expected(one, edges, closed)


class _Undone(Exception):
    pass


def _expected(me: int, edges: set[tuple[int, str, int]], closed: set[int]) -> LinkFacts:
    holders: dict[Any, set[int]] = defaultdict(set)
    for one, kind, number in edges:
        holders[SPACE.get(kind, kind), number].add(one)

    def around(one: int) -> set[int]:
        return set().union(*(who for who in holders.values() if one in who)) - {me}

    near = around(me)
    far = near.union(*map(around, near))
    mine = {key for key, who in holders.items() if me in who and key[0] == "device"}
    return LinkFacts(
        customers_on_my_devices=len(set().union(*(holders[key] for key in mine)) - {me}),
        restricted_within_1_hop=len(near & closed),
        restricted_within_2_hops=len(far & closed),
        newest_device_age_days=0 if mine else None,
        devices_30d=len(mine),
    )
