"""The draft editor's doors: who may, what they answer, and that nothing sent makes them fall."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.staff.facts import Role
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from risk.policies import services, starter
from risk.policies.models import PolicyCase, PolicyVersion
from tests.console import statements
from tests.lender import Lender
from tests.risk.policies.versions import LATER, draft, snapshot, submit

GOOD = {
    "identity_status": "verified", "phone_comparison": "match", "score": "710",
    "months_late_now": "0", "months_late_max_6m": "0", "applications_30d": "1",
    "utilisation": "0.25", "age_years": "35",
}  # fmt: skip
OPEN_CASE = {"name": "good", "facts": GOOD, "expected": {"state": "OPEN"}}

Post = Callable[..., Any]


@pytest.fixture
def version(lender: Lender) -> PolicyVersion:
    return draft(lender)


@pytest.fixture
def post(as_role: Callable[[Role], Client], version: PolicyVersion) -> Post:
    """Sends JSON to one of the draft's doors as somebody with a role, who signs in once."""
    signed_in = cache(as_role)

    def send(door: str, body: Any, role: Role = Role.RISK_ANALYST) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        path = f"/admin/risk/policyversion/{version.pk}/{door}/"
        return signed_in(role).post(path, text, content_type="application/json")

    return send


def changed(**cells: str) -> dict[str, Any]:
    """The starter's tables with other cells: `terms_0_1="x"` is table, row, column."""
    content = starter.consumer_credit()
    for place, text in cells.items():
        name, row, column = place.split("_")
        table = next(table for table in content["tables"] if table["name"] == name)
        rule = table["rules"][int(row)]
        at, width = int(column), len(rule["inputs"])
        (rule["inputs"] if at < width else rule["outputs"])[at if at < width else at - width] = text
    return content


def test_faults_are_answered_with_their_cell_and_nothing_is_stored(post: Post) -> None:
    before = snapshot()
    answer = post("check", {"content": changed(restrictions_5_2="<< 580"), "cases": []})
    assert answer.status_code == 200
    assert [(f["table"], f["rule"], f["column"]) for f in answer.json()["faults"]] == [
        ("restrictions", 5, 2)
    ]
    assert answer.json()["faults"][0]["text"] == "A value is expected here."
    assert answer.json()["cases"] == []
    assert snapshot() == before


def test_a_formula_out_of_a_spreadsheet_is_text_and_a_fault(post: Post) -> None:
    answer = post("check", {"content": changed(restrictions_5_2="=SUM(A1:A9)"), "cases": []})
    assert [f["column"] for f in answer.json()["faults"]] == [2]


def test_cases_run_whenever_the_tables_are_sound(post: Post) -> None:
    wrong = {
        "name": "late", "facts": {**GOOD, "months_late_now": "2"},
        "expected": {"state": "LIMITED", "reasons": ["PAYMENT_LATE"], "limit_cents": 5},
    }  # fmt: skip
    answer = post("check", {"content": starter.consumer_credit(), "cases": [OPEN_CASE, wrong]})
    assert answer.json()["cases"] == [
        {"name": "good", "isPassed": True, "differences": []},
        {"name": "late", "isPassed": False, "differences": [
            "state: wanted limited, found closed",
            "reasons: wanted PAYMENT_LATE, found PAYMENT_SERIOUSLY_LATE",
            "limit: wanted ¥0.05, found —",
        ]},
    ]  # fmt: skip


def test_a_check_asks_the_database_little(post: Post) -> None:
    post("check", {"content": starter.consumer_credit(), "cases": [OPEN_CASE]})
    with statements() as asked:
        post("check", {"content": starter.consumer_credit(), "cases": [OPEN_CASE]})
    known = ("risk_policyversion", "accounts_product", "compliance_reason")
    read = [name for sql in asked for name in known if f'FROM "{name}"' in sql]
    assert read == [*known, "compliance_reason"]  # what reasons must have, and their words


def test_saving_stores_tables_and_cases_under_the_next_revision(
    post: Post, version: PolicyVersion
) -> None:
    content = changed(terms_0_2="10000000")
    answer = post("save", {"content": content, "cases": [OPEN_CASE], "revision": 0})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["revision"], body["content"], body["review"]["faults"]) == (1, content, [])
    assert body["review"]["cases"] == [{"name": "good", "isPassed": True, "differences": []}]
    version.refresh_from_db()
    assert (version.revision, version.content) == (1, content)
    assert list(PolicyCase.objects.values_list("position", "name", "facts")) == [(0, "good", GOOD)]


