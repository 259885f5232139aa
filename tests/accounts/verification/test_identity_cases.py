"""Verdicts are kept hashed; a difference becomes a case, until it is gone or decided."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.customers import queries as customers
from accounts.customers.facts import Profile
from accounts.verification import deciding, queries, services
from accounts.verification.facts import IdentityStatus, Method, Result, Ruling
from accounts.verification.models import IdentityCase, IdentityVerdict
from backoffice.lib.errors import Conflict, Invalid, Missing
from compliance.ledger.facts import staff, system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from tests.accounts.verification.numbers import numbered
from tests.accounts.verification.records import HOUR, bureau, person
from tests.console import statements
from tests.lender import AT, PERSON
from tests.snapshots import nothing_written
from tests.threads import at_once, failures

pytestmark = pytest.mark.django_db

SAME, OTHER, ASK = Ruling.SAME_PERSON, Ruling.OTHER_PERSON, Ruling.ASK_CUSTOMER
VERIFIED, MISMATCH = IdentityStatus.VERIFIED, IdentityStatus.MISMATCH


def checked(customer: str) -> None:
    services.record_check(
        customer_public_id=customer, method=Method.FACE, result=Result.PASSED, provider="eye",
        performed_at=AT, actor=system("test"), at=AT,
    )  # fmt: skip


def rule(ruling: Ruling, *, reason: str = "Passport seen in the branch", seen: int = 0) -> None:
    case = IdentityCase.objects.latest("id")
    deciding.rule.__wrapped__(
        case_public_id=case.public_id, seen_verdict_id=seen or case.verdict_id, ruling=ruling,
        reason=reason, actor=staff(7), at=AT + HOUR,
    )  # fmt: skip


def status(customer: str) -> IdentityStatus:
    return queries.standing(customer_id=customers.resolve_id(customer)).status


def cases() -> list[tuple[str, str, str]]:
    rows = IdentityCase.objects.order_by("id")
    return list(rows.values_list("finding", "state", "ruling"))


@pytest.mark.parametrize(
    ("theirs", "finding", "cause", "is_case"),
    [
        ({}, "match", "", False),
        ({"phone": "13900001111"}, "phone", "other_phone", False),
        ({"phone": None}, "missing", "no_phone", False),
        ({"legal_name": "张晓明"}, "name", "near_name", True),
        ({"legal_name": "李红"}, "name", "other_name", True),
        ({"id_number": numbered(sequence="004")}, "id", "other_person", True),
    ],
)
def test_a_verdict_is_kept_and_who_the_person_is_becomes_a_case(
    theirs: dict[str, Any], finding: str, cause: str, is_case: bool
) -> None:
    bureau(person(), **theirs)
    verdict = IdentityVerdict.objects.get()
    assert (verdict.finding, verdict.cause) == (finding, cause)
    assert cases() == ([(finding, "open", "")] if is_case else [])
    assert [one.cause for one in IdentityCase.objects.all()] == ([cause] if is_case else [])


def test_values_are_kept_as_keyed_hashes_of_their_normal_forms() -> None:
    bureau(person(phone="+86 138-1234-5678"), legal_name="張小明", phone=None)
    verdict = IdentityVerdict.objects.get()
    assert len(verdict.legal_name_ours) == 16
    assert bytes(verdict.legal_name_ours) == bytes(verdict.legal_name_theirs)
    assert bytes(verdict.id_number_ours) == bytes(verdict.id_number_theirs)
    assert verdict.phone_theirs is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(v)::text FROM accounts_identityverdict v")
        row = cursor.fetchone()[0]
    for value in (*PERSON.values(), "張小明"):
        assert value not in row
        assert value.encode().hex() not in row


def test_cases_of_before_get_the_cause_of_what_was_found() -> None:
    filled = import_module("accounts.migrations.0010_case_cause_filled")
    bureau(person(legal_name="李红"))
    rule(SAME)  # an ended one, whose decision stays frozen
    bureau(person("C-2", legal_name="张晓明"))
    IdentityCase.objects.update(cause="")
    with connection.cursor() as cursor:
        cursor.execute(filled.FILL)
        cursor.execute(filled.FILL)
    causes = IdentityCase.objects.order_by("id").values_list("state", "cause")
    assert list(causes) == [("decided", "other_name"), ("open", "near_name")]


def test_before_a_bureau_answered_there_is_no_verdict() -> None:
    person(id_number="1")
    assert (IdentityVerdict.objects.count(), cases()) == (0, [])


def test_only_something_new_is_another_verdict() -> None:
    customer = person()
    bureau(customer)
    bureau(customer, AT + HOUR)
    person(phone="138 1234 5678")  # written otherwise, the same number
    assert IdentityVerdict.objects.count() == 1
    person(phone="13900001111")
    assert [row.finding for row in IdentityVerdict.objects.order_by("id")] == ["match", "phone"]


def test_a_correction_settles_the_case_by_itself() -> None:
    customer = person(legal_name="李红")
    checked(customer)
    bureau(customer)
    assert (status(customer), cases()) == (MISMATCH, [("name", "open", "")])
    person(at=AT + HOUR)
    assert (status(customer), cases()) == (VERIFIED, [("name", "settled", "")])
    assert LedgerEntry.objects.filter(action="verification.case_settled").count() == 1
    person(legal_name="王五")  # another difference is another case
    assert cases() == [("name", "settled", ""), ("name", "open", "")]


def test_a_correction_that_still_differs_comes_back_to_the_queue() -> None:
    customer = person(legal_name="李红")
    bureau(customer)
    rule(ASK)
    assert cases() == [("name", "waiting", "ask_customer")]
    person(legal_name="李红", email="new@example.com")  # nothing about who it is
    assert cases() == [("name", "waiting", "ask_customer")]
    person(id_number=numbered(sequence="004"), legal_name="李红")
    assert cases() == [("id", "open", "ask_customer")]
    assert IdentityCase.objects.get().cause == "other_person"


def test_the_same_person_lifts_the_mismatch_for_exactly_these_values() -> None:
    customer = person(legal_name="李红")
    checked(customer)
    bureau(customer)
    rule(SAME)
    assert (status(customer), cases()) == (VERIFIED, [("name", "decided", "same_person")])
    bureau(customer, AT + HOUR)  # the same again
    assert (status(customer), len(cases())) == (VERIFIED, 1)
    person(legal_name="王五")
    assert status(customer) is MISMATCH
    assert cases()[1:] == [("name", "open", "")]
    person(legal_name="李红")  # decided before
    assert (status(customer), cases()[1:]) == (VERIFIED, [("name", "settled", "")])


def test_another_person_is_a_mismatch_however_near_the_name() -> None:
    customer = person(legal_name="张晓明")
    checked(customer)
    bureau(customer)
    assert status(customer) is VERIFIED
    rule(OTHER)
    assert status(customer) is MISMATCH


def test_nobody_can_rule_that_an_impossible_number_is_right() -> None:
    customer = person(id_number="110105194912310021")
    bureau(customer)
    rule(SAME)
    assert status(customer) is MISMATCH


def test_asking_the_customer_tells_them_once_and_changes_nothing_else() -> None:
    customer = person(legal_name="李红", language="en")
    bureau(customer)
    rule(ASK)
    rule(ASK)
    notice = Notice.objects.get(template="identity_question")
    assert (notice.recipient, notice.context) == (customer, {"language": "en", "finding": "name"})
    assert status(customer) is MISMATCH


def test_a_decision_is_in_the_ledger_with_its_reason_and_without_personal_data() -> None:
    customer = person(legal_name="李红")
    bureau(customer)
    rule(SAME)
    entry = LedgerEntry.objects.get(action="verification.case_decided")
    case = IdentityCase.objects.get()
    assert (entry.reason, entry.subject_id, entry.actor) == (
        "Passport seen in the branch", customer, "staff:7",
    )  # fmt: skip
    assert entry.detail == {"case": case.public_id, "ruling": "same_person"}
    assert (case.ruled_by, case.ruled_at) == ("staff:7", AT + HOUR)


def test_what_cannot_be_decided_writes_nothing() -> None:
    customer = person(legal_name="李红")
    bureau(customer)
    with nothing_written():
        with pytest.raises(Invalid) as refused, transaction.atomic():
            rule(SAME, reason="  ok  ")
        assert refused.value.code == "reason_required"
        with pytest.raises(Conflict) as changed, transaction.atomic():
            rule(SAME, seen=999_999)
        assert changed.value.code == "case_changed"
        with pytest.raises(Missing), transaction.atomic():
            deciding.rule.__wrapped__(
                case_public_id="idc_none", seen_verdict_id=1, ruling=SAME, reason="because",
                actor=staff(7), at=AT,
            )  # fmt: skip
    rule(SAME)
    with pytest.raises(Conflict) as ended, nothing_written(), transaction.atomic():
        rule(OTHER)
    assert ended.value.code == "case_ended"


def test_many_customers_take_as_many_statements_as_one() -> None:
    people = [person(f"C-{number}", legal_name="李红") for number in range(6)]
    for one in people:
        bureau(one)
    ids = [customers.resolve_id(one) for one in people]

    def count(chosen: list[int]) -> int:
        with statements() as found:
            services.recompare_many(customer_ids=chosen, actor=system("test"), at=AT + HOUR)
        return len(found)

    assert count(ids) == count(ids[:1]) == 6


def test_an_import_that_changes_many_takes_as_many_statements_as_a_small_one() -> None:
    """Of each four one case opens, one settles, one moves, and one customer stays as they were."""
    before, after = ("张小明", "李红", "张小明", "李红"), ("王五", "张小明", "张小明", "王五")

    def count(references: list[str]) -> int:
        for place, one in enumerate(references):
            bureau(person(one, legal_name=before[place % 4]))
        profiles = {
            one: Profile(**{**PERSON, "legal_name": after[place % 4]})
            for place, one in enumerate(references)
        }
        with statements() as found:
            services.upsert_customers(profiles=profiles, actor=system("test"), at=AT, detail={})
        return len(found)

    few, many = [f"A-{n}" for n in range(4)], [f"B-{n}" for n in range(40)]
    assert count(many) == count(few)
    states = [state for _finding, state, _ruling in cases()]
    assert (states.count("open"), states.count("settled")) == (22, 11)
    assert IdentityVerdict.objects.count() == 44 + 33


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE accounts_identityverdict SET finding = 'match'", "pgtrigger: Cannot update"),
        ("TRUNCATE accounts_identityverdict CASCADE", "pgtrigger: Cannot truncate"),
        ("DELETE FROM accounts_identitycase", "pgtrigger: Cannot delete"),
        ("UPDATE accounts_identitycase SET public_id = 'x'", "pgtrigger: Cannot update"),
        ("UPDATE accounts_identitycase SET state = 'open'", "pgtrigger: Cannot update"),
        ("UPDATE accounts_identitycase SET ruling = ''", "pgtrigger: Cannot update"),
    ],
)
def test_the_database_refuses(statement: str, refusal: str) -> None:
    bureau(person(legal_name="李红"))
    rule(SAME)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with (
        pytest.raises(DatabaseError, match=refusal), transaction.atomic(),
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute(statement)
    assert cases() == [("name", "decided", "same_person")]


def test_the_database_keeps_one_undecided_case_a_customer() -> None:
    bureau(person(legal_name="李红"))
    case = IdentityCase.objects.get()
    case.pk, case.public_id = None, "idc_second"
    with pytest.raises(IntegrityError, match="case_one_open_per_customer"), transaction.atomic():
        case.save(force_insert=True)
    case.state = "decided"
    with pytest.raises(IntegrityError, match="case_decided_has_ruling"), transaction.atomic():
        case.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_a_decision_and_a_correction_at_once_end_in_the_truth() -> None:
    for attempt in range(4):
        reference = f"C-{attempt}"
        customer = person(reference, legal_name="李红")
        bureau(customer)
        case = IdentityCase.objects.latest("id")
        ends = at_once(
            [
                partial(
                    deciding.rule, case_public_id=case.public_id,
                    seen_verdict_id=case.verdict_id, ruling=OTHER, reason="not the same",
                    actor=staff(7), at=AT + HOUR,
                ),
                partial(person, reference, AT + HOUR),
            ]
        )  # fmt: skip
        assert [type(error) for error in failures(ends)] in ([], [Conflict])
        assert status(customer) is IdentityStatus.UNVERIFIED
        state = IdentityCase.objects.get(pk=case.pk).state
        assert state == ("settled" if failures(ends) else "decided")
