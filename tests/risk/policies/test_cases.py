"""Cases travel with their version, run before it is submitted and are frozen with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from backoffice.lib.errors import Invalid
from compliance.ledger.facts import staff
from risk.policies import cases, casework, services, starter
from risk.policies.facts import Case, Expected
from risk.policies.models import PolicyCase, PolicyVersion
from risk.signals.catalogue import COLUMNS
from risk.signals.facts import SignalType
from tests.lender import AT, Lender
from tests.risk.policies.versions import SUBMITTED, draft, snapshot, submit

GOOD = {"score": "710", "identity_status": "verified", "phone_comparison": "match",
        "months_late_now": "0", "months_late_max_6m": "0", "applications_30d": "1",
        "utilisation": "0.25", "age_years": "35"}  # fmt: skip


def with_cases(lender: Lender, *kept: Case) -> PolicyVersion:
    version = draft(lender)
    services.save_draft(
        public_id=version.public_id, content=starter.consumer_credit(), revision=0, cases=kept,
        actor=staff(lender.author.pk), at=AT,
    )  # fmt: skip
    return version


def test_a_draft_whose_case_fails_is_not_submitted(lender: Lender) -> None:
    version = with_cases(
        lender,
        Case("good", GOOD, Expected("OPEN")),
        Case("low score", {**GOOD, "score": "500"}, Expected("LIMITED")),
        Case("unknown", {}, Expected("OPEN")),
    )
    before = snapshot()
    with pytest.raises(Invalid) as refused:
        submit(lender, version)
    assert refused.value.code == "cases_failed"
    assert [(fault.pointer, fault.detail) for fault in refused.value.faults] == [
        ("/cases/1", "low score"), ("/cases/2", "unknown"),
    ]  # fmt: skip
    assert snapshot() == before


def test_a_draft_whose_cases_pass_is_submitted_and_its_hash_does_not_know_them(
    lender: Lender,
) -> None:
    bare = draft(lender)
    submit(lender, bare)
    version = with_cases(lender, Case("good", GOOD, Expected("OPEN", annual_rate="0.072")))
    submit(lender, version)
    bare.refresh_from_db()
    version.refresh_from_db()
    assert (version.status, version.content_hash) == (SUBMITTED, bare.content_hash)


def test_cases_left_out_stay_and_cases_given_replace_them(lender: Lender) -> None:
    version = with_cases(lender, Case("good", GOOD, Expected("OPEN")))
    save = {"public_id": version.public_id, "content": starter.consumer_credit(),
            "actor": staff(lender.author.pk), "at": AT}  # fmt: skip
    services.save_draft(revision=1, **save)
    assert [case.name for case in casework.stored(version_id=version.pk)] == ["good"]
    kept = (Case("b", {}, Expected("CLOSED", reasons=())), Case("a", {}, Expected("CLOSED")))
    services.save_draft(revision=2, cases=kept, **save)
    assert casework.stored(version_id=version.pk) == kept
    services.save_draft(revision=3, cases=(), **save)
    assert not PolicyCase.objects.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE risk_policycase SET name = 'other'",
        "UPDATE risk_policycase SET expected = '{}'",
        "DELETE FROM risk_policycase",
        "INSERT INTO risk_policycase (version_id, position, name, facts, expected) "
        "SELECT version_id, 9, 'more', '{}', '{}' FROM risk_policycase",
    ],
)
def test_the_database_freezes_the_cases_of_a_submitted_version(lender: Lender, sql: str) -> None:
    version = with_cases(lender, Case("good", GOOD, Expected("OPEN")))
    submit(lender, version)
    before = list(PolicyCase.objects.values())
    refused = pytest.raises(DatabaseError, match="Cannot")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert list(PolicyCase.objects.values()) == before


EXPECTED: dict[str, Any] = {"state": "OPEN"}


@pytest.mark.parametrize(
    ("case", "path", "code"),
    [
        ("x", "/cases/0", "case_malformed"),
        ({"name": "a", "facts": {}}, "/cases/0", "case_malformed"),
        ({"name": " ", "facts": {}, "expected": EXPECTED}, "/cases/0/name", "case_name_needed"),
        ({"name": "a" * 121, "facts": {}, "expected": EXPECTED}, "/cases/0/name",
         "case_name_needed"),
        ({"name": "a", "facts": {"phone": "1"}, "expected": EXPECTED}, "/cases/0/facts",
         "signal_unknown"),
        ({"name": "a", "facts": {"score": "1e3"}, "expected": EXPECTED}, "/cases/0/facts/score",
         "fact_unreadable"),
        ({"name": "a", "facts": {"score": 700}, "expected": EXPECTED}, "/cases/0/facts/score",
         "fact_unreadable"),
        ({"name": "a", "facts": {}, "expected": {}}, "/cases/0/expected/state",
         "case_state_needed"),
        ({"name": "a", "facts": {}, "expected": {"state": "OPEN", "limit_cents": True}},
         "/cases/0/expected/limit_cents", "case_number"),
        ({"name": "a", "facts": {}, "expected": {"state": "OPEN", "annual_rate": "7%"}},
         "/cases/0/expected/annual_rate", "case_number"),
        ({"name": "a", "facts": {}, "expected": {"state": "OPEN", "reasons": [1]}},
         "/cases/0/expected/reasons", "case_malformed"),
        ({"name": "a", "facts": {}, "expected": {"state": "OPEN", "score": 1}},
         "/cases/0/expected", "case_malformed"),
    ],
)  # fmt: skip
def test_what_is_no_case_is_refused_with_its_place(case: Any, path: str, code: str) -> None:
    with pytest.raises(cases.MalformedCase) as refused:
        cases.cases_from_json([case])
    assert (refused.value.path, refused.value.code) == (path, code)


def test_two_cases_have_two_names_and_there_are_not_too_many() -> None:
    one = {"name": "a", "facts": {}, "expected": EXPECTED}
    with pytest.raises(cases.MalformedCase) as twice:
        cases.cases_from_json([one, {**one, "name": " a "}])
    assert (twice.value.path, twice.value.code) == ("/cases/1/name", "case_name_twice")
    with pytest.raises(cases.MalformedCase) as many:
        cases.cases_from_json([{**one, "name": f"{n}"} for n in range(201)])
    assert many.value.code == "too_many_cases"


texts = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=20)
whole = st.none() | st.integers(0, 10**18)
expectations = st.builds(
    Expected,
    state=st.sampled_from(["OPEN", "LIMITED", "CLOSED"]),
    reasons=st.none() | st.lists(texts, max_size=3).map(tuple),
    limit_cents=whole,
    annual_rate=st.none() | st.sampled_from(["0", "0.0720", "12.5"]),
    max_term_months=whole,
)
readable = {
    SignalType.NUMBER: st.integers(-(10**6), 10**6).map(str),
    SignalType.STRING: texts,
    SignalType.BOOLEAN: st.sampled_from(["true", "false"]),
}
facts = st.fixed_dictionaries(
    {},
    optional={name: st.none() | readable[signal.type] for name, signal in COLUMNS.items()},
)
names = texts.map(str.strip).filter(bool)
CASES = st.lists(
    st.builds(Case, names, facts, expectations), max_size=4, unique_by=lambda c: c.name
)


@given(CASES)
def test_cases_come_back_from_json_as_they_went(kept: list[Case]) -> None:
    assert cases.cases_from_json([cases.case_to_json(case) for case in kept]) == tuple(kept)


@given(facts)
def test_facts_come_back_as_texts_of_the_same_value(given_facts: dict[str, str | None]) -> None:
    read = cases.signals_from(given_facts)
    assert set(read) == set(COLUMNS)
    again = cases.signals_from(cases.facts_to_json(read))
    assert again == read


def test_a_fact_is_read_as_its_signals_type() -> None:
    read = cases.signals_from({"score": "0710", "utilisation": "0.250", "identity_status": "x"})
    assert (read["score"], read["utilisation"]) == (Decimal(710), Decimal("0.250"))
    assert (read["identity_status"], read["age_years"]) == ("x", None)
    assert read["score_is_stale"] is False
    assert cases.signals_from({"score_is_stale": "true"})["score_is_stale"] is True
