"""What is found in a policy before it moves, and what of it stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from accounts.staff.facts import Role
from backoffice.lib.errors import Invalid
from compliance.reasons import queries as reasons
from compliance.reasons.facts import Wording
from compliance.reasons.models import Reason
from risk.policies import inspection, screens, starter
from risk.policies.facts import Review
from risk.policies.review import review_policy
from risk.policies.words import error_words, example_words
from risk.tables.facts import CellError
from risk.tables.services import content_hash, model_from_json
from tests.lender import Lender
from tests.risk.policies.test_rules import CODES, cell, changed, column, product
from tests.risk.policies.versions import SUBMITTED, draft, snapshot, submit, version_in

WORDINGS = {code: Wording(code, True, ()) for code in CODES}
Place = tuple[str, int | None, int | None, str]


def review(content: Any, wordings: Any = WORDINGS, **given: Any) -> Review:
    return review_policy(model_from_json(content), product=product(**given), wordings=wordings)


def places(found: tuple[CellError, ...]) -> list[Place]:
    return [(error.table, error.rule, error.column, error.code) for error in found]


def without(row: int, *, table: int = 0) -> Callable[[Any], Any]:
    return lambda tables: tables[table]["rules"].pop(row)


def also(row: dict[int, str], *outputs: str, table: int = 0, at: int = 99) -> Callable[[Any], None]:
    def change(tables: Any) -> None:
        cells = ["-"] * len(tables[table]["inputs"])
        for index, text in row.items():
            cells[index] = text
        tables[table]["rules"].insert(at, {"inputs": cells, "outputs": list(outputs)})

    return change


@pytest.mark.parametrize("make", [starter.consumer_credit, starter.repayment_behaviour])
def test_nothing_is_found_in_the_starter_policies(make: Callable[[], Any]) -> None:
    assert review(make()) == Review((), ())


# ── unknown is decided ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        (without(4), [2]),  # SCORE_UNKNOWN
        (column(0, "inputs", 5, unknown=""), [5]),
        (lambda t: (t[0]["rules"].pop(10), t[0]["rules"].pop(-2)), [3, 4]),
        (cell(0, 4, "inputs", 2, "-"), [2]),  # a dash matches null and says nothing about it
        (cell(0, 4, "inputs", 2, "not(null)"), [2]),
        (cell(0, 4, "inputs", 2, "not(null, 5)"), [2]),
        (cell(0, 4, "inputs", 2, "< 100, null"), []),
        (column(0, "inputs", 2, unknown="accepted"), []),
        (lambda t: (t[0]["rules"].pop(4), t[0]["inputs"][2].update(unknown="accepted")), []),
        (column(0, "inputs", 0, unknown=""), []),  # what we verify ourselves is never unknown
        (column(1, "inputs", 0, unknown=""), []),  # the terms decide by the order of their rows
    ],
)
def test_a_column_whose_unknown_nobody_decided_stops_the_policy(
    change: Callable[[Any], Any], columns: list[int]
) -> None:
    found = review(changed(change)).errors
    assert places(found) == [
        ("restrictions", None, index, "unknown_not_decided") for index in columns
    ]


def test_the_choice_is_part_of_what_people_approve() -> None:
    content = starter.consumer_credit()
    assert content["tables"][0]["inputs"][5] == {
        "name": "applications_30d", "type": "number", "unknown": "accepted",
    }  # fmt: skip
    other = changed(lambda t: t[0]["inputs"][5].pop("unknown"))
    assert content_hash(model_from_json(content)) != content_hash(model_from_json(other))


def test_a_draft_that_does_not_decide_unknown_is_saved_but_not_submitted(lender: Lender) -> None:
    version = draft(lender, changed(column(0, "inputs", 6, unknown="")))
    before = snapshot()
    with pytest.raises(Invalid) as refused:
        submit(lender, version)
    assert [(f.pointer, f.code) for f in refused.value.faults] == [
        ("/restrictions/None/6", "unknown_not_decided")
    ]
    assert snapshot() == before


# ── reasons ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wording", "code"),
    [
        (Wording("SCORE_UNKNOWN", False, ()), "reason_retired"),
        (Wording("SCORE_UNKNOWN", True, ("en",)), "reason_text_missing"),
        (Wording("SCORE_UNKNOWN", True, ("zh-hans", "en")), "reason_text_missing"),
    ],
)
def test_a_reason_nobody_may_give_stops_the_policy_at_its_cell(wording: Wording, code: str) -> None:
    found = review(starter.consumer_credit(), {**WORDINGS, "SCORE_UNKNOWN": wording}).errors
    assert places(found) == [("restrictions", 4, 8, code)]
    with translation.override("en"):
        assert "SCORE_UNKNOWN" in error_words(found[0])
    if len(wording.lacking) == 2:
        with translation.override("zh-hans"):
            assert (
                error_words(found[0]) == "原因 SCORE_UNKNOWN 缺少中文、英文的客户文案或补救说明。"
            )


def test_a_reason_of_the_default_is_looked_at_too() -> None:
    content = changed(column(0, "outputs", 0, default='"NO_TERMS"'))
    content["tables"][0]["outputs"][1]["default"] = '"CLOSED"'
    found = review(content, {**WORDINGS, "NO_TERMS": Wording("NO_TERMS", False, ())}).errors
    assert places(found) == [("restrictions", None, 8, "reason_retired")]


def test_the_catalogue_says_which_reasons_lack_words_in_which_language(lender: Lender) -> None:
    assert {word.lacking for word in reasons.wordings().values()} == {()}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE compliance_reason DROP CONSTRAINT reason_text_complete")
    Reason.objects.filter(code="SCORE_UNKNOWN").update(remedy_zh=" ")
    Reason.objects.filter(code="PAYMENT_LATE").update(text_en="", is_active=False)
    found = reasons.wordings()
    assert found["SCORE_UNKNOWN"] == Wording("SCORE_UNKNOWN", True, ("zh-hans",))
    assert found["PAYMENT_LATE"] == Wording("PAYMENT_LATE", False, ("en",))


# ── warnings ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (cell(0, 5, "inputs", 2, "> 1000"), [("restrictions", 5, 2, "never_fires")]),
        (cell(0, 5, "inputs", 2, "(580..581)"), [("restrictions", 5, 2, "never_fires")]),
        (also({0: '"failed"'}, '"IDENTITY_FAILED"', '"CLOSED"', "", ""),
         [("restrictions", 17, None, "duplicate_row")]),
        (also({0: ">= 800"}, "500000", "0.1", "3", table=1), [("terms", 5, None, "unreachable")]),
        (also({0: ">= 600"}, "500000", "0.1", "3", table=1, at=4),
         [("terms", 4, None, "unreachable")]),
        (without(4, table=1), [("terms", None, None, "gap")]),
        # The same reason, milder, where the graver row fits already.
        (also({2: "< 500"}, '"SCORE_TOO_LOW"', '"CLOSED"', "", ""),
         [("restrictions", 17, None, "no_effect")]),
        (also({2: "< 500"}, '"SCORE_TOO_LOW"', '"LIMITED"', "600000", "30"),
         [("restrictions", 17, None, "no_effect")]),
        (also({2: "[600..610]"}, '"SCORE_TOO_LOW"', '"LIMITED"', "1000000", ""),
         [("restrictions", 17, None, "no_effect")]),
        (also({2: "[600..610]"}, '"SCORE_TOO_LOW"', '"LIMITED"', "", ""),
         [("restrictions", 17, None, "no_effect")]),
        (also({2: "[570..590]"}, '"SCORE_TOO_LOW"', '"LIMITED"', "1000000", ""),
         [("restrictions", 17, None, "no_effect")]),  # two rows together
        (also({2: "< 500"}, '"SCORE_TOO_LOW"', '"LIMITED"', "600000", "", at=0),
         [("restrictions", 0, None, "no_effect")]),  # the graver row comes later
        # Graver, wider, of another reason or for longer: these say something of their own.
        (also({2: "[600..610]"}, '"SCORE_TOO_LOW"', '"LIMITED"', "900000", ""), []),
        (also({2: "[600..620]"}, '"SCORE_TOO_LOW"', '"LIMITED"', "1000000", ""), []),
        (also({2: "< 500"}, '"POLICY_CHANGED"', '"CLOSED"', "", ""), []),
        (also({5: "> 7"}, '"APPLIED_TOO_OFTEN"', '"CLOSED"', "", "31"), []),
        (also({5: "> 7"}, '"APPLIED_TOO_OFTEN"', '"CLOSED"', "", ""), []),
        (also({5: "> 7"}, '"APPLIED_TOO_OFTEN"', '"CLOSED"', "", "30"),
         [("restrictions", 17, None, "no_effect")]),
        (cell(0, 4, "outputs", 2, "20000001"), [("restrictions", 4, 10, "cap_above_product")]),
        (cell(0, 4, "outputs", 2, "20000000"), [("restrictions", 4, 10, "cap_above_terms")]),
        (cell(0, 4, "outputs", 2, "19999999"), []),
        (cell(0, 4, "outputs", 2, "499999"), [("restrictions", 4, 10, "cap_below_product")]),
        (cell(0, 4, "outputs", 2, "0"), [("restrictions", 4, 10, "cap_below_product")]),
    ],
)  # fmt: skip
def test_what_people_should_look_at_is_named_at_its_row_and_stops_nothing(
    change: Callable[[Any], Any], wanted: list[Place]
) -> None:
    found = review(changed(change))
    assert found.errors == ()
    assert places(found.warnings) == wanted


def test_who_falls_through_the_terms_is_shown_in_words() -> None:
    content = changed(without(4, table=1))
    [gap] = review(content).warnings
    assert gap.example is not None
    assert set(gap.example) == {"score", "utilisation"}
    with translation.override("en"):
        assert str(error_words(gap)) == "There are customers whom no row fits."
        assert example_words(gap).startswith("credit score is ")
    only_null = changed(cell(1, 4, "inputs", 0, "not(null)"))
    [gap] = review(only_null).warnings
    assert gap.example is not None
    assert gap.example["score"] is None
    with translation.override("zh-hans"):
        assert example_words(gap).startswith("信用分未知、")


def test_that_a_value_is_too_old_can_be_decided_and_contradicts_its_being_known() -> None:
    content = starter.consumer_credit()
    table = content["tables"][0]
    table["inputs"].append({"name": "score_is_stale", "type": "boolean"})
    for rule in table["rules"]:
        rule["inputs"].append("-")
    also({8: "true"}, '"DATA_STALE"', '"LIMITED"', "1000000", "")(content["tables"])
    assert review(content) == Review((), ())
    also({8: "true", 2: ">= 700"}, '"DATA_STALE"', '"CLOSED"', "", "")(content["tables"])
    assert places(review(content).warnings) == [("restrictions", 18, 8, "never_fires")]
    table["rules"][18]["inputs"][8] = "stale"
    assert places(review(content).errors) == [("restrictions", 18, 8, "unsupported")]


# ── where people see it ─────────────────────────────────────────────────────────────────────


def test_the_author_and_the_approver_see_the_same_warnings(lender: Lender) -> None:
    version = draft(lender, changed(without(4, table=1)))
    drafted = screens.version_page(version, is_edited=False)
    submit(lender, version)
    version.refresh_from_db()
    submitted = screens.version_page(version, is_edited=False)
    assert [warning["text"] for warning in drafted["warnings"]] == [
        warning["text"] for warning in submitted["warnings"]
    ]
    assert (len(submitted["warnings"]), submitted["errors"]) == (1, [])
    with translation.override("en"):
        assert screens.warning_lines(version) == ["Terms: There are customers whom no row fits."]


def test_a_version_in_force_is_read_but_not_reviewed(
    lender: Lender, django_assert_num_queries: Any
) -> None:
    version = version_in(SUBMITTED, lender)
    with django_assert_num_queries(2):
        found = inspection.review(model=model_from_json(version.content), product=product())
        said = inspection.readings(model=model_from_json(version.content), language="en")
    assert found == Review((), ())
    assert [len(reading.rules) for reading in said] == [17, 5]
    assert screens.version_page(version, is_edited=False)["tables"][0]["reading"].rules[0]


def test_an_analyst_accepts_unknown_at_the_column_and_reads_the_rules_in_words(
    lender: Lender, as_role: Callable[[Role], Client]
) -> None:
    version = draft(lender, changed(column(0, "inputs", 6, unknown="")))
    analyst, page = as_role(Role.RISK_ANALYST), f"/admin/risk/policyversion/{version.pk}"

    def post(door: str, content: Any) -> Any:
        body = {"content": content, "cases": [], "revision": 0}
        return analyst.post(f"{page}/{door}/", body, content_type="application/json").json()

    [fault] = post("check", version.content)["faults"]
    assert (fault["table"], fault["rule"], fault["column"]) == ("restrictions", None, 6)
    said = post("save", starter.consumer_credit())["review"]
    assert said["faults"] == []
    assert said["readings"]["restrictions"][5].startswith(
        "If credit score is below 580 points, then access is closed because"
    )
    version.refresh_from_db()
    assert version.content == starter.consumer_credit()


def test_the_approver_is_told_of_the_warnings_before_signing(
    lender: Lender, as_role: Callable[[Role], Client]
) -> None:
    version = draft(lender, changed(without(4, table=1)))
    submit(lender, version)
    dialog = as_role(Role.POLICY_APPROVER).get(
        f"/admin/risk/policyversion/{version.pk}/approve/"
    ).content.decode()  # fmt: skip
    assert "Terms: There are customers whom no row fits." in dialog
