"""What a model must be to decide about a product, beyond being a model."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.access.facts import Product
from compliance.reasons.starter import STARTER_REASONS
from risk.decisions import rules as deciding
from risk.policies import starter
from risk.policies.rules import check_policy
from risk.signals.catalogue import SIGNALS
from risk.tables.services import compile_model, model_from_json
from tests.lender import AT

CODES = frozenset(reason.code for reason in STARTER_REASONS)


def product(**given: Any) -> Product:
    values: dict[str, Any] = {
        "id": 1, "code": "flex-credit", "name_zh": "", "name_en": "", "currency": "CNY",
        "min_amount_cents": 500_000, "max_amount_cents": 20_000_000, "min_term_months": 1,
        "max_term_months": 12, "min_annual_rate": Decimal("0.03"),
        "max_annual_rate": Decimal("0.24"), "review_days": 90, "is_active": True,
    }  # fmt: skip
    return Product(**{**values, **given})


def faults(content: Any, **given: Any) -> list[tuple[str, int | None, int | None, str]]:
    found = check_policy(model_from_json(content), product=product(**given), reason_codes=CODES)
    return [(error.table, error.rule, error.column, error.code) for error in found]


def changed(change: Callable[[Any], Any]) -> Any:
    content = copy.deepcopy(starter.consumer_credit())
    change(content["tables"])
    return content


def cell(table: int, rule: int, kind: str, column: int, text: str) -> Callable[[Any], None]:
    def change(tables: Any) -> None:
        tables[table]["rules"][rule][kind][column] = text

    return change


def part(table: int, key: str, value: Any) -> Callable[[Any], None]:
    return lambda tables: tables[table].__setitem__(key, value)


def column(table: int, kind: str, index: int, **values: Any) -> Callable[[Any], None]:
    return lambda tables: tables[table][kind][index].update(values)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda t: t.pop(), [("terms", None, None, "table_missing")]),
        (part(0, "name", "causes"),
         [("restrictions", None, None, "table_missing"), ("causes", None, None, "table_unknown")]),
        (lambda t: t.append(t[1]), [("terms", None, None, "duplicate_table")]),
        (part(0, "hit_policy", "F"), [("restrictions", None, None, "hit_policy")]),
        (part(1, "hit_policy", "U"), [("terms", None, None, "hit_policy")]),
        (lambda t: t[1]["outputs"].reverse(), [("terms", None, None, "outputs")]),
        (column(0, "outputs", 3, type="string"), [("restrictions", None, None, "outputs")]),
        (column(0, "inputs", 2, name="scrore"), [("restrictions", None, 2, "signal_unknown")]),
        (column(0, "inputs", 2, type="string"), [("restrictions", None, 2, "signal_type")]),
        (cell(0, 0, "inputs", 0, '"failled"'), [("restrictions", 0, 0, "not_allowed")]),
        (cell(0, 0, "inputs", 0, "failed"), [("restrictions", 0, 0, "unsupported")]),
        (cell(0, 0, "outputs", 0, '"NO_SUCH_REASON"'), [("restrictions", 0, 8, "not_allowed")]),
        (cell(0, 0, "outputs", 0, ""), [("restrictions", 0, 8, "value_needed")]),
        (cell(0, 0, "outputs", 1, ""), [("restrictions", 0, 9, "value_needed")]),
        (cell(0, 0, "outputs", 1, '"OPEN"'), [("restrictions", 0, 9, "not_allowed")]),
        (cell(0, 0, "outputs", 2, "5"), [("restrictions", 0, 10, "limit_not_applicable")]),
        (cell(0, 3, "outputs", 2, "0.5"), [("restrictions", 3, 10, "not_whole")]),
        (cell(0, 3, "outputs", 2, "-1"), [("restrictions", 3, 10, "not_whole")]),
        (cell(0, 3, "outputs", 2, "9" * 20), [("restrictions", 3, 10, "not_whole")]),
        (cell(0, 11, "outputs", 3, "0"), [("restrictions", 11, 11, "not_whole")]),
        (cell(0, 11, "outputs", 3, "3651"), [("restrictions", 11, 11, "not_whole")]),
        (cell(0, 11, "outputs", 3, "3650"), []),
        (cell(1, 0, "outputs", 0, "20000001"), [("terms", 0, 2, "outside_product")]),
        (cell(1, 0, "outputs", 0, "499999"), [("terms", 0, 2, "outside_product")]),
        (cell(1, 0, "outputs", 0, "500000.5"), [("terms", 0, 2, "outside_product")]),
        (cell(1, 0, "outputs", 0, ""), [("terms", 0, 2, "outside_product")]),
        (cell(1, 0, "outputs", 1, "0.2400001"), [("terms", 0, 3, "outside_product")]),
        (cell(1, 0, "outputs", 1, "0.029"), [("terms", 0, 3, "outside_product")]),
        (cell(1, 0, "outputs", 1, "0.123456"), [("terms", 0, 3, "too_precise")]),
        (cell(1, 0, "outputs", 1, "0.1234500"), []),
        (cell(1, 0, "outputs", 2, "13"), [("terms", 0, 4, "outside_product")]),
        (cell(1, 0, "outputs", 2, "0"), [("terms", 0, 4, "outside_product")]),
        # What nothing matched gives is an answer too.
        (column(0, "outputs", 0, default='"SCORE_TOO_LOW"'),
         [("restrictions", None, 9, "value_needed")]),
        (column(0, "outputs", 0, default='"NO_SUCH_REASON"'),
         [("restrictions", None, 8, "not_allowed")]),
        (column(1, "outputs", 0, default="1000000"),
         [("terms", None, 3, "outside_product"), ("terms", None, 4, "outside_product")]),
        (column(1, "outputs", 0, default="null"), []),
        # What the content itself allows binds it as well: it is compiled as it is stored.
        (column(0, "inputs", 0, allowed=["verified"]),
         [("restrictions", 0, 0, "not_allowed"), ("restrictions", 1, 0, "not_allowed"),
          ("restrictions", 2, 0, "not_allowed")]),
    ],
)  # fmt: skip
def test_each_fault_of_a_policy_is_named_at_its_cell(
    change: Callable[[Any], Any], wanted: list[tuple[str, int | None, int | None, str]]
) -> None:
    assert faults(changed(change)) == wanted


def test_a_policy_without_faults_compiles_and_answers_for_anybody() -> None:
    """The check is worth what it promises: what passes it can always be evaluated."""
    content = changed(column(0, "outputs", 0, default='"SCORE_TOO_LOW"'))
    for index, default in enumerate(['"LIMITED"', "600000"], start=1):
        column(0, "outputs", index, default=default)(content["tables"])
    for index, default in enumerate(["500000", "0.2", "1"]):
        column(1, "outputs", index, default=default)(content["tables"])
    content["tables"][1]["rules"].pop()  # so that the default of the terms can be the answer
    assert faults(content) == []
    nobody = dict.fromkeys(SIGNALS) | {
        "months_late_now": Decimal(0), "months_late_max_6m": Decimal(0), "age_years": Decimal(30),
    }  # fmt: skip
    found = deciding.evaluate(
        compiled=compile_model(model_from_json(content)), signals=nobody,
        product=product(), at=AT,
    )  # fmt: skip
    assert [cause.reason_code for cause in found.causes] == ["SCORE_UNKNOWN"]
    terms = found.terms
    assert terms is not None
    assert (terms.limit_cents, str(terms.annual_rate), terms.max_term_months) == (500000, "0.2", 1)
    assert found.answer["state"] == "LIMITED"


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"min_amount_cents": 100_000, "max_amount_cents": 50_000_000},
        {"max_term_months": 24, "max_annual_rate": Decimal("0.36")},
        {"min_annual_rate": Decimal("0.072"), "max_annual_rate": Decimal("0.146")},
        {"min_amount_cents": 1_000_000, "max_amount_cents": 20_000_000, "min_term_months": 3},
    ],
)
@pytest.mark.parametrize("make", [starter.consumer_credit, starter.repayment_behaviour])
def test_the_starter_policies_pass_for_several_products(
    make: Callable[[], Any], bounds: dict[str, Any]
) -> None:
    assert faults(make(), **bounds) == []


@pytest.mark.parametrize("make", [starter.consumer_credit, starter.repayment_behaviour])
def test_the_starter_policies_fail_at_the_cell_where_a_product_allows_less(
    make: Callable[[], Any],
) -> None:
    assert {(t, c, code) for t, _r, c, code in faults(make(), max_amount_cents=600_000)} == {
        ("terms", len(make()["tables"][1]["inputs"]), "outside_product")
    }


@pytest.mark.parametrize("make", [starter.consumer_credit, starter.repayment_behaviour])
def test_every_reason_a_starter_policy_uses_has_its_words_in_both_languages(
    make: Callable[[], Any],
) -> None:
    known = {reason.code: reason for reason in STARTER_REASONS}
    used = {rule["outputs"][0].strip('"') for rule in make()["tables"][0]["rules"]}
    for code in used:
        reason = known[code]
        for text in (reason.text_zh, reason.remedy_zh):
            assert any("\u4e00" <= character <= "\u9fff" for character in text), code
        for text in (reason.text_en, reason.remedy_en):
            assert text.isascii(), code
            assert text.endswith("."), code
    assert len(used) >= 5
