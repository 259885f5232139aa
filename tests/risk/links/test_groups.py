"""Groups of customers: what they are, and that one worker at a time works them out whole."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.lib import clock
from risk.links import arrays, communities, grouping, queries, tasks
from risk.links.models import HotThing, Link, LinkGroup, LinkRun
from tests.house.code import ROOT
from tests.lender import AT, Lender
from tests.risk.links.people import close, link, people
from tests.threads import at_once, failures

HOUR = dt.timedelta(hours=1)


def grouped(edges: Any, shared_at_most: int = 100) -> dict[int, tuple[int, int]]:
    """Customer → (component, community)."""
    pairs = sorted(edges)
    found = communities.grouped(
        customers=np.array([one for one, _thing in pairs], dtype=np.int64),
        things=np.array([thing for _one, thing in pairs], dtype=np.int64),
        shared_at_most=shared_at_most,
    )
    columns = (found.customers, found.component, found.community)
    return {
        int(one): (int(component), int(community))
        for one, component, community in zip(*columns, strict=True)
    }


def rows() -> dict[int, tuple[Any, ...]]:
    names = (
        "customer_id", "component", "component_size", "community", "community_size",
        "community_restricted",
    )  # fmt: skip
    return {row[0]: row[1:] for row in LinkGroup.objects.values_list(*names)}


def at_noon() -> dt.datetime:
    return AT


@given(
    edges=st.sets(st.tuples(st.integers(1, 40), st.integers(-9, 30)), max_size=60),
    most=st.integers(2, 6),
)
@settings(max_examples=150, deadline=None)
def test_components_are_those_of_a_plain_graph(edges: set[tuple[int, int]], most: int) -> None:
    holders: dict[int, set[int]] = {}
    for one, thing in edges:
        holders.setdefault(thing, set()).add(one)
    groups: list[set[int]] = []
    for who in holders.values():
        if 2 <= len(who) <= most:
            touching = [group for group in groups if group & who]
            groups = [group for group in groups if group not in touching]
            groups.append(who.union(*touching))
    expected = {one: min(group) for group in groups for one in group}
    found = grouped(edges, most)
    assert {one: component for one, (component, _community) in found.items()} == expected
    assert all(found[community][0] == component for component, community in found.values())


def ring(first: int, size: int) -> list[tuple[int, int]]:
    """Everybody shares something with each of the next three."""
    return [
        edge
        for place in range(size)
        for step in (1, 2, 3)
        for edge in (
            (first + place, 1000 * first + 3 * place + step),
            (first + (place + step) % size, 1000 * first + 3 * place + step),
        )
    ]


def test_a_large_component_falls_into_its_dense_parts_and_a_small_one_does_not() -> None:
    bridge = [(1, 5), (101, 5)]
    found = grouped([*ring(1, 20), *ring(101, 20), *bridge])
    assert {component for component, _community in found.values()} == {1}
    parts = {one: community for one, (_component, community) in found.items()}
    assert {parts[one] for one in range(1, 21)}.isdisjoint(parts[one] for one in range(101, 121))
    small = grouped([*ring(1, 10), *ring(101, 10), *bridge])
    assert set(small.values()) == {(1, 1)}


def test_the_same_links_in_another_order_give_the_same_groups() -> None:
    chance = np.random.default_rng(5)
    customers, things = chance.integers(0, 400, 900), chance.integers(0, 500, 900)
    order = chance.permutation(900)
    first = communities.grouped(customers=customers, things=things, shared_at_most=100)
    again = communities.grouped(
        customers=customers[order], things=things[order], shared_at_most=100
    )
    assert len(set(first.community.tolist())) > len(set(first.component.tolist())) >= 1
    assert first.community.tolist() == again.community.tolist()


def test_groups_are_written_with_their_sizes_and_who_is_shut_out(lender: Lender) -> None:
    one, two, three, four, alone = people(5)
    for customer, kind, number in (
        (one, "device", 1), (two, "device", 1), (two, "phone", 2),
        (three, "emergency_contact", 2), (four, "phone", 1), (alone, "payee", 7),
    ):  # fmt: skip
        link(customer, kind, number)
    close(lender, two)
    close(lender, alone)
    run = grouping.group_customers(now=at_noon)
    assert rows() == dict.fromkeys((one, two, three), (one, 3, one, 3, 1))
    assert run is not None
    kept = LinkRun.objects.get()
    assert (kept.state, kept.stage, kept.edges, kept.customers, kept.customers_done) == (
        "finished", "done", 6, 3, 3,
    )  # fmt: skip
    assert (kept.components, kept.communities, kept.hot_things, kept.finished_at) == (1, 1, 0, AT)
    found = queries.facts_for(customer_id=one, at=AT)
    assert (found.group_size, found.group_restricted_share) == (3, 0.5)


def test_who_shares_nothing_any_more_leaves_and_who_stays_is_not_written_again(
    lender: Lender,
) -> None:
    one, two, three, four = people(4)
    for customer, number in ((one, 1), (two, 1), (three, 2), (four, 2)):
        link(customer, "device", number)
    grouping.group_customers(now=at_noon)
    Link.objects.filter(customer_id=four).delete()
    grouping.group_customers(now=lambda: AT + HOUR)
    assert rows() == dict.fromkeys((one, two), (one, 2, one, 2, 0))
    assert set(LinkGroup.objects.values_list("computed_at", flat=True)) == {AT}


def test_nobody_and_nothing_makes_a_run_without_groups(db: None) -> None:
    run = grouping.group_customers(now=at_noon)
    assert run is not None
    assert (run.state, run.edges, run.customers) == ("finished", 0, 0)


def test_things_shared_by_too_many_are_left_out_and_listed(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "SHARED_AT_MOST", 3)
    several = people(5)
    for customer in several:
        link(customer, "device", 1)
    for customer in several[:3]:
        link(customer, "address", 2)
    grouping.group_customers(now=at_noon)
    assert sorted(rows()) == several[:3]
    assert list(HotThing.objects.values_list("kind", "customers")) == [("device", 5)]
    Link.objects.filter(customer_id__in=several[3:]).delete()
    grouping.group_customers(now=at_noon)
    assert not HotThing.objects.exists()


def test_ranges_meet_and_leave_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "CUSTOMERS_A_BATCH", 2)
    found = grouping._ranges(np.array([3, 5, 8, 9, 40]))
    assert found == [(-1, 5, 2), (5, 9, 4), (9, 2**62, 5)]
    assert grouping._ranges(np.array([], dtype=np.int64)) == [(-1, 2**62, 0)]


def test_of_two_workers_one_works_and_the_other_goes(lender_on_disk: Lender) -> None:
    ends = at_once([lambda: grouping.begin(at=AT), lambda: grouping.begin(at=AT)])
    assert failures(ends) == []
    assert sorted(end is None for end in ends) == [False, True]
    assert LinkRun.objects.count() == 1
    assert grouping.group_customers(now=at_noon) is None


def test_a_run_whose_worker_died_is_begun_anew(db: None, still: dt.datetime) -> None:
    dead = grouping.begin(at=still - grouping.LEASE - HOUR)
    assert dead is not None
    assert grouping.is_abandoned(at=still)
    assert tasks.continue_grouping() is True
    assert list(LinkRun.objects.order_by("pk").values_list("state", "problem")) == [
        ("failed", "worker_died"), ("finished", ""),
    ]  # fmt: skip
    assert tasks.continue_grouping() is False


def test_a_worker_that_lost_its_lease_writes_no_more(lender: Lender) -> None:
    one, two = people(2)
    link(one, "device", 1)
    link(two, "device", 1)
    run = grouping.begin(at=AT - 2 * grouping.LEASE)
    assert run is not None
    assert grouping.begin(at=AT) is not None
    with pytest.raises(grouping.LeaseLost):
        grouping._work(run, at_noon)
    assert rows() == {}


def test_an_error_is_kept_in_the_run_and_the_next_run_is_free(lender: Lender) -> None:
    with (
        mock.patch.object(arrays, "read", side_effect=ValueError("no")),
        pytest.raises(ValueError, match="no"),
    ):
        grouping.group_customers(now=at_noon)
    failed = LinkRun.objects.get()
    assert (failed.state, failed.problem, failed.finished_at) == ("failed", "ValueError", AT)
    assert grouping.group_customers(now=at_noon) is not None


def test_the_task_works_everybody_out(db: None) -> None:
    assert tasks.group_customers() is True
    assert LinkRun.objects.get().finished_at <= clock.now()


def test_a_web_process_loads_no_graph_library() -> None:
    asked = "import django; django.setup(); import backoffice.urls, risk.tasks, sys; "
    asked += "print(sorted({'risk.links.arrays', 'scipy', 'networkit'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("[]")