def test_the_second_to_save_is_refused_and_shown_what_the_first_saved(
    post: Post, version: PolicyVersion, lender: Lender
) -> None:
    theirs = changed(terms_0_2="10000000")
    services.save_draft(
        public_id=version.public_id, content=theirs, revision=0,
        actor=staff(lender.author.pk), at=LATER,
    )  # fmt: skip
    before = snapshot()
    answer = post("save", {"content": changed(), "cases": [OPEN_CASE], "revision": 0})
    assert (answer.status_code, answer.json()["code"]) == (409, "draft_changed")
    assert answer.json()["theirs"] == {
        "revision": 1, "content": theirs, "cases": [], "savedBy": "author",
        "savedAt": "2026-06-01 13:00",
    }  # fmt: skip
    assert snapshot() == before
    assert not PolicyCase.objects.exists()


def test_a_frozen_version_is_not_saved(post: Post, version: PolicyVersion, lender: Lender) -> None:
    submit(lender, version)
    before = snapshot()
    answer = post("save", {"content": changed(), "cases": [], "revision": 0})
    assert (answer.status_code, answer.json()["code"]) == (409, "policy_status")
    assert snapshot() == before


def test_trying_answers_with_state_terms_reasons_and_what_matched(post: Post) -> None:
    before = snapshot()
    answer = post("try", {"content": starter.consumer_credit(), "facts": {**GOOD, "score": "600"}})
    body = answer.json()
    assert (body["state"], body["stateWords"], body["limit"], body["rate"], body["months"]) == (
        "LIMITED", "limited", "¥10,000", "13.8%", 6,
    )  # fmt: skip
    assert [one["code"] for one in body["reasons"]] == ["SCORE_TOO_LOW"]
    assert body["reasons"][0]["text"] == "Your credit score is below what this service requires."
    assert body["trace"]["restrictions"]["fired"] == [6]
    assert body["expected"] == {
        "state": "LIMITED", "reasons": ["SCORE_TOO_LOW"], "limit_cents": 1_000_000,
        "annual_rate": "0.1380", "max_term_months": 6,
    }  # fmt: skip
    assert snapshot() == before


def test_trying_tables_with_faults_says_to_mend_them_first(post: Post) -> None:
    answer = post("try", {"content": changed(terms_0_0="<<"), "facts": GOOD})
    assert (answer.status_code, answer.json()["code"]) == (422, "policy_invalid")
    assert answer.json()["title"].startswith("Mend the faults first")


@pytest.mark.parametrize("by", ["reference", "id"])
def test_borrowing_a_customers_facts_is_recorded_and_says_nothing_of_who_they_are(
    post: Post, version: PolicyVersion, lender: Lender, by: str, still: Any
) -> None:
    customer = lender.customer(score=590)
    answer = post("customer", {"customer": " C-1 " if by == "reference" else customer})
    body = answer.json()
    assert (body["facts"]["score"], body["facts"]["identity_status"]) == ("590", "verified")
    assert body["facts"]["payment_ratio_6m"] is None
    assert body["stale"] == []
    assert set(body) == {"facts", "stale"}
    entry = LedgerEntry.objects.get(action="policy.tried")
    assert (entry.subject_kind, entry.subject_id, entry.detail) == (
        "customer", customer, {"policy": version.public_id},
    )  # fmt: skip
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("text", ["C-2", "", "a\x00b", "张小明", "13812345678", "x" * 5000])
def test_an_unknown_customer_is_missing_and_nothing_is_recorded(
    post: Post, lender: Lender, text: str
) -> None:
    lender.customer()
    before = LedgerEntry.objects.count()
    answer = post("customer", {"customer": text})
    assert (answer.status_code, answer.json()["code"]) == (404, "customer_unknown")
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("door", ["check", "save", "try", "customer"])
@pytest.mark.parametrize("role", [Role.SUPPORT_AGENT, Role.POLICY_APPROVER, Role.AUDITOR])
def test_nobody_but_those_who_draft_may_open_a_door(
    post: Post, lender: Lender, door: str, role: Role
) -> None:
    lender.customer()
    before = snapshot()
    answer = post(door, {"content": changed(), "cases": [], "revision": 0, "facts": GOOD,
                         "customer": "C-1"}, role)  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert snapshot() == before


def test_a_door_is_not_opened_by_looking(as_role: Any, version: PolicyVersion) -> None:
    answer = as_role(Role.RISK_ANALYST).get(f"/admin/risk/policyversion/{version.pk}/check/")
    assert answer.status_code == 405


