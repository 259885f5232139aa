"""Links follow what stands in profiles, once, in the order of changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.customers import services as customers
from accounts.customers.facts import Profile
from accounts.customers.models import Customer
from compliance.ledger.facts import system
from risk.links import following, queries, services, tasks
from risk.links.facts import LinkKind, Sighting
from risk.links.keys import contact_key
from risk.links.models import Link, LinkSweep
from tests.lender import AT, Lender
from tests.threads import at_once, failures

HOUR = dt.timedelta(hours=1)
PHONE = "138 0013 8000"


def customer(reference: str, at: dt.datetime = AT, **given: Any) -> int:
    ref = customers.write_profile(
        reference=reference, profile=Profile(**given), actor=system("test"), at=at
    )
    return ref.id


def edges(customer_id: int) -> list[tuple[Any, ...]]:
    names = ("kind", "times", "first_seen_at", "last_seen_at")
    return list(Link.objects.filter(customer_id=customer_id).order_by("kind").values_list(*names))


def follow(at: dt.datetime = AT + HOUR) -> int:
    return following.follow_profiles(at=at)


def test_a_profile_makes_edges_and_neighbours_without_any_event(db: None) -> None:
    one = customer("C-1", phone=PHONE, address="世纪大道 100 号", employer="测试公司")
    two = customer("C-2", phone="+86 13800138000", address="世纪大道100号")
    assert follow() == 2
    assert edges(one) == [(kind, 1, AT, AT) for kind in ("address", "employer", "phone")]
    keys = {bytes(key) for key in Link.objects.filter(kind="phone").values_list("key", flat=True)}
    assert keys == {contact_key(LinkKind.PHONE, PHONE)}
    assert [kind for kind, *_rest in edges(two)] == ["address", "phone"]


def test_looking_again_adds_nothing(db: None) -> None:
    one = customer("C-1", phone=PHONE)
    assert (follow(), follow()) == (1, 0)
    assert following.look_again(at=AT + HOUR) == 1
    assert edges(one) == [("phone", 1, AT, AT)]


def test_what_was_on_file_later_counts_once_more_and_what_left_stays_dated(db: None) -> None:
    one = customer("C-1", phone=PHONE, employer="测试公司")
    follow()
    customer("C-1", at=AT + HOUR, employer="另一公司")
    assert follow(AT + 2 * HOUR) == 1
    assert edges(one) == [
        ("employer", 1, AT, AT), ("employer", 1, AT + HOUR, AT + HOUR),
        ("phone", 2, AT, AT + HOUR),
    ]  # fmt: skip


def test_a_profile_between_two_sightings_is_no_news(db: None) -> None:
    one = customer("C-1", phone=PHONE)
    key = contact_key(LinkKind.PHONE, PHONE)
    seen = [Sighting(one, LinkKind.PHONE, AT + step, key=key) for step in (-HOUR, HOUR)]
    services.see_many(sightings=seen, at=AT + HOUR)
    follow()
    assert edges(one) == [("phone", 2, AT - HOUR, AT + HOUR)]


def test_what_tells_nothing_and_what_does_not_open_is_passed_over(db: None) -> None:
    one = customer("C-1", phone=PHONE, employer="——", address="世纪大道100号")
    Customer.objects.filter(pk=one).update(address_sealed=b"\x01\x00broken")
    customer("C-2", email="a@example.com")
    assert follow() == 2
    assert edges(one) == [("phone", 1, AT, AT)]


def test_the_newest_changes_wait_for_those_that_commit_late(db: None) -> None:
    customer("C-1", phone=PHONE)
    assert follow(AT + following.BEHIND - dt.timedelta(seconds=1)) == 0
    assert follow(AT + following.BEHIND) == 1


def test_a_change_that_committed_too_late_is_found_by_the_look_back(db: None) -> None:
    customer("C-1", at=AT + HOUR, phone=PHONE)
    follow(AT + 2 * HOUR)
    late = customer("C-2", phone=PHONE)
    assert follow(AT + 2 * HOUR) == 0
    assert following.look_again(at=AT + 2 * HOUR) == 2
    assert edges(late) == [("phone", 1, AT, AT)]


def test_many_are_followed_in_batches_with_the_same_few_statements(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BATCH", 3)
    several = [customer(f"C-{number}", phone=PHONE) for number in range(7)]
    with CaptureQueriesContext(connection) as seen:
        assert follow() == 7
    written = [query for query in seen if "INTO risk_link" in query["sql"]]
    assert len(written) == 3
    assert all(edges(one) for one in several)
    sweep = LinkSweep.objects.get()
    assert (sweep.reached_at, sweep.reached_id) == (AT, several[-1])
    assert queries.facts_for(customer_id=several[0], at=AT + HOUR).is_capped is False


def test_a_second_worker_leaves_a_sweep_to_the_first(lender_on_disk: Lender) -> None:
    customer("C-1", phone=PHONE)
    assert follow(AT) == 0  # the sweep's row is there now

    def first() -> Any:
        with transaction.atomic():
            LinkSweep.objects.select_for_update().get()
            return at_once([follow])

    assert first() == [0]
    ends = at_once([follow, follow])
    assert failures(ends) == []
    assert sorted(ends) == [0, 1]


def test_the_task_follows_up_to_now(db: None) -> None:
    one = customer("C-1", phone=PHONE)
    assert tasks.follow_profiles() == 1
    assert edges(one) == [("phone", 1, AT, AT)]
