"""The catalogue as a page, and what is known about a customer on theirs."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.staff.facts import Role
from risk.events.facts import EventKind
from risk.signals.catalogue import SIGNALS
from risk.signals.models import CustomerSignals
from risk.signals.words import value_words
from tests.console import statements
from tests.lender import Lender
from tests.risk.signals.log import happened

CATALOGUE = "/admin/risk/customersignals/"
AsRole = Callable[[Role], Client]


def page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer
    return unescape(answer.content.decode())


def test_the_catalogue_tells_of_every_signal_without_asking_the_database_for_it(
    as_role: AsRole,
) -> None:
    browser = as_role(Role.RISK_ANALYST)
    browser.get(CATALOGUE)
    with statements() as asked:
        shown = page(browser, CATALOGUE)
    assert all(f'id="{name}"' in shown for name in SIGNALS)
    assert "Draw less: amounts leave the sum as time passes." in shown
    assert shown.count('<li id="basis-') == 6
    assert not [sql for sql in asked if "risk_" in sql]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("SCORE_CH", {f"score_change_{days}d" for days in (30, 90, 180)}),
        ("from the credit bureau", {"debt_to_income", "outside_debt_cents", "outside_lenders",
                                    "bureau_inquiries_30d", "bureau_age_days"}),
        (" tenure ", {"tenure_days"}), ("<script>", set()),
    ],
)  # fmt: skip
def test_a_signal_is_found_by_name_label_or_source(
    as_role: AsRole, wanted: str, found: set[str]
) -> None:
    answer = as_role(Role.AUDITOR).get(CATALOGUE, {"q": wanted})
    shown = answer.content.decode()
    assert {name for name in SIGNALS if f'id="{name}"' in shown} == found
    assert ("No signal says this." in shown) == (not found)
    assert "<script>" not in shown.split("<form")[1].split("</form>")[0]


def test_a_row_leads_to_the_customer_it_is_about(lender: Lender, as_role: AsRole) -> None:
    lender.customer()
    pk = CustomerSignals.objects.get().pk
    answer = as_role(Role.AUDITOR).get(f"{CATALOGUE}{pk}/change/")
    assert (answer.status_code, answer["Location"]) == (
        302, f"/admin/accounts/customer/{pk}/change/",
    )  # fmt: skip
    assert as_role(Role.AUDITOR).get(f"{CATALOGUE}{pk + 1}/change/").status_code == 302
    assert as_role(Role.AUDITOR).get(f"{CATALOGUE}add/").status_code == 403


def test_a_customers_page_leaves_out_counts_of_nothing_and_says_at_least(
    lender: Lender, as_role: AsRole
) -> None:
    lender.customer()
    pk, now = CustomerSignals.objects.get().pk, timezone.now()
    happened(pk, EventKind.LOGIN, now, times=1001)
    happened(pk, EventKind.DRAWDOWN, now, amount_cents=12_345)
    shown = page(as_role(Role.AUDITOR), f"/admin/accounts/customer/{pk}/change/")
    told = shown.split('id="section-signals"')[1].split("</section>")[0]
    assert '<dt title="seen_logins_24h">logins counted within 24 hours</dt>' in told
    assert "≥ 1,000" in told
    assert "¥123.45" in told
    assert "seen_applications" not in told
    assert "days_since_refusal" not in told
    assert 'title="event_age_days"' in told
    assert 'title="restricted_within_2_hops"' in told
    zeros = sum(1 for signal in SIGNALS.values() if signal.family.value == "window")
    assert f"Left out: {zeros - 13} counts of nothing." in told


@pytest.mark.parametrize(
    ("name", "value", "is_capped", "words"),
    [
        ("seen_applications_7d", "1000", True, "≥ 1,000"), ("seen_applications_7d", 0, False, "0"),
        ("drawn_7d_cents", "123456", True, "≥ ¥1,234.56"), ("score_change_30d", "20", False, "+20"),
        ("score_change_30d", -20, False, "-20"), ("utilisation_trend_30d", "0.05", False, "+5%"),
        ("score_band", "very_good", False, "very good score"), ("score", None, False, "—"),
        ("links_are_capped", True, False, "yes"), ("windows_are_capped", False, False, "no"),
        ("group_size", None, True, "—"), ("score", "720", False, "720"),
    ],
)  # fmt: skip
def test_a_value_is_read_with_its_sign_its_unit_and_whether_there_are_more(
    name: str, value: object, is_capped: bool, words: str
) -> None:
    with translation.override("en"):
        assert value_words(SIGNALS[name], value, is_capped=is_capped) == words
