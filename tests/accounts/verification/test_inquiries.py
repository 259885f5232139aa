"""A question is a row first; a worker calls outside any transaction; one answer is one record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from accounts.customers import queries as customers
from accounts.customers import services as customer_services
from accounts.customers.facts import Profile
from accounts.staff.facts import Role
from accounts.verification import inquiries, providers, queries, services
from accounts.verification.facts import IdentityStatus, InquiryKind, Result
from accounts.verification.inquiry_models import Inquiry
from accounts.verification.models import BureauRecord, IdentityCheck
from accounts.verification.providers import Breaker
from accounts.verification.simulator import simulating
from accounts.verification.tasks import ask_due_inquiries
from backoffice.lib.errors import Conflict, Missing
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from tests.console import press, statements
from tests.lender import AT, PERSON
from tests.snapshots import nothing_written
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)

BUREAU, IDENTITY = InquiryKind.BUREAU, InquiryKind.IDENTITY


@pytest.fixture(autouse=True)
def outside(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setattr(providers, "WAIT_SECONDS", 0.001)
    monkeypatch.setattr(inquiries, "_BREAKERS", {kind: Breaker() for kind in InquiryKind})
    with simulating() as (url, asked), time_machine.travel(AT, tick=False):
        settings.BUREAU_URL = settings.IDENTITY_URL = url
        yield asked


def person(phone: str = PERSON["phone"], consent: str = "bureau_query") -> str:
    written = services.upsert_customer(
        reference="C-1", profile=Profile(**{**PERSON, "phone": phone}), actor=system("test"),
        at=AT,
    )  # fmt: skip
    customer_services.give_consent(
        customer_id=written.id, purpose=consent, document_version="1", actor=system("test"), at=AT
    )
    return written.public_id


def ask(customer: str, kind: InquiryKind = BUREAU) -> str:
    made = inquiries.ask(customer_public_id=customer, kind=kind, actor=system("test"), at=AT)
    return made.public_id


def test_an_answer_is_recorded_and_compared(outside: list[str]) -> None:
    customer = person()
    first, second = ask(customer), ask(customer, IDENTITY)
    assert outside == []
    assert ask_due_inquiries() == 2
    assert sorted(outside) == sorted([first, second])
    assert set(Inquiry.objects.values_list("state", "failure")) == {("answered", "")}
    assert BureauRecord.objects.get().bureau == "bureau"
    assert IdentityCheck.objects.get().result == Result.PASSED
    standing = queries.standing(customer_id=customers.resolve_id(customer))
    assert (standing.status, standing.name.value) == (IdentityStatus.VERIFIED, "match")
    assert ask_due_inquiries() == 0


def test_nothing_of_a_person_is_in_the_row_or_the_ledger() -> None:
    ask(person())
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(i)::text FROM accounts_inquiry i")
        text = cursor.fetchone()[0] + str(list(LedgerEntry.objects.values_list("detail")))
    assert not [value for value in PERSON.values() if value in text]


@pytest.mark.parametrize(("phone", "failure"), [("55555", "status_503"), ("77777", "garbage")])
def test_what_fails_is_asked_again_later_and_given_up_at_last(phone: str, failure: str) -> None:
    ask(person(phone))
    now, waits = AT, []
    for _attempt in range(6):
        with time_machine.travel(now, tick=False):
            assert ask_due_inquiries() == 1
            assert ask_due_inquiries() == 0
        row = Inquiry.objects.get()
        assert row.failure == failure
        waits.append(int((row.due_at - now).total_seconds()))
        now = row.due_at
        inquiries._BREAKERS[BUREAU].succeeded()
    assert (row.state, row.attempts, waits[:5]) == ("failed", 6, [30, 120, 480, 1920, 3600])
    assert BureauRecord.objects.count() == 0


def test_an_open_breaker_costs_no_attempt(outside: list[str]) -> None:
    ask(person())
    for _failure in range(5):
        inquiries._BREAKERS[BUREAU].failed()
    assert ask_due_inquiries() == 1
    row = Inquiry.objects.get()
    assert (row.state, row.attempts, row.failure, outside) == ("queued", 0, "breaker_open", [])


def test_a_worker_that_died_leaves_its_question_to_the_next() -> None:
    ask(person())
    assert inquiries.LEASES.claim() is not None
    assert ask_due_inquiries() == 0
    with time_machine.travel(AT + dt.timedelta(seconds=90), tick=False):
        assert ask_due_inquiries() == 1
    assert Inquiry.objects.get().state == "answered"


def test_a_question_that_takes_every_worker_with_it_fails_at_last(outside: list[str]) -> None:
    ask(person())
    Inquiry.objects.update(state="asking", attempts=6)
    assert ask_due_inquiries() == 1
    row = Inquiry.objects.get()
    assert (row.state, row.failure, outside) == ("failed", "worker_lost", [])


def test_a_consent_withdrawn_meanwhile_ends_the_question_unasked(outside: list[str]) -> None:
    customer = person()
    ask(customer)
    customer_services.withdraw_consent(
        customer_id=customers.resolve_id(customer), purpose="bureau_query", actor=system("test"),
        at=AT,
    )  # fmt: skip
    assert ask_due_inquiries() == 1
    row = Inquiry.objects.get()
    assert (row.state, row.failure, row.attempts) == ("failed", "consent_withdrawn", 1)
    assert outside == []


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_a_database_the_worker_stops_and_the_question_waits(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(person())
    with monkeypatch.context() as broken:
        broken.setattr(services, "record_bureau", mock.Mock(side_effect=error))
        with pytest.raises(error):
            ask_due_inquiries()
    row = Inquiry.objects.get()
    assert (row.state, row.attempts, row.failure) == ("asking", 1, "")
    with time_machine.travel(AT + dt.timedelta(seconds=90), tick=False):
        assert ask_due_inquiries() == 1
    assert Inquiry.objects.get().state == "answered"


def test_what_cannot_be_recorded_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    ask(person())
    monkeypatch.setattr(services, "record_bureau", mock.Mock(side_effect=ValueError))
    assert ask_due_inquiries() == 1
    row = Inquiry.objects.get()
    assert (row.state, row.failure) == ("queued", "not_recorded")


def test_an_answer_that_comes_after_its_lease_is_dropped() -> None:
    ask(person())
    late = inquiries.LEASES.claim()
    assert late is not None
    answer = inquiries._called(late)
    with time_machine.travel(AT + dt.timedelta(seconds=90), tick=False):
        assert ask_due_inquiries() == 1
    with nothing_written():
        inquiries._record(late, answer, AT)
        inquiries._postpone(late, "timeout", AT)
    assert BureauRecord.objects.count() == 1


def test_two_workers_and_one_answer_twice_leave_one_record(outside: list[str]) -> None:
    ask(person())
    assert sorted(at_once([ask_due_inquiries] * 3)) == [0, 0, 1]
    assert (len(outside), BureauRecord.objects.count()) == (1, 1)


def test_two_questions_at_once_are_one() -> None:
    customer = person()
    ends = at_once([lambda: ask(customer)] * 3)
    assert [error.code for error in failures(ends)] == ["inquiry_open"] * 2  # type: ignore[attr-defined]
    assert Inquiry.objects.count() == 1


def test_who_may_not_be_asked_about_is_refused(settings: Any) -> None:
    customer = person(consent="marketing")
    with nothing_written():
        with pytest.raises(Conflict) as refused:
            ask(customer)
        assert refused.value.code == "consent_missing"
        with pytest.raises(Missing):
            ask("cus_none")
        settings.BUREAU_URL = None
        with pytest.raises(Conflict) as nobody:
            ask(customer)
        assert nobody.value.code == "provider_not_configured"


def test_staff_ask_from_the_console(as_role: Callable[[Role], Client]) -> None:
    customer = person()
    page = f"/admin/accounts/verification/{customers.resolve_id(customer)}/ask/"
    assert press(as_role(Role.AUDITOR), page, kind="bureau").status_code == 403
    assert Inquiry.objects.count() == 0
    assert press(as_role(Role.SUPPORT_AGENT), page, kind="bureau").status_code == 200
    assert Inquiry.objects.get().kind == "bureau"


def test_the_dialog_offers_only_who_can_be_asked_and_says_why_not_the_other(
    as_role: Callable[[Role], Client], settings: Any
) -> None:
    customer = person(consent="marketing")
    page = f"/admin/accounts/verification/{customers.resolve_id(customer)}/ask/"
    browser = as_role(Role.SUPPORT_AGENT)
    text = browser.get(page).content.decode()
    assert "credit bureau: The customer has not agreed to this." in text
    assert ['value="bureau"' in text, 'value="identity"' in text] == [False, True]
    with nothing_written():
        assert "Select a valid choice" in press(browser, page, kind="bureau").content.decode()
    settings.IDENTITY_URL = None
    assert "identity provider: Nobody to ask is configured." in browser.get(page).content.decode()


def test_the_list_says_how_far_each_question_came_and_is_filtered(
    as_role: Callable[[Role], Client],
) -> None:
    customer = person("55555")
    ask(customer), ask(customer, IDENTITY)
    assert ask_due_inquiries() == 2
    browser = as_role(Role.AUDITOR)
    text = browser.get("/admin/accounts/inquiry/?state__exact=queued").content.decode()
    assert text.count("answered with status 503") == 2
    only = browser.get("/admin/accounts/inquiry/?kind__exact=identity").content.decode()
    assert only.count("answered with status 503") == 1
    nothing = browser.get("/admin/accounts/inquiry/?state__exact=failed").content.decode()
    assert "answered with status 503" not in nothing
    row = Inquiry.objects.filter(kind="identity").get()
    page = browser.get(f"/admin/accounts/inquiry/{row.pk}/change/").content.decode()
    assert ["Due at" in page, 'name="_save"' in page] == [True, False]
    story = browser.get(f"/admin/accounts/customer/{row.customer_id}/change/").content.decode()
    assert f"/admin/accounts/inquiry/{row.pk}/change/" in story


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    as_role: Callable[[Role], Client],
) -> None:
    browser = as_role(Role.AUDITOR)
    customer = person()
    ask(customer)
    browser.get("/admin/accounts/inquiry/")
    with statements() as one:
        browser.get("/admin/accounts/inquiry/")
    for _number in range(4):
        ask_due_inquiries()
        ask(customer)
    with statements() as many:
        text = browser.get("/admin/accounts/inquiry/").content.decode()
    assert text.count("inq_") >= 5
    assert len(many) == len(one)
