"""What every screen keeps to: a price in queries, buttons by role, POST only, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from accounts.access.models import Access, Product, Restriction
from accounts.customers import queries as customers
from accounts.staff.facts import Role
from backoffice.console.lists import KeysetAdmin
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Delivery
from compliance.reasons.models import Reason
from compliance.switches.models import Switch
from risk.decisions.models import Decision
from tests.console import press, statements
from tests.lender import PERSON, Lender

pytestmark = pytest.mark.django_db
AsRole = Callable[[Role], Client]

# Session, user, permissions (user, groups), switches that are on, the rows; names of who acted.
LIST_QUERIES = {
    "accounts/customer": 6, "accounts/access": 6, "accounts/restriction": 6,
    "accounts/verification": 7, "accounts/identitycase": 6, "accounts/inquiry": 6,
    "risk/decision": 6, "risk/policyversion": 6, "risk/policytrial": 6, "risk/campaign": 6,
    "compliance/notice": 6, "compliance/delivery": 6, "compliance/ledgerentry": 7,
    "compliance/switch": 6, "risk/importrun": 6, "risk/event": 6, "risk/device": 6,
    "risk/backtest": 6, "risk/snapshot": 6, "risk/recheck": 6,
}  # fmt: skip


@pytest.fixture
def decided(lender: Lender) -> str:
    """Two customers with a decision each; the first one's public id."""
    for reference in ("C-1", "C-2"):
        public_id = lender.customer(reference, score=590)
        lender.decide(public_id)
    return customers.find("C-1").get().public_id


def test_the_lists_priced_here_are_all_there_are() -> None:
    keyset = {
        f"{model._meta.app_label}/{model._meta.model_name}"
        for model, screen in admin.site._registry.items()
        if isinstance(screen, KeysetAdmin)
    }
    assert keyset - {"django_celery_results/taskresult"} == set(LIST_QUERIES)


@pytest.mark.parametrize(("path", "queries"), LIST_QUERIES.items())
def test_a_list_costs_its_queries_and_never_counts_or_skips(
    path: str, queries: int, as_role: AsRole, decided: str
) -> None:
    browser = as_role(Role.AUDITOR)
    with statements() as ran:
        answer = browser.get(f"/admin/{path}/")
    assert answer.status_code == 200
    assert len(ran) == queries, ran
    assert "COUNT(" not in " ".join(ran)
    assert "OFFSET" not in " ".join(ran)


def test_the_customers_page_costs_the_same_whatever_is_in_it(
    as_role: AsRole, lender: Lender, decided: str
) -> None:
    browser = as_role(Role.AUDITOR)
    page = f"/admin/accounts/customer/{customers.find('C-1').get().pk}/change/"
    browser.get(page)  # what is read once a process is read
    with statements() as before:
        html = browser.get(page).content.decode()
    for _again in range(3):
        lender.decide(decided)
    with statements() as after:
        browser.get(page)
    assert len(after) == len(before) <= 36
    assert PERSON["phone"] not in html
    assert "138****5678" in html


BUTTONS = [
    ("accounts/access/{access}/restrict/", {Role.COMPLIANCE_OFFICER}),
    ("accounts/restriction/{restriction}/lift/", {Role.COMPLIANCE_OFFICER}),
    ("accounts/customer/{customer}/reveal/", {Role.COMPLIANCE_OFFICER, Role.SUPPORT_AGENT}),
    ("risk/decision/decide_now/", {Role.SUPPORT_AGENT}),
    ("risk/campaign/start_campaign/", {Role.POLICY_APPROVER}),
    ("risk/policyversion/new_draft/", {Role.RISK_ANALYST}),
    ("risk/policyversion/{version}/retire/", {Role.POLICY_APPROVER}),
    ("risk/policyversion/{version}/roll_back/", {Role.POLICY_APPROVER}),
    ("risk/policyversion/{version}/schedule/", {Role.POLICY_APPROVER}),
    ("risk/policyversion/{version}/start_challenger/", {Role.POLICY_APPROVER}),
    ("risk/policyversion/{version}/copy_to_draft/", {Role.RISK_ANALYST}),
    ("compliance/switch/turn_on/", {Role.COMPLIANCE_OFFICER, Role.ADMINISTRATOR}),
    ("compliance/delivery/{delivery}/send_again/", {Role.COMPLIANCE_OFFICER, Role.ADMINISTRATOR}),
]


