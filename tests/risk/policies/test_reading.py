"""Every rule reads as a sentence, in both languages, and leaves nothing out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.reasons.starter import STARTER_REASONS
from risk.policies import starter
from risk.policies.reading import TableReading, read_policy
from risk.policies.words import CHOICES
from risk.signals.catalogue import COLUMNS
from risk.signals.facts import SignalType
from risk.tables.facts import (
    FeelType,
    HitPolicy,
    InputColumn,
    Model,
    OutputColumn,
    Rule,
    Table,
    Unknown,
)
from risk.tables.services import model_from_json
from tests.risk.tables import reference
from tests.risk.tables.cases import cells

ENGLISH = {reason.code: reason.text_en for reason in STARTER_REASONS}
CHINESE = {reason.code: reason.text_zh for reason in STARTER_REASONS}
OPERATORS = {
    "en": {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "null": "unknown"},
    "zh-hans": {"<": "低于", "<=": "不超过", ">": "超过", ">=": "不低于", "null": "未知"},
}
ON_DATES = {
    "en": {"<": "before", "<=": "not after", ">": "after", ">=": "not before", "null": "unknown"},
    "zh-hans": {"<": "早于", "<=": "不晚于", ">": "晚于", ">=": "不早于", "null": "未知"},
}
FEEL = ["..", "not(", "date(", "null", "<", ">", "=", '"', "[", "]", "true", "false"]


def read(content: dict[str, Any], language: str = "en") -> dict[str, TableReading]:
    said = read_policy(
        model_from_json(content), language=language, currency="CNY",
        reasons=ENGLISH if language == "en" else CHINESE,
    )  # fmt: skip
    return {reading.name: reading for reading in said}


@pytest.mark.parametrize(
    ("language", "table", "row", "sentence"),
    [
        ("en", "restrictions", 0,
         "If identity status is “check failed”, then access is closed because “Your identity "
         "check did not pass”."),
        ("en", "restrictions", 4,
         "If credit score is unknown, then access is limited to ¥5,000 because “We do not have a "
         "recent credit score for you”."),
        ("en", "restrictions", 9,
         "If months late now is exactly 0 months, and most months late within six months is at "
         "least 1 month, then access is limited to ¥20,000 because “You have, or had in the last "
         "six months, a late payment”."),
        ("en", "restrictions", 11,
         "If applications in 30 days is above 6 times, then access is closed because “You have "
         "applied for credit too many times recently”, for 30 days."),
        ("en", "terms", 0,
         "If credit score is at least 700 points, and share of the credit limit in use is at most "
         "50%, then the limit is ¥200,000 at 7.2% a year, for at most 12 months."),
        ("en", "terms", 4,
         "In every other case, the limit is ¥10,000 at 14.6% a year, for at most 3 months."),
        ("zh-hans", "restrictions", 0,
         "若身份状态为“核验未通过”，则关闭使用，原因：“您的身份核验未通过”。"),
        ("zh-hans", "restrictions", 6,
         "若信用分不低于 580 分且低于 620 分，则额度限制在 ¥10,000 以内，"
         "原因：“您的信用分低于该服务的要求”。"),
        ("zh-hans", "restrictions", 8,
         "若当前逾期月数为 1 个月，则额度限制在 ¥5,000 以内，"
         "原因：“您目前或近六个月内有逾期还款”。"),
        ("zh-hans", "restrictions", 11,
         "若近 30 天申请次数超过 6 次，则关闭使用，"
         "原因：“您近期的借款申请次数过多”，为期 30 天。"),
        ("zh-hans", "terms", 0,
         "若信用分不低于 700 分，且额度使用率不超过 50%，则给予额度 ¥200,000，年利率 7.2%，"
         "期限最长 12 个月。"),
        ("zh-hans", "terms", 4,
         "其余情况下，给予额度 ¥10,000，年利率 14.6%，期限最长 3 个月。"),
    ],
)  # fmt: skip
def test_rules_of_the_starter_policy_in_words(
    language: str, table: str, row: int, sentence: str
) -> None:
    assert read(starter.consumer_credit(), language)[table].rules[row] == sentence


def test_what_holds_for_the_whole_table_is_said_once() -> None:
    said = read(starter.consumer_credit())
    assert said["restrictions"].hit_policy == "Every row that fits counts."
    assert said["restrictions"].default == "If no row fits, nothing follows."
    assert said["restrictions"].unknown == (
        "Not knowing “applications in 30 days” is accepted: nothing follows from it.",
        "Not knowing “share of the credit limit in use” is accepted: nothing follows from it.",
    )
    assert said["terms"].hit_policy == "The first row that fits decides."
    assert said["terms"].default == "If no row fits, there are no terms, and access is closed."


def changed(row: int, column: int, text: str, *, table: int = 0) -> dict[str, Any]:
    content = starter.consumer_credit()
    rule = content["tables"][table]["rules"][row]
    width = len(rule["inputs"])
    cells = rule["inputs"] if column < width else rule["outputs"]
    cells[column if column < width else column - width] = text
    return content


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        (0, 'not("failed")', "identity status is known and is not “check failed”"),
        (0, '"failed", "mismatch", null',
         "identity status is “check failed” or “mismatch” or is unknown"),
        (2, "not(null)", "credit score is known"),
        (2, "not(1, 2, null)", "credit score is known and is other than 1 point or 2 points"),
        (2, "not([1..5), 9)",
         "credit score is known and is other than 9 points and is not one that “is at least 1 "
         "point and is below 5 points”"),
        (2, "1, 2, 3, < 0",
         "credit score is exactly 1 point, 2 points or 3 points or is below 0 points"),
        (2, "]1..2.5]", "credit score is above 1 point and is at most 2.5 points"),
        (6, "0.12345", "share of the credit limit in use is exactly 12.345%"),
        (8, '"HOUSE_RULE"', "because “HOUSE_RULE”"),
        (10, "", "access is limited, to no certain amount, because"),
        (10, "1.5", "access is limited to 1.5 cents because"),
        (10, "123456", "access is limited to ¥1,234.56 because"),
        (11, "1", "”, for 1 day."),
    ],
)  # fmt: skip
def test_every_shape_of_a_cell_has_its_words(column: int, text: str, words: str) -> None:
    assert words in read(changed(3, column, text))["restrictions"].rules[3]


@pytest.mark.parametrize(
    ("column", "text"), [(0, "failed"), (2, "<< 5"), (8, ""), (9, ""), (9, '"OPEN"'), (10, "x")]
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_row_with_a_fault_says_so_and_the_others_still_read(
    column: int, text: str, language: str
) -> None:
    said = read(changed(3, column, text), language)["restrictions"].rules
    whole = read(starter.consumer_credit(), language)["restrictions"].rules
    assert (
        said[3]
        == {
            "en": "This row cannot be read yet: a cell has a fault.",
            "zh-hans": "此行暂无法解读：有单元格存在错误。",
        }[language]
    )
    assert said[:3] + said[4:] == tuple(
        sentence
        for row, sentence in enumerate(whole)
        if row != 3
    )  # fmt: skip


def test_a_row_of_another_width_is_unreadable_too() -> None:
    content = starter.consumer_credit()
    content["tables"][0]["rules"][3]["inputs"].pop()
    content["tables"][1]["rules"][0]["outputs"].pop()
    said = read(content)
    assert said["restrictions"].rules[3].startswith("This row cannot be read")
    assert said["terms"].rules[0].startswith("This row cannot be read")


def test_that_a_value_is_too_old_reads_as_such() -> None:
    table = Table(
        "restrictions", HitPolicy.COLLECT, (InputColumn("score_is_stale", FeelType.BOOLEAN),),
        (OutputColumn("o", FeelType.NUMBER),), (Rule(("true",), ("1",)), Rule(("false",), ("2",))),
    )  # fmt: skip
    for language, words in {
        "en": ("If credit score is too old to use, then o: 1.",
               "If credit score is not too old to use, then o: 2."),
        "zh-hans": ("若信用分已过时效，则o: 1。", "若信用分未过时效，则o: 2。"),
    }.items():  # fmt: skip
        [said] = read_policy(Model((table,)), language=language, currency="CNY", reasons={})
        assert said.rules == words


def test_defaults_are_read_like_a_row() -> None:
    content = starter.consumer_credit()
    for column, text in zip(content["tables"][1]["outputs"], ["1000000", "0.1", "3"], strict=True):
        column["default"] = text
    assert read(content)["terms"].default == (
        "If no row fits, the limit is ¥10,000 at 10% a year, for at most 3 months."
    )
    content["tables"][1]["outputs"][0]["default"] = "x"
    assert read(content)["terms"].default.startswith("What follows when no row fits cannot be")


# ── nothing is left out ─────────────────────────────────────────────────────────────────────

LITERALS: dict[str, st.SearchStrategy[Any]] = {
    name: (
        st.decimals(0, 99_999_999, places=2) | st.integers(0, 10**12).map(Decimal)
        if signal.type is SignalType.NUMBER
        else st.sampled_from(signal.choices)
    )
    for name, signal in COLUMNS.items()
    if signal.type is not SignalType.BOOLEAN
} | {"signed_on": st.dates()}


def feel_type(name: str) -> FeelType:
    return FeelType(COLUMNS[name].type.value) if name in COLUMNS else FeelType.DATE


def expected(name: str, cell: reference.Cell, language: str) -> list[str]:
    """What a sentence must have in it for the cell."""
    kind = cell[0]
    words = (ON_DATES if feel_type(name) is FeelType.DATE else OPERATORS)[language]
    if kind == "any":
        return []
    if kind == "null":
        return [words["null"]]
    if kind == "compare":
        return [words.get(cell[1], ""), shown(name, cell[2])]
    if kind == "interval":
        return [
            words[">=" if cell[3] else ">"], shown(name, cell[1]),
            words["<=" if cell[4] else "<"], shown(name, cell[2]),
        ]  # fmt: skip
    parts = [part for part in cell[1] if kind == "list" or part[0] != "null"]
    known = [] if kind == "list" else [{"en": "is known", "zh-hans": "已知"}[language]]
    return known + [text for part in parts for text in expected(name, part, language)]


def shown(name: str, literal: Any) -> str:
    if isinstance(literal, dt.date):
        return literal.isoformat()
    if isinstance(literal, str):
        return f"“{CHOICES[literal]}”"
    unit = COLUMNS[name].unit
    if unit == "ratio":
        text = f"{literal * 100:f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"
    if unit == "cents" and literal == int(literal):
        whole, cents = divmod(int(literal), 100)
        return f"¥{whole:,}" + (f".{cents:02d}" if cents else "")
    return f"{literal:f}"


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(["en", "zh-hans"]))
def test_every_operator_number_date_and_text_of_a_row_is_in_its_sentence(
    data: st.DataObject, language: str
) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(LITERALS)), min_size=1, unique=True))
    row = [data.draw(cells(LITERALS[name])) for name in names]
    table = Table(
        "restrictions", HitPolicy.COLLECT,
        tuple(InputColumn(name, feel_type(name), unknown=Unknown.ACCEPTED) for name in names),
        tuple(
            OutputColumn(name, kind)
            for name, kind in [("reason", FeelType.STRING), ("effect", FeelType.STRING),
                               ("limit_cents", FeelType.NUMBER), ("days", FeelType.NUMBER)]
        ),
        (Rule(tuple(map(reference.cell_text, row)), ('"SCORE_TOO_LOW"', '"CLOSED"', "", "7")),),
    )  # fmt: skip
    [said] = read_policy(
        Model((table,)), language=language, currency="CNY", reasons={"SCORE_TOO_LOW": "Because."}
    )
    [sentence] = said.rules
    with translation.override(language):
        for name, cell in zip(names, row, strict=True):
            wanted = expected(name, cell, language)
            label = str(COLUMNS[name].label) if name in COLUMNS else name
            for text in [*wanted, *([label] if cell != ("any",) else [])]:
                assert text in sentence
    assert "“Because”" in sentence
    assert len(said.unknown) == len(names)
    assert [mark for mark in FEEL if mark in sentence] == []