def test_a_request_without_the_pages_token_is_refused(version: PolicyVersion, as_role: Any) -> None:
    signed_in = as_role(Role.RISK_ANALYST)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in.cookies
    before = snapshot()
    answer = strict.post(
        f"/admin/risk/policyversion/{version.pk}/save/",
        json.dumps({"content": changed(), "cases": [], "revision": 0}),
        content_type="application/json",
    )
    assert answer.status_code == 403
    assert snapshot() == before


def test_a_body_beyond_the_limit_is_too_large(post: Post) -> None:
    answer = post("check", {"content": {"tables": []}, "pad": "x" * 1_100_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


BROKEN = [
    b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"content": NaN}', b'{"a": 1, "a": 2}',
    b"[" * 100_000, b'{"content": ' + b'{"a":' * 3000 + b"1" + b"}" * 3000 + b"}",
    b'{"content": {"tables": [1]}, "cases": [], "revision": 0}',
    b'{"content": "x", "cases": [], "revision": 0, "facts": {}}',
    b'{"content": {"tables": []}, "cases": {}, "revision": 0, "facts": []}',
    b'{"content": {"tables": []}, "cases": [{}], "revision": true, "facts": {"score": 1}}',
    b'{"content": {"tables": []}, "cases": [], "revision": 1e30, "facts": {"score": "1e9"}}',
    b'{"content": {"tables": []}, "cases": [], "revision": -1, "facts": {"nobody": "1"}}',
    b'{"content": {"tables": []}, "revision": 99999999999999999999, "facts": {"score": "\\ud800"}}',
    b'{"customer": ["C-1"], "content": {}, "facts": {"identity_status": "a\\u0000b"}}',
]  # fmt: skip


@pytest.mark.parametrize("door", ["check", "save", "try", "customer"])
@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_what_is_not_understood_is_refused_by_name(post: Post, door: str, body: bytes) -> None:
    before = snapshot()
    answer = post(door, body)
    if not (door == "check" and answer.status_code == 200):  # a model without tables has faults
        assert answer.status_code in (400, 404, 409, 422)
        assert answer.json()["code"]
    assert snapshot() == before


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["name", "facts", "expected", "state", "tables", "rules",
                                       "reasons", "inputs", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=json_values, cases=json_values, facts=json_values)
def test_no_json_makes_a_door_fall(post: Post, content: Any, cases: Any, facts: Any) -> None:
    body = {"content": content, "cases": cases, "facts": facts, "revision": 0, "customer": cases}
    for door in ("check", "save", "try", "customer"):
        assert post(door, body).status_code < 500


def test_a_new_draft_takes_the_cases_of_the_version_it_is_based_on(
    post: Post, version: PolicyVersion, as_role: Any, lender: Lender
) -> None:
    post("save", {"content": changed(), "cases": [OPEN_CASE], "revision": 0})
    submit(lender, version)
    made = as_role(Role.RISK_ANALYST).post(
        "/admin/risk/policyversion/new_draft/",
        {"_form_submitted": "True", "title": "next", "product": "flex-credit",
         "based_on": version.public_id, "reason": "tighter"},
    )  # fmt: skip
    assert made.status_code == 200
    fresh = PolicyVersion.objects.get(title="next")
    assert [case.name for case in PolicyCase.objects.filter(version=fresh)] == ["good"]


def test_the_page_of_a_frozen_version_shows_its_cases(
    post: Post, version: PolicyVersion, as_role: Any, lender: Lender
) -> None:
    post("save", {"content": changed(), "cases": [OPEN_CASE], "revision": 0})
    submit(lender, version)
    page = as_role(Role.AUDITOR).get(f"/admin/risk/policyversion/{version.pk}/change/")
    text = page.content.decode()
    assert "credit score 710" in text
    assert "policy-editor-state" not in text


def test_what_the_page_brings_along_cannot_end_its_script(
    post: Post, version: PolicyVersion, as_role: Any
) -> None:
    content = copy.deepcopy(version.content)
    content["tables"][0]["rules"][0]["inputs"][0] = "</script><script>alert(1)</script>"
    post("save", {"content": content, "cases": [], "revision": 0})
    page = as_role(Role.RISK_ANALYST).get(f"/admin/risk/policyversion/{version.pk}/change/")
    assert b"<script>alert(1)" not in page.content
    assert b"policy-editor-state" in page.content
