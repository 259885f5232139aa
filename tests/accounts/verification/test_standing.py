"""The standing answer: kept true by checks, bureau records and changed profiles."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.customers import queries as customers
from accounts.verification import queries, services
from accounts.verification.facts import (
    Comparison,
    IdentityStatus,
    Method,
    Result,
    Standing,
)
from accounts.verification.models import BureauRecord, IdentityCheck, Verification
from backoffice.lib.errors import Invalid, Missing
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from tests.accounts.verification.records import HOUR, bureau, person
from tests.lender import AT, PERSON
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db

MATCH, DIFFERS, MISSING = Comparison.MATCH, Comparison.DIFFERS, Comparison.MISSING
VERIFIED, UNVERIFIED = IdentityStatus.VERIFIED, IdentityStatus.UNVERIFIED
MISMATCH, FAILED = IdentityStatus.MISMATCH, IdentityStatus.FAILED
PASSED = Result.PASSED


def check(
    customer: str, result: Result = PASSED, performed_at: dt.datetime = AT,
    method: Method = Method.FACE,
) -> IdentityCheck:  # fmt: skip
    return services.record_check(
        customer_public_id=customer, method=method, result=result, provider="eye",
        performed_at=performed_at, actor=system("test"), at=AT + 9 * HOUR,
    )  # fmt: skip


def standing(customer: str) -> Standing:
    return queries.standing(customer_id=customers.resolve_id(customer))


def said() -> list[dict[str, str]]:
    entries = LedgerEntry.objects.filter(action="verification.changed").order_by("id")
    return list(entries.values_list("detail", flat=True))


def test_a_customer_begins_unknown_and_becomes_verified_step_by_step() -> None:
    customer = person()
    assert standing(customer) == Standing(UNVERIFIED, MISSING, MISSING, MISSING)
    check(customer)
    assert standing(customer) == Standing(VERIFIED, MISSING, MISSING, MISSING)
    bureau(customer, phone="13900000000")
    assert standing(customer) == Standing(VERIFIED, MATCH, MATCH, DIFFERS)
    bureau(customer, AT + HOUR, legal_name="李红")
    assert standing(customer) == Standing(MISMATCH, DIFFERS, MATCH, MATCH)
    check(customer, Result.FAILED, AT + HOUR)
    assert standing(customer).status is FAILED


def test_a_changed_profile_is_compared_again_at_once() -> None:
    customer = person(phone="13900000000")
    check(customer)
    bureau(customer)
    assert standing(customer).phone is DIFFERS
    person(at=AT + HOUR)
    assert standing(customer) == Standing(VERIFIED, MATCH, MATCH, MATCH)
    person(legal_name="张小名")
    assert standing(customer).name is Comparison.TYPO
    person(id_number="110105194912310021")
    assert standing(customer) == Standing(MISMATCH, MATCH, Comparison.INVALID, MATCH)


def test_the_newest_bureau_record_by_its_own_date_counts_however_late_it_came() -> None:
    customer = person()
    newest = bureau(customer, AT + 2 * HOUR)
    bureau(customer, AT + HOUR, legal_name="李红")
    assert standing(customer).name is MATCH
    assert Verification.objects.get().bureau_record_id == newest.pk
    bureau(customer, AT + 3 * HOUR, legal_name="李红")
    assert standing(customer).name is DIFFERS
    same_time = bureau(customer, AT + 3 * HOUR)  # of two alike the one that came last
    assert Verification.objects.get().bureau_record_id == same_time.pk


def test_the_newest_check_by_its_own_date_counts_however_late_it_came() -> None:
    customer = person()
    check(customer, PASSED, AT + 2 * HOUR)
    check(customer, Result.FAILED, AT + HOUR)
    assert standing(customer).status is VERIFIED
    check(customer, Result.FAILED, AT + 3 * HOUR)
    assert standing(customer).status is FAILED
    check(customer, Result.INCONCLUSIVE, AT + 4 * HOUR)  # says nothing either way
    assert standing(customer).status is FAILED
    assert Verification.objects.get().checked_at == AT + 3 * HOUR


def test_an_sms_code_neither_verifies_nor_fails_anybody() -> None:
    customer = person()
    check(customer, PASSED, method=Method.SMS_CODE)
    assert standing(customer).status is UNVERIFIED
    check(customer, PASSED, AT + HOUR)
    check(customer, Result.FAILED, AT + 2 * HOUR, method=Method.SMS_CODE)
    assert standing(customer).status is VERIFIED


def test_only_a_changed_answer_is_said_and_newer_grounds_are_kept_in_silence() -> None:
    customer = person()
    check(customer)
    bureau(customer)
    before, changed_at = said(), Verification.objects.get().changed_at
    again = bureau(customer, AT + HOUR)
    check(customer, PASSED, AT + HOUR)
    person(at=AT + 2 * HOUR)
    row = Verification.objects.get()
    assert (said(), row.changed_at) == (before, changed_at)
    assert (row.bureau_record_id, row.checked_at) == (again.pk, AT + HOUR)
    assert before[-1] == {
        "status": "verified", "name": "match", "id_number": "match", "phone": "match",
    }  # fmt: skip


def test_checks_and_records_are_in_the_ledger_without_personal_data() -> None:
    customer = person()
    check(customer)
    bureau(customer)
    actions = list(LedgerEntry.objects.order_by("id").values_list("action", flat=True))
    assert "verification.checked" in actions
    assert "verification.bureau_received" in actions
    written = str(list(LedgerEntry.objects.values_list("detail", "reason", "subject_id")))
    assert not [value for value in PERSON.values() if value in written]


def test_bureau_values_are_sealed_in_the_database() -> None:
    bureau(person())
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(b)::text FROM accounts_bureaurecord b")
        row = cursor.fetchone()[0]
    for value in PERSON.values():
        assert value not in row
        assert value.encode().hex() not in row


@pytest.mark.parametrize("verb", [check, bureau])
def test_what_lies_in_the_future_or_is_nobody_s_writes_nothing(verb: Any) -> None:
    customer = person()
    entries = LedgerEntry.objects.count()
    tomorrow = {"performed_at" if verb is check else "reported_at": AT + 24 * HOUR}
    with pytest.raises(Invalid) as refused, transaction.atomic():
        verb(customer, **tomorrow)
    with pytest.raises(Missing), transaction.atomic():
        verb("cus_unknown")
    assert refused.value.code == "time_in_future"
    assert (IdentityCheck.objects.count(), BureauRecord.objects.count()) == (0, 0)
    assert LedgerEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "1949-12-31"),
        ({"birth_date": dt.date(1950, 1, 1)}, "1950-01-01"),  # what is given is not overruled
        ({"id_number": "11010519491231002Y"}, None),
        ({"id_number": "110105299901010011"}, None),  # a date to come is no date of birth
        ({"id_number": None}, None),
    ],
)
def test_a_birth_date_is_read_off_a_possible_identity_number(
    fields: dict[str, Any], expected: str | None
) -> None:
    public_id = person(**fields)
    from accounts.customers import sealing

    assert sealing.opened(customers.by_public_id(public_id), "birth_date") == expected


def test_a_possible_looking_number_of_the_future_is_a_fact_and_no_refusal() -> None:
    number = "11010529990101001"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))
    customer = person(id_number=number + "10X98765432"[total % 11])
    assert standing(customer) == Standing(MISMATCH, MISSING, Comparison.INVALID, MISSING)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE accounts_identitycheck SET result = 'failed'", "pgtrigger: Cannot update"),
        ("DELETE FROM accounts_identitycheck", "pgtrigger: Cannot"),
        ("TRUNCATE accounts_identitycheck", "pgtrigger: Cannot truncate"),
        ("UPDATE accounts_verification SET status = 'sure'", "verification_status_known"),
        ("UPDATE accounts_verification SET phone_comparison = 'so'",
         "verification_comparisons_known"),
    ],
)  # fmt: skip
def test_the_database_refuses(statement: str, refusal: str) -> None:
    check(person())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing pending that refuses first
    before = (list(IdentityCheck.objects.values_list()), list(Verification.objects.values_list()))
    with (
        pytest.raises(DatabaseError, match=refusal),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert before == (
        list(IdentityCheck.objects.values_list()), list(Verification.objects.values_list()),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_checks_records_and_profiles_at_once_end_in_the_true_answer() -> None:
    """Each reads the others' rows only once it holds the customer."""
    customer = person(phone="13900000000")
    for attempt in range(4):
        when = AT + (attempt + 1) * HOUR
        Verification.objects.all().delete()
        ends = at_once(
            [
                partial(check, customer, PASSED, when),
                partial(bureau, customer, when),
                partial(check, customer, Result.INCONCLUSIVE, when),
                partial(person, at=when),
            ]
        )
        assert failures(ends) == []
        assert standing(customer) == Standing(VERIFIED, MATCH, MATCH, MATCH)
