"""Recording what customers were seen with: once, in any order, from several sides at once."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.lib.errors import Invalid
from risk.links import services
from risk.links.facts import LinkKind, Sighting
from risk.links.keys import contact_key, device_key
from risk.links.models import Device, Link
from tests.lender import AT, Lender
from tests.risk.links.people import people
from tests.threads import WAIT_SECONDS, at_once, failures, wait_for_a_waiter

HOUR = dt.timedelta(hours=1)
PHONE = {"platform": "android", "device_id": "d-1"}
KEY = contact_key(LinkKind.PHONE, "13800138000")


def device(customer_id: int, at: dt.datetime = AT, name: str = "d-1") -> Sighting:
    return Sighting(customer_id, LinkKind.DEVICE, at, attributes={**PHONE, "device_id": name})


def phone(customer_id: int, at: dt.datetime = AT, key: bytes | None = KEY) -> Sighting:
    return Sighting(customer_id, LinkKind.PHONE, at, key=key)


def edges() -> list[tuple[Any, ...]]:
    names = ("customer_id", "kind", "times", "first_seen_at", "last_seen_at")
    return list(Link.objects.order_by("customer_id", "kind").values_list(*names))


def see(*sightings: Sighting) -> list[int | None]:
    return services.see_many(sightings=sightings, at=AT + HOUR)


def test_a_sighting_makes_an_edge_and_the_device_it_leads_to(db: None) -> None:
    (one,) = people(1)
    [device_id] = see(Sighting(one, LinkKind.DEVICE, AT, attributes=PHONE))
    row = Device.objects.get()
    assert (row.pk, row.platform, row.first_seen_at, row.last_seen_at) == (
        device_id, "android", AT, AT,
    )  # fmt: skip
    assert bytes(row.fingerprint) == device_key(PHONE)
    assert row.public_id.startswith("dev_")
    assert edges() == [(one, "device", 1, AT, AT)]
    assert bytes(Link.objects.get().key) == device_key(PHONE)


def test_a_contact_makes_an_edge_and_no_device(db: None) -> None:
    (one,) = people(1)
    assert see(Sighting(one, LinkKind.PAYEE, AT, key=KEY)) == [None]
    assert edges() == [(one, "payee", 1, AT, AT)]
    assert not Device.objects.exists()


def test_a_batch_answers_in_order_with_two_statements_for_any_number(db: None) -> None:
    one, two = people(2)
    sightings = [phone(two), device(two, name="d-2"), device(one), phone(one), device(two)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = see(*sightings)
    first, second = (
        Device.objects.get(fingerprint=device_key({"device_id": name})).pk
        for name in ("d-1", "d-2")
    )
    assert found == [None, second, first, None, first]
    assert len([query for query in queries if "risk_" in query["sql"]]) == 2
    assert Link.objects.count() == 5


def test_late_news_moves_the_first_time_and_not_the_last(db: None) -> None:
    (one,) = people(1)
    see(device(one, AT))
    see(device(one, AT - 9 * HOUR), device(one, AT - 3 * HOUR))
    see(device(one, AT - 5 * HOUR))
    assert edges() == [(one, "device", 4, AT - 9 * HOUR, AT)]
    row = Device.objects.get()
    assert (row.first_seen_at, row.last_seen_at) == (AT - 9 * HOUR, AT)


def test_a_device_that_told_its_platform_once_keeps_it(db: None) -> None:
    (one,) = people(1)
    see(Sighting(one, LinkKind.DEVICE, AT, attributes={"device_id": "d-1"}))
    for platform in ("ios", "", "android"):
        given = {"device_id": "d-1", "platform": platform}
        see(Sighting(one, LinkKind.DEVICE, AT, attributes=given))
    assert Device.objects.get().platform == "ios"


def test_a_count_stops_at_what_its_column_holds(db: None) -> None:
    (one,) = people(1)
    see(phone(one))
    Link.objects.update(times=2**31 - 2)
    see(phone(one), phone(one))
    assert Link.objects.get().times == 2**31 - 1


def test_nothing_seen_writes_nothing(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert services.see_many(sightings=[], at=AT) == []
    assert [query for query in queries if "risk_" in query["sql"]] == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"key": None}, "contact_invalid"),
        ({"key": b"short"}, "contact_invalid"),
        ({"at": AT + 2 * HOUR}, "seen_ahead"),
        ({"kind": LinkKind.DEVICE, "key": None}, "device_invalid"),
    ],
)
def test_a_sighting_that_cannot_be_is_refused_and_nothing_of_the_batch_is_written(
    db: None, wrong: dict[str, Any], code: str
) -> None:
    (one,) = people(1)
    bad = Sighting(**{"customer_id": one, "kind": LinkKind.PHONE, "at": AT, "key": KEY, **wrong})
    with pytest.raises(Invalid) as caught, transaction.atomic():
        see(device(one), bad)
    assert caught.value.code == code
    assert edges() == []
    assert not Device.objects.exists()


def test_an_edge_needs_a_customer(transactional_db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        see(device(999_999))
    assert edges() == []


def test_two_connections_that_bring_the_same_new_device_make_one(lender_on_disk: Lender) -> None:
    one, two = people(2)
    found = at_once([lambda: see(device(one)), lambda: see(device(two))])
    assert failures(found) == []
    assert found[0] == found[1] == [Device.objects.get().pk]
    assert [row[:3] for row in edges()] == [(one, "device", 1), (two, "device", 1)]


def test_the_second_of_two_waits_and_counts_on_top_of_the_first(lender_on_disk: Lender) -> None:
    (one,) = people(1)

    written = threading.Event()

    def first() -> None:
        with transaction.atomic():
            see(phone(one))
            written.set()
            wait_for_a_waiter()

    def second() -> None:
        assert written.wait(WAIT_SECONDS)
        see(phone(one))

    assert failures(at_once([first, second])) == []
    assert edges() == [(one, "phone", 2, AT, AT)]


def test_edges_are_locked_by_customer_whatever_the_order_they_come_in(
    lender_on_disk: Lender,
) -> None:
    first, *others = people(4)
    for one in (first, *others):
        see(phone(one))
    held = threading.Event()

    def hold_the_first_and_take_the_rest() -> int:
        with transaction.atomic():
            list(Link.objects.select_for_update().filter(customer_id=first))
            held.set()
            wait_for_a_waiter()
            rest = Link.objects.select_for_update(nowait=True).filter(customer_id__in=others)
            return len(rest)

    def see_backwards() -> None:
        assert held.wait(WAIT_SECONDS)
        see(*(phone(one) for one in (*others[::-1], first)))

    ends = at_once([hold_the_first_and_take_the_rest, see_backwards])
    assert failures(ends) == []
    assert ends[0] == 3


def test_batches_in_opposite_orders_never_wait_in_a_circle(lender_on_disk: Lender) -> None:
    several = people(8)
    sightings = [make(one) for one in several for make in (phone, device)]
    sightings += [device(one, name=f"own-{one}") for one in several]

    def often(given: list[Sighting]) -> None:
        for _again in range(5):
            see(*given)

    ends = at_once([lambda: often(sightings), lambda: often(sightings[::-1])])
    assert failures(ends) == []
    assert set(Link.objects.values_list("times", flat=True)) == {10}
    assert Device.objects.count() == 9
