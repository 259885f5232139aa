"""The governed catalogue: complete, with a history, installed once."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from backoffice.lib.errors import Missing
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from compliance.reasons import queries, services
from compliance.reasons.facts import Level
from compliance.reasons.models import Reason
from compliance.reasons.starter import STARTER_REASONS
from risk.policies import starter as policies

pytestmark = pytest.mark.django_db

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def catalogue() -> None:
    services.install_starter_reasons(actor=system("test"))


def test_installing_twice_adds_nothing_and_keeps_edited_words() -> None:
    assert services.install_starter_reasons(actor=system("test")) == len(STARTER_REASONS)
    Reason.objects.filter(code="NO_TERMS").update(text_en="Edited.")
    before = LedgerEntry.objects.count()
    assert services.install_starter_reasons(actor=system("test")) == 0
    assert Reason.objects.get(code="NO_TERMS").text_en == "Edited."
    assert LedgerEntry.objects.count() == before == len(STARTER_REASONS)


def test_a_catalogue_from_before_gets_the_new_reasons_and_keeps_its_words() -> None:
    services.install_starter_reasons(actor=system("test"))
    with connection.cursor() as cursor:  # as it was before a release shipped this reason
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM compliance_reason WHERE code = 'ADDITIONAL_CHECK'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    Reason.objects.filter(code="AGE_UNKNOWN").update(text_zh="我们没有您的出生日期,请补充。")
    for told in ("Reasons added: 1.", "Reasons added: 0."):
        printed = io.StringIO()
        call_command("install_reasons", stdout=printed)
        assert printed.getvalue().strip() == told
    assert Reason.objects.filter(code="ADDITIONAL_CHECK", is_active=True).exists()
    assert Reason.objects.get(code="AGE_UNKNOWN").text_zh == "我们没有您的出生日期,请补充。"
    entry = LedgerEntry.objects.order_by("id").last()
    assert (entry.action, entry.subject_id, entry.actor) == (
        "reason.installed", "ADDITIONAL_CHECK", "system:reasons",
    )  # fmt: skip


def test_what_is_absent_is_added_beside_what_is_there() -> None:
    Reason.objects.create(
        code="OUR_OWN", level="customer", ends_by="fact", text_zh="文", text_en="t", remedy_zh="法",
        remedy_en="r",
    )  # fmt: skip
    assert services.install_starter_reasons(actor=system("test")) == len(STARTER_REASONS)
    assert Reason.objects.count() == len(STARTER_REASONS) + 1


def test_both_languages_are_complete_and_in_their_own_script() -> None:
    for reason in STARTER_REASONS:
        for text in (reason.text_zh, reason.remedy_zh):
            assert HAN.search(text), reason.code
            assert text.endswith("。"), reason.code
        for text in (reason.text_en, reason.remedy_en):
            assert not HAN.search(text), reason.code
            assert text.endswith("."), reason.code


def test_codes_are_unique_and_the_most_serious_is_said_first() -> None:
    codes = [reason.code for reason in STARTER_REASONS]
    assert len(set(codes)) == len(codes)
    assert not [text for reason in STARTER_REASONS for text in (reason.text_zh, reason.remedy_zh)
                if re.search(r"[\u4e00-\u9fff][,;:?!]", text)]  # fmt: skip
    precedences = [reason.precedence for reason in STARTER_REASONS]
    assert precedences == sorted(set(precedences))
    assert STARTER_REASONS[0].level is Level.REGULATOR


def test_every_reason_the_house_itself_gives_is_in_the_catalogue(catalogue: None) -> None:
    from accounts.access.rules import NO_TERMS, NOT_DECIDED

    given = {NO_TERMS, NOT_DECIDED, "EMERGENCY_STOP", "SYSTEM_MAINTENANCE", "REGULATOR_ORDER"}
    for policy in (policies.consumer_credit(), policies.repayment_behaviour()):
        rules = policy["tables"][0]["rules"]
        given |= {rule["outputs"][0].strip('"') for rule in rules}
    assert given <= queries.active_codes()


@pytest.mark.parametrize("column", ["text_zh", "text_en", "remedy_zh", "remedy_en"])
@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_a_reason_without_words_is_refused(catalogue: None, column: str, text: str) -> None:
    with pytest.raises(DatabaseError, match="reason_text_complete"), transaction.atomic():
        Reason.objects.filter(code="NO_TERMS").update(**{column: text})
    assert getattr(Reason.objects.get(code="NO_TERMS"), column).strip()


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE compliance_reason SET level = 'whim'", "reason_level_known"),
        ("UPDATE compliance_reason SET ends_by = 'never'", "reason_ends_by_known"),
        ("UPDATE compliance_reason SET code = 'OTHER'", "pgtrigger: Cannot update"),
        ("DELETE FROM compliance_reason", "pgtrigger: Cannot delete"),
        ("INSERT INTO compliance_reason SELECT (jsonb_populate_record(r, "
         "'{\"id\": 999999, \"code\": \"lower\"}')).* FROM compliance_reason r LIMIT 1",
         "reason_code_shape"),
    ],
)  # fmt: skip
def test_the_database_refuses(catalogue: None, statement: str, refusal: str) -> None:
    before = list(Reason.objects.order_by("id").values_list())
    with (
        pytest.raises(DatabaseError, match=refusal),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(Reason.objects.order_by("id").values_list()) == before


def test_every_change_of_words_is_kept_whoever_makes_it(catalogue: None) -> None:
    reason = Reason.objects.get(code="NO_TERMS")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_reason SET text_en = 'Edited.' WHERE code = 'NO_TERMS'")
    first, second = reason.events.order_by("pgh_id")  # type: ignore[attr-defined]
    assert (first.pgh_label, first.text_en) == ("insert", reason.text_en)
    assert (second.pgh_label, second.text_en) == ("update", "Edited.")


def test_a_reason_is_read_in_the_language_asked_for(catalogue: None) -> None:
    starter = next(reason for reason in STARTER_REASONS if reason.code == "PAYMENT_LATE")
    for language in ("zh-hans", "zh-CN", "ZH"):
        found = queries.reason(code="PAYMENT_LATE", language=language)
        assert (found.text, found.remedy) == (starter.text_zh, starter.remedy_zh)
    assert queries.reason(code="PAYMENT_LATE", language="en").text == starter.text_en
    assert queries.reason(code="PAYMENT_LATE", language="fr").text == starter.text_en


def test_reasons_come_most_important_first_and_unknown_ones_are_left_out(catalogue: None) -> None:
    found = queries.reasons(codes=["SCORE_TOO_LOW", "NOPE", "EMERGENCY_STOP"], language="en")
    assert [reason.code for reason in found] == ["EMERGENCY_STOP", "SCORE_TOO_LOW"]


def test_unknown_and_retired_reasons_are_missing(catalogue: None) -> None:
    with pytest.raises(Missing):
        queries.reason(code="NOPE", language="en")
    with pytest.raises(Missing):
        queries.ids_by_code(["NO_TERMS", "NOPE"])
    Reason.objects.filter(code="NO_TERMS").update(is_active=False)
    assert "NO_TERMS" not in queries.active_codes()
    with pytest.raises(Missing):
        queries.refuse_retired(code="NO_TERMS")
    assert set(queries.ids_by_code(["NO_TERMS"])) == {"NO_TERMS"}  # what was given stays readable