def address(path: str, lender: Lender) -> str:
    """`path` with the keys of the rows there are."""
    delivery = Delivery.objects.first()
    return "/admin/" + path.format(
        access=Access.objects.first().pk, restriction=Restriction.objects.first().pk,
        customer=customers.find("C-1").get().pk, version=1 if delivery is None else _live(),
        delivery=delivery.pk if delivery else 0,
    )  # fmt: skip


def _live() -> int:
    from risk.policies.models import PolicyVersion

    return int(PolicyVersion.objects.values_list("pk", flat=True).get(status="live"))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("path", "allowed"), BUTTONS)
def test_a_button_works_for_its_roles_by_post_with_a_reason_and_for_nobody_else(
    path: str, allowed: set[Role], role: Role, as_role: AsRole, lender: Lender, decided: str
) -> None:
    browser = as_role(role)
    written = LedgerEntry.objects.count()
    dialog, posted = browser.get(address(path, lender)), press(browser, address(path, lender))
    if role in allowed:
        assert b"dialog-form" in dialog.content
        assert b"This field is required." in posted.content
    else:
        assert (dialog.status_code, posted.status_code) == (403, 403)
    assert LedgerEntry.objects.count() == written
    assert Switch.objects.count() == 0


def test_after_a_dialog_one_is_back_on_the_page_it_was_opened_on(
    as_role: AsRole, decided: str
) -> None:
    browser = as_role(Role.COMPLIANCE_OFFICER)
    row = Restriction.objects.order_by("pk").first()
    home = "http://testserver/admin/accounts/customer/1/change/"

    def lift(current: str) -> str:
        answer = browser.post(
            f"/admin/accounts/restriction/{row.pk}/lift/",
            {"_form_submitted": "True", "reason": "Checked by phone"},
            headers={"HX-Current-URL": current},
        )
        return str(answer["HX-Redirect"])

    assert lift(f"{home}#section-access") == home
    elsewhere = lift("https://evil.example/admin/")
    assert elsewhere == f"/admin/accounts/restriction/{row.pk}/change/"
    row.refresh_from_db()
    assert row.lifted_at is not None


def test_a_search_for_a_person_never_stands_in_the_address(as_role: AsRole, decided: str) -> None:
    browser = as_role(Role.SUPPORT_AGENT)
    page = "/admin/accounts/customer/"
    answer = browser.post(page, {"q": PERSON["phone"], "employment_status__exact": "unknown"})
    assert answer.status_code == 302
    assert PERSON["phone"] not in answer["Location"]
    shown = browser.get(f"{page}{answer['Location']}")
    assert len(shown.context["cl"].result_list) == 2
    assert f'value="{PERSON["phone"]}"' in shown.content.decode()
    assert browser.get(f"{page}?q=~bm90IHNlYWxlZA==").context["cl"].result_list == []
    assert [row.reference for row in browser.get(f"{page}?q=C-1").context["cl"].result_list] == [
        "C-1"
    ]


def test_a_failed_delivery_is_sent_again_once_with_a_reason(as_role: AsRole, decided: str) -> None:
    browser = as_role(Role.COMPLIANCE_OFFICER)
    delivery = Delivery.objects.order_by("pk").first()
    path = f"/admin/compliance/delivery/{delivery.pk}/"
    assert "Send again" not in browser.get(f"{path}change/").content.decode()
    Delivery.objects.filter(pk=delivery.pk).update(state="failed", attempts=8, failure="HTTP 500")
    assert "Send again" in browser.get(f"{path}change/").content.decode()
    for _twice in range(2):
        press(browser, f"{path}send_again/", reason="The gateway is back")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.failure) == ("queued", 0, "")
    entry = LedgerEntry.objects.get(action="delivery.retried")
    assert (entry.reason, entry.detail["channel"]) == ("The gateway is back", "email")


