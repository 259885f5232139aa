"""Sessions end by themselves and are few."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.staff import sessions
from accounts.staff.models import StaffSession
from compliance.ledger.models import LedgerEntry
from tests.accounts.staff.conftest import sign_in

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 6, 1, 8, 0, tzinfo=dt.UTC)
HOURS, MINUTES = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def test_a_fourth_session_ends_the_oldest_only(person) -> None:
    person()
    browsers = [Client() for _ in range(4)]
    for browser in browsers:
        sign_in(browser)
        browser.get("/admin/")
    assert [is_in(browser) for browser in browsers] == [False, True, True, True]
    assert StaffSession.objects.count() == 3


def test_sessions_signed_out_of_do_not_count(person) -> None:
    person()
    first, other = Client(), Client()
    sign_in(first)
    assert is_in(first)
    for _ in range(4):
        sign_in(other)
        other.get("/admin/")
        other.post("/admin/logout/")
    assert is_in(first)


def test_somebody_elses_sessions_do_not_count(person) -> None:
    person("wang")
    person("li")
    wang = Client()
    sign_in(wang, "wang")
    assert is_in(wang)
    for _ in range(3):
        li = Client()
        sign_in(li, "li")
        li.get("/admin/")
    assert is_in(wang)


def test_half_an_hour_without_a_click_ends_a_session(client: Client, person) -> None:
    user = person()
    with time_machine.travel(START, tick=False) as clock:
        sign_in(client)
        assert is_in(client)
        clock.shift(30 * MINUTES)
        assert is_in(client)
        clock.shift(30 * MINUTES + dt.timedelta(seconds=1))
        answer = client.get("/admin/risk/decision/?after=7")
        assert answer.status_code == 302
        assert answer.url == "/account/login/?next=/admin/risk/decision/%3Fafter%3D7"
        assert not is_in(client)
    entry = LedgerEntry.objects.latest("id")
    assert (entry.action, entry.subject_id) == ("staff.session_ended", str(user.pk))
    assert entry.detail == {"why": "idle"}


def test_twelve_hours_end_even_a_busy_session(client: Client, person) -> None:
    person()
    with time_machine.travel(START, tick=False) as clock:
        sign_in(client)
        for _ in range(36):
            assert is_in(client)
            clock.shift(20 * MINUTES)
        assert is_in(client)
        clock.shift(MINUTES)
        assert not is_in(client)
    assert LedgerEntry.objects.latest("id").detail == {"why": "lifetime"}


def test_a_dialog_that_finds_its_session_ended_moves_the_whole_page(client: Client, person):
    person()
    with time_machine.travel(START, tick=False) as clock:
        sign_in(client)
        assert is_in(client)
        clock.shift(HOURS)
        answer = client.get("/admin/", headers={"HX-Request": "true"})
        assert answer.status_code == 204
        assert answer["HX-Redirect"] == "/account/login/"


def test_a_changed_password_keeps_this_session_and_its_count(client: Client, person) -> None:
    user = person()
    sign_in(client)
    client.get("/admin/")
    changed = {"oldpassword": "a-long-enough-word-7"} | dict.fromkeys(
        ("password1", "password2"), "another-long-word-8"
    )
    client.post("/account/password/change/", changed)
    assert is_in(client)
    assert list(StaffSession.objects.values_list("session_key", flat=True)) == [
        client.session.session_key
    ]
    sessions.end_all(user_id=user.pk)
    assert not is_in(client)


def test_the_staff_users_language_is_used_from_the_first_page(client: Client, person) -> None:
    person(language="en")
    sign_in(client)
    first = client.get("/admin/", headers={"accept-language": "zh-CN"})
    second = client.get("/admin/", headers={"accept-language": "zh-CN"})
    assert '<html lang="en"' in first.content.decode()
    assert '<html lang="en"' in second.content.decode()


def test_a_language_chosen_in_the_console_lasts_beyond_this_session(client: Client, person):
    user = person(language="en")
    sign_in(client)
    client.get("/admin/")
    client.post("/account/language/", {"language": "zh-hans", "next": "/admin/"})
    assert '<html lang="zh-hans"' in client.get("/admin/").content.decode()
    user.refresh_from_db()
    assert user.language == "zh-hans"

    client.post("/account/language/", {"language": "xx", "next": "/admin/"})
    user.refresh_from_db()
    assert user.language == "zh-hans"


def test_signing_out_forgets_the_language_for_the_next_person(client: Client, person) -> None:
    person(language="en")
    sign_in(client)
    client.get("/admin/")
    assert client.cookies["django_language"].value == "en"
    client.post("/admin/logout/")
    assert client.cookies["django_language"].value == ""
