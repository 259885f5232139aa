"""The home page and the sidebar show each role its own work."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from accounts.staff.facts import Role
from backoffice.console import dashboard
from backoffice.console.dashboard import Tile, chart

pytestmark = pytest.mark.django_db


def sidebar(answer) -> set[str]:
    return {
        str(item["title"])
        for group in answer.context["sidebar_navigation"]
        for item in group["items"]
        if item["has_permission"]
    }


def test_support_sees_customers_but_no_policies_and_no_administration(as_role) -> None:
    shown = sidebar(as_role(Role.SUPPORT_AGENT).get("/admin/"))
    assert {"Home", "Customers", "Access", "Restrictions", "Notices", "Decisions"} <= shown
    assert not shown & {"Policy versions", "Ledger", "Staff users", "API clients", "Switches"}


def test_the_administrator_sees_people_and_machines_but_no_customers(as_role) -> None:
    shown = sidebar(as_role(Role.ADMINISTRATOR).get("/admin/"))
    assert {"Staff users", "Products", "API clients", "Scheduled tasks", "Task results"} <= shown
    assert not shown & {"Customers", "Decisions", "Policy versions", "Restrictions"}


@pytest.mark.parametrize("role", list(Role))
def test_every_link_in_a_roles_sidebar_opens(as_role, role: Role) -> None:
    browser = as_role(role)
    navigation = browser.get("/admin/").context["sidebar_navigation"]
    links = [
        str(item["link"])
        for group in navigation
        for item in group["items"]
        if item["has_permission"]
    ]
    assert len(links) > 3
    for link in links:
        assert browser.get(link).status_code == 200, link


def test_a_tile_is_built_only_for_those_who_may_see_it(as_role, monkeypatch) -> None:
    built = []
    tiles = {
        name: Tile(
            name, order, permission, name, "", "console/tile_number.html",
            lambda name=name: built.append(name) or {"number": 7},
        )
        for name, order, permission in (
            ("second", 20, "accounts.view_customer"),
            ("first", 10, ""),
            ("hidden", 15, "compliance.view_ledgerentry"),
        )
    }  # fmt: skip
    monkeypatch.setattr(dashboard, "_TILES", tiles)
    answer = as_role(Role.SUPPORT_AGENT).get("/admin/")
    assert built == ["first", "second"]
    assert [tile["name"] for tile in answer.context["tiles"]] == ["first", "second"]


def test_a_chart_carries_its_figures_as_a_table_too(as_role, monkeypatch) -> None:
    drawn = chart(["Jan", "Feb"], [("<open>", [1, 2], "#000000")])
    tile = Tile("t", 1, "", "Title", "", "console/tile_chart.html", lambda: {"chart": drawn})
    monkeypatch.setattr(dashboard, "_TILES", {"t": tile})
    html = as_role(Role.AUDITOR).get("/admin/").content.decode()
    assert "&lt;open&gt;" in html
    assert "<open>" not in html
    assert '<th scope="col">Feb</th>' in html


def test_pages_carry_no_script_the_content_policy_would_refuse(as_role) -> None:
    answer = as_role(Role.AUDITOR).get("/admin/")
    assert "script-src 'self' 'unsafe-eval'" in answer["Content-Security-Policy"]
    html = answer.content.decode()
    assert "<script>" not in html
    assert " onclick=" not in html


def test_a_database_that_is_away_is_said_to_be_away(client: Client, monkeypatch) -> None:
    def away(*given: object, **named: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    client.raise_request_exception = False
    client.cookies["sessionid"] = "x" * 32
    answer = client.get(reverse("admin:index"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"OperationalError" not in answer.content


def test_any_other_fault_is_a_plain_page_without_its_cause(client: Client, monkeypatch) -> None:
    def broken(*given: object, **named: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", broken)
    client.raise_request_exception = False
    client.cookies["sessionid"] = "x" * 32
    answer = client.get(reverse("admin:index"))
    assert answer.status_code == 500
    assert b"secret detail" not in answer.content
