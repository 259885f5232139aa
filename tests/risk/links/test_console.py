"""Linked customers at the console: who may see them, what is shown, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.staff.facts import Role
from risk.links import admin, drawing, neighbours, queries, services, tiles
from risk.links.facts import LinkKind, Neighbour, Sighting
from risk.links.models import Device, HotThing
from tests.accessible import violations
from tests.browser import Desk
from tests.console import statements
from tests.lender import AT, Lender
from tests.risk.links.people import close, customer_of, link, people

AsRole = Callable[[Role], Client]
MAY_SEE = {Role.RISK_ANALYST, Role.POLICY_APPROVER, Role.COMPLIANCE_OFFICER, Role.AUDITOR}


def page_of(customer_id: int) -> str:
    return f"/admin/accounts/customer/{customer_id}/change/"


def name_of(customer_id: int) -> str:
    return drawing.short_name(customer_of(customer_id).public_id)


def small_world(lender: Lender) -> tuple[int, int, int]:
    """Me; a neighbour who is closed, by phone and address; one a hop further, by a device."""
    me, near, far = people(3)
    for customer_id, kind, number in (
        (me, "phone", 1), (near, "phone", 1), (me, "address", 2), (near, "address", 2),
        (near, "payee", 3), (far, "payee", 3),
    ):  # fmt: skip
        link(customer_id, kind, number)
    close(lender, near)
    return me, near, far


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_look_into_patterns_see_who_is_linked(
    lender: Lender, as_role: AsRole, role: Role
) -> None:
    me, near, _far = small_world(lender)
    answer = as_role(role).get(page_of(me))
    is_shown = answer.status_code == 200 and 'id="section-links"' in answer.content.decode()
    assert is_shown is (role in MAY_SEE)
    assert (name_of(near) in answer.content.decode()) is (role in MAY_SEE)


def test_the_picture_and_the_rows_say_the_same(lender: Lender, as_role: AsRole) -> None:
    me, near, far = small_world(lender)
    page = as_role(Role.AUDITOR).get(page_of(me)).content.decode()
    assert page.count(f'href="{page_of(near)}"') == page.count(f'href="{page_of(far)}"') == 2
    assert (
        f'aria-label="Customer {name_of(near)}, 1 step away, shares: phone, address; closed"'
        in page
    )
    assert f'aria-label="Customer {name_of(far)}, 2 steps away, shares: payee"' in page
    assert page.count("<polygon") == 1
    assert f"with {name_of(near)}" in page


def test_no_personal_data_is_on_the_picture(lender: Lender, as_role: AsRole) -> None:
    me, near, _far = small_world(lender)
    page = as_role(Role.AUDITOR).get(page_of(me)).content.decode()
    assert customer_of(near).reference not in page


def test_a_customer_without_neighbours_is_said_to_have_none(
    lender: Lender, as_role: AsRole
) -> None:
    (me,) = people(1)
    page = as_role(Role.AUDITOR).get(page_of(me)).content.decode()
    assert "Shares nothing with another customer." in page
    assert '<svg viewBox="0 0 720' not in page


def test_the_nearest_come_first_then_the_closed_then_who_shares_more(lender: Lender) -> None:
    me, plain, closed, twice, far = people(5)
    for one in (me, plain, closed, twice):
        link(one, "employer", 1)
    link(me, "phone", 2)
    link(twice, "phone", 2)
    link(closed, "payee", 3)
    link(far, "payee", 3)
    close(lender, closed)
    close(lender, far)
    found = queries.neighbourhood(customer_id=me, at=AT)
    shown = [(one.customer_id, one.hops, one.things, one.is_restricted) for one in found.neighbours]
    assert shown == [
        (closed, 1, 1, True), (twice, 1, 2, False), (plain, 1, 1, False), (far, 2, 1, True),
    ]  # fmt: skip
    assert found.neighbours[1].kinds == (LinkKind.EMPLOYER, LinkKind.PHONE)
    assert found.neighbours[3].via == closed
    assert (found.hot, found.is_cut) == ((), False)


def test_a_crowd_is_cut_and_who_is_not_shown_is_not_taken_for_far(lender: Lender) -> None:
    me, *others = people(neighbours.NEAR_SHOWN + 4)
    for one in (me, *others):
        link(one, "employer", 1)
        link(one, "address", 1)
    for one in others:
        link(one, "payee", 5)
    found = queries.neighbourhood(customer_id=me, at=AT)
    assert [one.hops for one in found.neighbours] == [1] * neighbours.NEAR_SHOWN
    assert found.is_cut is True


def test_a_hot_thing_shows_nobody_and_is_named(lender: Lender, as_role: AsRole) -> None:
    me, *others = people(neighbours.SHARED_AT_MOST + 2)
    for one in (me, *others):
        link(one, "employer", 1)
    found = queries.neighbourhood(customer_id=me, at=AT)
    assert (found.neighbours, found.hot) == ((), (LinkKind.EMPLOYER,))
    page = as_role(Role.AUDITOR).get(page_of(me)).content.decode()
    assert "Shared by more than 100 customers and not followed: employer." in page


def test_a_page_asks_the_same_for_few_neighbours_and_many(lender: Lender, as_role: AsRole) -> None:
    me, _near, _far = small_world(lender)
    device([me])
    browser = as_role(Role.AUDITOR)
    browser.get(page_of(me))
    with statements() as few:
        browser.get(page_of(me))
    for one in people(30):
        link(one, "address", 2)
        link(one, "payee", one)
    with statements() as many:
        browser.get(page_of(me))
    assert len(few) == len(many)
    assert len([sql for sql in many if "risk_link" in sql or "risk_device" in sql]) == 6


def device(customers: list[int], name: str = "d-1") -> Device:
    for one in customers:
        sighting = Sighting(one, LinkKind.DEVICE, AT, attributes={"device_id": name})
        [device_id] = services.see_many(sightings=[sighting], at=AT)
    return Device.objects.get(pk=device_id)


def test_devices_are_listed_and_found_by_their_id_with_one_count_for_all(
    lender: Lender, as_role: AsRole
) -> None:
    browser = as_role(Role.RISK_ANALYST)
    browser.get("/admin/risk/device/")
    with statements() as none:
        browser.get("/admin/risk/device/")
    shared, own = device(people(3)), device(people(1), "d-2")
    with statements() as two:
        page = browser.get("/admin/risk/device/").content.decode()
    assert shared.public_id in page
    assert own.public_id in page
    assert len(two) - len(none) == 1
    found = browser.get("/admin/risk/device/", {"q": own.public_id}).content.decode()
    assert own.public_id in found
    assert shared.public_id not in found


def test_a_device_page_shows_who_was_seen_with_it(
    lender: Lender, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = people(3)
    row = device(several)
    path = f"/admin/risk/device/{row.pk}/change/"
    browser = as_role(Role.AUDITOR)
    page = browser.get(path).content.decode()
    assert all(customer_of(one).public_id in page for one in several)
    assert "There are more." not in page
    assert "it links nobody" not in page
    monkeypatch.setattr(admin, "CUSTOMERS_SHOWN", 2)
    monkeypatch.setattr(admin, "SHARED_AT_MOST", 2)
    page = browser.get(path).content.decode()
    assert customer_of(several[2]).public_id not in page
    assert "There are more." in page
    assert "<dd>&gt; 2</dd>" in page
    assert "Shared by more than 2 customers: it links nobody" in page


def test_nobody_changes_a_device(lender: Lender, as_role: AsRole) -> None:
    row = device(people(1))
    browser = as_role(Role.AUDITOR)
    for path in ("add/", f"{row.pk}/delete/"):
        assert browser.post(f"/admin/risk/device/{path}").status_code == 403
    browser.post(f"/admin/risk/device/{row.pk}/change/", {"platform": "ios"})
    assert Device.objects.get().platform == ""


def test_the_home_page_names_what_is_shared_by_most(lender: Lender) -> None:
    row = device(people(1))
    for key, kind, customers in (
        (bytes(row.fingerprint), "device", 50_000), (b"e" * 16, "employer", 4_321),
    ):  # fmt: skip
        HotThing.objects.create(kind=kind, key=key, customers=customers, computed_at=AT)
    shown = tiles.hot_things()["rows"]
    assert [(str(one["label"]), one["value"]) for one in shown] == [
        (str(tiles.KIND_WORDS[LinkKind.DEVICE]), "50,000"),
        (str(tiles.KIND_WORDS[LinkKind.EMPLOYER]), "4,321"),
    ]
    assert [one["href"] for one in shown] == [f"/admin/risk/device/{row.pk}/change/", ""]


def crowd(near: int, far: int) -> list[Neighbour]:
    def one(place: int, via: int, hops: int) -> Neighbour:
        return Neighbour(place, f"cus_{place:026d}", via, hops, (LinkKind.PHONE,), 1, False)

    return [one(place + 1, 0, 1) for place in range(near)] + [
        one(100 + place, 1 + place % near, 2) for place in range(far)
    ]


@pytest.mark.parametrize(
    ("near", "far"), [(1, 0), (1, 1), (1, neighbours.FAR_SHOWN), (2, 3), (7, 5),
                      (neighbours.NEAR_SHOWN, neighbours.FAR_SHOWN)],
)  # fmt: skip
def test_no_mark_lies_on_another_or_outside(near: int, far: int) -> None:
    given = crowd(near, far)
    placed = drawing.marks(given)
    assert [mark.neighbour for mark in placed] == given
    spots = [(mark.x, mark.y) for mark in placed] + [(drawing.WIDTH // 2, drawing.HEIGHT // 2)]
    nearest = min(math.dist(a, b) for place, a in enumerate(spots) for b in spots[:place])
    assert nearest >= 2 * drawing.MARK + 4
    for mark in placed:
        assert drawing.MARK <= mark.x <= drawing.WIDTH - drawing.MARK
        assert mark.y >= drawing.MARK
        assert mark.label_y <= drawing.HEIGHT


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_break_no_rule_and_every_neighbour_is_reached_by_keyboard(
    desk: Callable[[], Desk], employ: Any, lender_on_disk: Lender, scheme: str
) -> None:
    me, near, far = small_world(lender_on_disk)
    row = device([me, near])
    employ(Role.AUDITOR)
    here = desk()
    here.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    here.sign_in("auditor")
    for path in ("/admin/risk/device/", f"/admin/risk/device/{row.pk}/change/", page_of(me)):
        assert violations(here.open(path)) == []
    links = here.page.locator(".neighbourhood svg a")
    assert links.count() == 2
    for place, customer_id in enumerate((near, far)):
        links.nth(place).focus()
        assert here.page.evaluate("document.activeElement.getAttribute('href')") == page_of(
            customer_id
        )
