"""The log in the console: found, filtered and paged by the events' own time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.customers.models import Customer
from accounts.staff.facts import Role
from risk.events.facts import EventKind, NewEvent
from risk.events.models import Event
from tests.lender import AT, Lender
from tests.risk.events.recording import record

LIST = "/admin/risk/event/"


@pytest.fixture
def log(lender: Lender, still: dt.datetime) -> list[int]:
    """A hundred and twenty logins of one customer and a score of each of two, a day apart."""
    owners = [
        Customer.objects.get(public_id=lender.customer(reference)).pk
        for reference in ("A-1", "B-1")
    ]
    days = [AT - n * dt.timedelta(days=1) for n in range(120)]
    events = [NewEvent(f"L-{n}", EventKind.LOGIN, owners[0], day) for n, day in enumerate(days)]
    events += [
        NewEvent(f"S-{n}", EventKind.SCORE, owner, days[40 * n], detail={"score": 640})
        for n, owner in enumerate(owners)
    ]
    record(events=list(reversed(events)), at=AT)
    return owners


@pytest.fixture
def auditor(log: list[int], as_role: Any) -> Client:
    return as_role(Role.AUDITOR)


def shown(browser: Client, query: str = "") -> Any:
    answer = browser.get(LIST + query)
    assert answer.status_code == 200
    return answer.context["cl"]


def ids(page: Any) -> list[str]:
    return [row.event_id for row in page.result_list]


def walked(browser: Client, query: str = "") -> list[str]:
    found, url = [], query
    while url is not None:
        page = shown(browser, url)
        found += ids(page)
        url = page.next_url
    return found


def test_pages_go_back_in_the_events_own_time(auditor: Client) -> None:
    everything = walked(auditor)
    assert len(everything) == 122
    assert [each for each in everything if each[0] == "L"] == [f"L-{n}" for n in range(120)]
    assert everything.index("S-1") in (40, 41, 42)


def test_walking_back_shows_the_same_pages(auditor: Client) -> None:
    first = shown(auditor)
    second = shown(auditor, first.next_url)
    back = shown(auditor, second.previous_url)
    assert ids(back) == ids(first)
    assert len(ids(second)) == 50
    assert shown(auditor).previous_url is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind__exact=score", ["S-0", "S-1"]),
        ("?kind__exact=cure", []),
        ("?kind__exact=login&days=1", ["L-0", "L-1"]),
        ("?days=7&kind__exact=score", ["S-0"]),
        ("?q=L-7", ["L-7"]),
        ("?q=B-1", ["S-1"]),
        ("?q=A-1&kind__exact=score", ["S-0"]),
        ("?q=nobody", []),
        ("?days=all", None),
        ("?after=999999999999", None),
    ],
)
def test_events_are_found_by_id_customer_kind_and_time(
    auditor: Client, query: str, found: list[str] | None
) -> None:
    assert walked(auditor, query) == (walked(auditor) if found is None else found)


@pytest.mark.parametrize("query", ["", "?kind__exact=login", "?q=A-1"])
def test_a_page_costs_the_same_whatever_it_shows(
    auditor: Client, query: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(9):
        assert len(ids(shown(auditor, query))) == 50


def test_one_event_has_a_page_of_its_own(auditor: Client) -> None:
    event = Event.objects.get(event_id="S-1")
    page = auditor.get(f"{LIST}{event.pk}/change/").content.decode()
    assert "S-1" in page
    assert "credit score: 640" in page
    assert 'name="_save"' not in page


def test_the_customers_page_shows_the_newest_and_leads_to_the_rest(
    auditor: Client, log: list[int]
) -> None:
    page = auditor.get(f"/admin/accounts/customer/{log[0]}/change/").content.decode()
    assert ">L-0<" in page
    assert ">L-11<" not in page
    public_id = Customer.objects.get(pk=log[0]).public_id
    assert f"{LIST}?q={public_id}" in page
    assert "S-1" not in page
