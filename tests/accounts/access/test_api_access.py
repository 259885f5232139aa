"""What a customer may do with a product now, why not more, and what helps."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.access import services as access
from accounts.access.facts import Cause, Source, State
from accounts.access.models import Product, Restriction
from compliance.ledger.facts import system
from compliance.switches import services as switches
from compliance.switches.facts import Effect, Kind
from risk.decisions.models import Decision
from tests.api_client import LenderApp
from tests.lender import AT, Lender
from tests.problems import problem

AT_TEXT, REVIEW = "2026-06-01T04:00:00Z", "2026-08-30T04:00:00Z"
TERMS = {
    "currency": "CNY", "limit_cents": 20_000_000, "annual_rate": "0.07200", "max_term_months": 12,
}  # fmt: skip
NOT_DECIDED = {
    "code": "NOT_DECIDED", "level": "platform", "is_appealable": False, "ends_by": "fact",
}  # fmt: skip


@pytest.fixture
def app(lender: Lender) -> LenderApp:
    return LenderApp()


def switch_on(effect: Effect, **given: Any) -> str:
    return switches.turn_on(
        **{
            "scope": "product:flex-credit", "kind": Kind.EMERGENCY, "effect": effect,
            "reason_code": "EMERGENCY_STOP", "note": "drill", "actor": system("test"), "at": AT,
            **given,
        }
    )  # fmt: skip


def add_product(code: str, **given: Any) -> Product:
    row = Product.objects.get(code="flex-credit")
    row.pk, row.code = None, code
    for name, value in given.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row


def test_before_any_decision_access_is_closed_and_says_so(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer()
    body = app.get(f"customers/{customer}/access/flex-credit").json()
    [reason] = body.pop("reasons")
    assert {name: reason[name] for name in NOT_DECIDED} == NOT_DECIDED
    assert reason["text"]
    assert reason["remedy"]
    assert body == {
        "customer_id": customer, "product": "flex-credit", "state": "CLOSED", "stored_state": None,
        "terms": None, "restrictions": [], "switches": [], "since": None, "next_review_at": None,
        "decision_id": None,
    }  # fmt: skip


def test_open_access_states_its_terms_and_the_next_review(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer()
    decided = lender.decide(customer)
    assert app.get(f"customers/{customer}/access/flex-credit").json() == {
        "customer_id": customer, "product": "flex-credit", "state": "OPEN", "stored_state": "OPEN",
        "terms": TERMS, "reasons": [], "restrictions": [], "switches": [], "since": AT_TEXT,
        "next_review_at": REVIEW, "decision_id": decided.public_id,
    }  # fmt: skip


def test_limited_access_names_causes_and_remedies_most_important_first(
    lender: Lender, app: LenderApp
) -> None:
    customer = lender.customer(months_late_now=1, utilisation=Decimal("0.95"))
    decided = lender.decide(customer)
    body = app.get(f"customers/{customer}/access/flex-credit").json()
    restrictions = list(Restriction.objects.order_by("id"))
    assert (body["state"], body["decision_id"]) == ("LIMITED", decided.public_id)
    assert body["terms"] == {**TERMS, "limit_cents": 500_000, "annual_rate": "0.09000"}
    assert [reason["code"] for reason in body["reasons"]] == ["PAYMENT_LATE", "UTILISATION_HIGH"]
    assert all(reason["text"] and reason["remedy"] for reason in body["reasons"])
    assert body["restrictions"] == [
        {
            "id": row.public_id, "reason_code": row.reason.code, "source": "policy",
            "effect": "LIMITED", "limit_cents": row.limit_cents, "started_at": AT_TEXT,
            "ends_at": None,
        }
        for row in restrictions
    ]  # fmt: skip
    assert {row.limit_cents for row in restrictions} == {500_000, 1_500_000}


def test_the_words_are_in_the_callers_language(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer(score=500)
    lender.decide(customer)
    path = f"customers/{customer}/access/flex-credit"
    [english] = app.get(path).json()["reasons"]
    app.language = "zh-hans"
    [chinese] = app.get(path).json()["reasons"]
    assert english["text"] == "Your credit score is below what this service requires."
    assert chinese["remedy"].startswith("按时还款")
    assert {**english, "text": "", "remedy": ""} == {**chinese, "text": "", "remedy": ""}


def test_a_closing_switch_masks_terms_and_leads_with_its_reason(
    lender: Lender, app: LenderApp
) -> None:
    customer = lender.customer(months_late_now=1)
    lender.decide(customer)
    path = f"customers/{customer}/access/flex-credit"
    before = app.get(path).json()
    end = AT + dt.timedelta(days=1)
    switch = switch_on(Effect.CLOSED, expected_end_at=end)
    masked = app.get(path).json()
    assert masked == {
        **before, "state": "CLOSED", "terms": None,
        "reasons": masked["reasons"],
        "switches": [
            {
                "id": switch, "kind": "emergency", "effect": "CLOSED", "limit_cents": None,
                "reason_code": "EMERGENCY_STOP", "turned_on_at": AT_TEXT,
                "expected_end_at": "2026-06-02T04:00:00Z",
            }
        ],
    }  # fmt: skip
    codes = [reason["code"] for reason in masked["reasons"]]
    assert codes == ["EMERGENCY_STOP", "PAYMENT_LATE"]
    switches.release(public_id=switch, note="over", actor=system("test"), at=AT)
    assert app.get(path).json() == before


def test_a_limiting_switch_caps_the_amount_and_only_ever_narrows(
    lender: Lender, app: LenderApp
) -> None:
    customer = lender.customer()
    lender.decide(customer)
    path = f"customers/{customer}/access/flex-credit"
    switch_on(Effect.LIMITED, limit_cents=700_000, scope="platform")
    body = app.get(path).json()
    assert (body["state"], body["stored_state"]) == ("LIMITED", "OPEN")
    assert body["terms"] == {**TERMS, "limit_cents": 700_000}
    switch_on(Effect.LIMITED, limit_cents=90_000_000)
    assert app.get(path).json()["terms"]["limit_cents"] == 700_000


def test_a_switch_over_another_product_changes_nothing(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer()
    lender.decide(customer)
    add_product("other")
    switch_on(Effect.CLOSED, scope="product:other")
    both = app.get(f"customers/{customer}/access").json()["items"]
    assert [(row["product"], row["state"], len(row["switches"])) for row in both] == [
        ("flex-credit", "OPEN", 0), ("other", "CLOSED", 1),
    ]  # fmt: skip


def test_an_operators_restriction_shows_its_source_and_end(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer()
    lender.decide(customer)
    access.restrict(
        customer_public_id=customer, product_code="flex-credit", source=Source.OPERATOR,
        cause=Cause("OPERATOR_REVIEW", State.CLOSED, None, AT + dt.timedelta(days=5)),
        note="looks odd", actor=system("test"), at=AT,
    )  # fmt: skip
    answer = app.get(f"customers/{customer}/access/flex-credit")
    [row] = answer.json()["restrictions"]
    assert (row["source"], row["effect"], row["ends_at"]) == (
        "operator", "CLOSED", "2026-06-06T04:00:00Z",
    )  # fmt: skip
    assert "looks odd" not in answer.content.decode()


def test_all_products_at_once_say_the_same_as_one_by_one(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer(months_late_now=1)
    lender.decide(customer)
    add_product("another")
    add_product("retired", is_active=False)
    switch_on(Effect.LIMITED, limit_cents=100_000, scope="platform")
    body = app.get(f"customers/{customer}/access").json()
    assert body == {
        "items": [
            app.get(f"customers/{customer}/access/{code}").json()
            for code in ("another", "flex-credit")
        ]
    }


def test_queries_do_not_grow_with_products_or_restrictions(
    lender: Lender, app: LenderApp, django_assert_num_queries: Any
) -> None:
    customer = lender.customer(months_late_now=1)
    lender.decide(customer)
    for number in range(4):
        add_product(f"more-{number}")
    # Who asks; the customer; the product(s); access; restrictions; switches; reasons.
    with django_assert_num_queries(7):
        app.get(f"customers/{customer}/access/flex-credit")
    with django_assert_num_queries(7):
        assert len(app.get(f"customers/{customer}/access").json()["items"]) == 5


@pytest.mark.parametrize("code", ["nothing", "FLEX-CREDIT", "retired", "flex-credit%00", "借"])
def test_a_product_that_is_not_on_offer_is_404(lender: Lender, app: LenderApp, code: str) -> None:
    add_product("retired", is_active=False)
    customer = lender.customer()
    answer = app.get(f"customers/{customer}/access/{code}")
    problem(answer, 404, "not_found" if "%" in code else "product_unknown")


def test_reading_access_decides_nothing(lender: Lender, app: LenderApp) -> None:
    customer = lender.customer()
    app.get(f"customers/{customer}/access")
    assert Decision.objects.count() == 0


def test_products_on_offer_in_the_callers_language(app: LenderApp) -> None:
    add_product("retired", is_active=False)
    shown = {
        "code": "flex-credit", "name": "Flex Credit", "currency": "CNY",
        "min_amount_cents": 500_000, "max_amount_cents": 20_000_000, "min_term_months": 1,
        "max_term_months": 12, "min_annual_rate": "0.03000", "max_annual_rate": "0.24000",
        "cooldown_minutes": 60,
    }  # fmt: skip
    assert app.get("products").json() == {"items": [shown], "next": None}
    assert app.get("products/flex-credit").json() == shown
    app.language = "zh-hans"
    assert app.get("products/flex-credit").json() == {**shown, "name": "灵活借"}
    problem(app.get("products/retired"), 404, "product_unknown")
