"""Lists that page by key: right rows, both ways, at the same price wherever one is."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.staff.facts import Role
from backoffice.console.lists import KeysetAdmin
from compliance.ledger import services as ledger
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry

pytestmark = pytest.mark.django_db
LIST = "/admin/compliance/ledgerentry/"
ROWS = 130


@pytest.fixture
def auditor(as_role) -> Client:
    browser = as_role(Role.AUDITOR)
    for number in range(ROWS):
        ledger.record(
            actor=system("test"), action="reason.changed", subject=("reason", f"R{number}")
        )
    return browser


def page(browser: Client, query: str = ""):
    answer = browser.get(LIST + query)
    assert answer.status_code == 200
    return answer.context["cl"]


def subjects(cl) -> list[str]:
    return [entry.subject_id for entry in cl.result_list]


def newest_first(first: int, last: int) -> list[str]:
    return [f"R{number}" for number in range(first, last - 1, -1)]


def test_walking_older_meets_every_row_once(auditor: Client) -> None:
    met, url = [], ""
    while url is not None:
        cl = page(auditor, url)
        met += subjects(cl)
        url = cl.next_url
    assert met == newest_first(129, 0)


def test_walking_back_shows_the_same_pages(auditor: Client) -> None:
    first = page(auditor)
    second = page(auditor, first.next_url)
    third = page(auditor, second.next_url)
    assert (first.previous_url, third.next_url) == (None, None)
    assert subjects(second) == newest_first(79, 30)
    assert subjects(page(auditor, third.previous_url)) == subjects(second)
    again = page(auditor, second.previous_url)
    assert subjects(again) == subjects(first)
    assert again.previous_url is None


def test_rows_that_arrive_meanwhile_move_no_page(auditor: Client) -> None:
    second = page(auditor).next_url
    before = subjects(page(auditor, second))
    ledger.record(actor=system("test"), action="reason.changed", subject=("reason", "new"))
    assert subjects(page(auditor, second)) == before


def test_every_page_costs_the_same_queries_and_never_counts_or_skips(auditor: Client) -> None:
    """Session, user, permissions (user and groups), switches that are on, and the rows."""
    oldest = LedgerEntry.objects.order_by("id")[20].pk
    for query in ("", f"?after={oldest}", f"?before={oldest}", "?q=R7"):
        with CaptureQueriesContext(connection) as captured:
            page(auditor, query)
        statements = [entry["sql"] for entry in captured]
        assert len(statements) == 6, statements
        joined = " ".join(statements)
        assert "COUNT(" not in joined
        assert "OFFSET" not in joined
        assert "DISTINCT" not in joined.replace('SELECT DISTINCT "django_content', "")


def test_a_list_without_search_takes_a_term_in_the_address_for_none(auditor: Client) -> None:
    answer = auditor.get("/admin/compliance/delivery/?q=anything")
    assert answer.status_code == 200
    assert list(answer.context["cl"].result_list) == []


def test_a_search_box_without_a_way_to_find_is_refused_at_start() -> None:
    class Searchless(KeysetAdmin):
        search_fields = ("subject_id",)

    with pytest.raises(ImproperlyConfigured, match="go together"):
        Searchless(LedgerEntry, admin.site)


def test_search_finds_by_exact_subject(auditor: Client) -> None:
    assert subjects(page(auditor, "?q=R7")) == ["R7"]
    assert subjects(page(auditor, "?q=R")) == []
    assert subjects(page(auditor, "?q=%00")) == subjects(page(auditor))


@pytest.mark.parametrize(
    "query",
    [
        "?after=x",
        "?after=-1",
        "?after=" + "9" * 30,
        "?before=",
        "?after=٣",
        "?o=2.1",
        "?p=7",
        "?all=",
    ],
)
def test_nonsense_in_the_address_shows_the_first_page(auditor: Client, query: str) -> None:
    answer = auditor.get(LIST + query, follow=True)
    assert answer.status_code == 200
    assert subjects(answer.context["cl"]) == newest_first(129, 80)


def test_beyond_either_end_there_is_a_way_back(auditor: Client) -> None:
    past = page(auditor, "?after=0")
    assert (subjects(past), past.next_url) == ([], None)
    assert subjects(page(auditor, past.previous_url)) == newest_first(129, 80)


def test_nothing_can_be_written_through_a_read_only_screen(auditor: Client) -> None:
    entry = LedgerEntry.objects.latest("id")
    assert auditor.get(f"{LIST}{entry.pk}/change/").status_code == 200
    for path in (f"{LIST}{entry.pk}/change/", f"{LIST}add/", f"{LIST}{entry.pk}/delete/"):
        assert auditor.post(path, {"action": "x", "post": "yes"}).status_code == 403
    assert LedgerEntry.objects.latest("id") == entry
    assert entry.action == "reason.changed"


def test_a_filter_without_fixed_choices_cannot_be_declared() -> None:
    class Wrong(KeysetAdmin):
        list_filter = ("subject_kind",)

    with pytest.raises(ImproperlyConfigured, match="subject_kind has no fixed choices"):
        Wrong(LedgerEntry, admin.site)


WIDE = {"content", "facts", "answer", "result"}


@pytest.mark.parametrize(
    "name", ["policyversion", "policytrial", "decision", "campaign", "backtest"]
)
def test_a_list_reads_no_column_as_wide_as_a_policy(as_role, name: str) -> None:
    browser = as_role(Role.AUDITOR)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/admin/risk/{name}/").status_code == 200
    asked = [one["sql"].replace('"', "") for one in captured if f'FROM "risk_{name}"' in one["sql"]]
    assert len(asked) == 1
    read = re.findall(r"\w+\.(\w+)", asked[0])
    assert "id" in read
    assert WIDE.isdisjoint(read)


def test_links_are_in_the_page(auditor: Client) -> None:
    html = auditor.get(LIST).content.decode()
    assert re.search(r'href="\?after=\d+" rel="next">Older<', html)
    assert 'rel="prev"' not in html


@pytest.mark.parametrize("model", ["access", "restriction", "verification", "decision", "delivery"])
def test_every_filter_of_a_table_that_grows_has_an_index_in_page_order(model: str) -> None:
    """Without one a rare value reads the whole table (`make bench BENCH=lists` shows it)."""
    [shown] = [
        one for table, one in admin.site._registry.items() if table._meta.model_name == model
    ]
    key = f"-{shown.model._meta.pk.name}"
    indexed = {tuple(index.fields) for index in shown.model._meta.indexes}
    assert shown.list_filter
    assert {(name, key) for name in shown.list_filter} <= indexed