PRODUCT = {
    "name_zh": "灵活借", "name_en": "Flex Credit", "is_active": "on", "min_amount_cents": "500000",
    "max_amount_cents": "20000000", "min_term_months": "1", "max_term_months": "12",
    "min_annual_rate": "0.03", "max_annual_rate": "0.24", "review_days": "90",
    "cooldown_minutes": "60", "reason": "Yearly",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"max_amount_cents": "1"}, "Must not be below the lower bound."),
        ({"min_amount_cents": "0"}, "Must be above zero."),
        ({"max_annual_rate": "0.01"}, "Must not be below the lower bound."),
        ({"min_annual_rate": "-1"}, "A share between 0 and 10"),
        ({"review_days": "0"}, "Must be above zero."),
        ({"cooldown_minutes": "43201"}, "At most 43,200 minutes, which is 30 days."),
        ({"cooldown_minutes": "-1"}, "greater than or equal to 0"),
        ({"max_amount_cents": "9" * 30}, "less than or equal to"),
        ({"reason": " "}, "This field is required."),
    ],
)
def test_what_a_product_cannot_be_is_said_in_its_form(
    wrong: dict[str, str], said: str, as_role: AsRole, lender: Lender
) -> None:
    browser, before = as_role(Role.ADMINISTRATOR), Product.objects.values().get()
    path = f"/admin/accounts/product/{lender.product.pk}/change/"
    answer = browser.post(path, {**PRODUCT, **wrong})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert Product.objects.values().get() == before
    assert not LedgerEntry.objects.filter(action="product.changed").exists()


def test_a_product_changes_with_its_old_and_new_values_and_why(
    as_role: AsRole, lender: Lender
) -> None:
    browser = as_role(Role.ADMINISTRATOR)
    path = f"/admin/accounts/product/{lender.product.pk}/change/"
    assert browser.post(path, {**PRODUCT, "max_annual_rate": "0.2"}).status_code == 302
    entry = LedgerEntry.objects.get(action="product.changed")
    assert (entry.subject_id, entry.reason) == ("flex-credit", "Yearly")
    assert entry.detail == {"changes": {"max_annual_rate": ["0.24000", "0.2"]}}


@pytest.mark.parametrize("code", ["Flex", "x y", "-x", "x" * 41, ""])
def test_a_new_product_needs_a_code_machines_can_use(code: str, as_role: AsRole) -> None:
    given = {**PRODUCT, "code": code, "currency": "CNY"}
    answer = as_role(Role.ADMINISTRATOR).post("/admin/accounts/product/add/", given)
    assert answer.status_code == 200
    assert Product.objects.count() == 0


REASON = {
    "level": "customer", "precedence": "5", "text_zh": "一", "text_en": "One", "remedy_zh": "二",
    "remedy_en": "Two", "ends_by": "fact", "legal_basis": "", "is_active": "on", "why": "Clearer",
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"text_en": ""}, {"remedy_zh": "  "}, {"level": "nobody"}, {"precedence": "-1"},
        {"precedence": "40000"}, {"why": ""}, {"legal_basis": "x" * 301},
    ],
)  # fmt: skip
def test_an_incomplete_reason_is_refused_in_its_form(
    wrong: dict[str, Any], as_role: AsRole, lender: Lender
) -> None:
    browser, row = as_role(Role.COMPLIANCE_OFFICER), Reason.objects.get(code="SCORE_TOO_LOW")
    path = f"/admin/compliance/reason/{row.pk}/change/"
    answer = browser.post(path, {**REASON, **wrong})
    assert answer.status_code == 200
    assert Reason.objects.get(pk=row.pk).text_en == row.text_en
    assert not LedgerEntry.objects.filter(action="reason.changed").exists()


def test_a_reasons_old_and_new_words_stay_on_its_page(as_role: AsRole, lender: Lender) -> None:
    browser, row = as_role(Role.COMPLIANCE_OFFICER), Reason.objects.get(code="SCORE_TOO_LOW")
    path = f"/admin/compliance/reason/{row.pk}/change/"
    assert browser.post(path, REASON).status_code == 302
    entry = LedgerEntry.objects.get(action="reason.changed")
    assert entry.detail["changes"]["text_en"] == [row.text_en, "One"]
    assert "Clearer" in browser.get(path).content.decode()
    assert Decision.objects.count() == 0
