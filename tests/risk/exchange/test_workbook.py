"""A policy goes out as a workbook and comes back as it was; other workbooks are refused by cell."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from openpyxl import load_workbook

from risk.exchange import services
from risk.exchange.facts import FileRefused
from risk.policies import starter
from risk.tables.facts import FeelType, HitPolicy, InputColumn, Model, OutputColumn, Rule, Table
from risk.tables.services import content_hash, model_from_json
from tests.risk.exchange.models import stored_models

STARTER = model_from_json(starter.consumer_credit())


@given(stored_models())
@settings(deadline=None)
def test_what_goes_out_as_a_workbook_comes_back_as_it_was(model: Model) -> None:
    back = services.model_from_workbook(raw=services.workbook_from_model(model=model))
    assert back == model
    assert content_hash(back) == content_hash(model)


def opened(raw: bytes | None = None) -> Any:
    """The starter policy's workbook, to be changed as somebody in a spreadsheet would."""
    return load_workbook(io.BytesIO(raw or services.workbook_from_model(model=STARTER)))


def saved(workbook: Any) -> bytes:
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def refusal(raw: bytes) -> list[tuple[str, str]]:
    """(place, code) of everything wrong with a file."""
    with pytest.raises(FileRefused) as caught:
        services.model_from_workbook(raw=raw)
    return [(fault.place, fault.code) for fault in caught.value.faults]


def with_parts(raw: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """The same archive with its parts changed, and others put in."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(written, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in more.items():
            new.writestr(name.replace("__", "/"), content)
    return written.getvalue()


def test_a_sheet_is_laid_out_for_people() -> None:
    sheet = opened()["restrictions"]
    assert [row[0].value for row in sheet.iter_rows(max_row=10)] == [
        "table · 表", "hit policy · 命中策略", "role · 角色", "name · 名称", "type · 类型",
        "allowed · 允许值", "unknown · 未知时", "default · 默认值", "rules · 规则", "1",
    ]  # fmt: skip
    assert sheet.freeze_panes == "B10"
    assert sheet["D10"].value == "-"
    assert (sheet["B10"].value, sheet["J10"].value) == ('"failed"', '"IDENTITY_FAILED"')
    assert 11 <= sheet.column_dimensions["J"].width <= 44


WHY = "Rings that share one device caused most of the losses."


def test_what_is_said_of_all_tables_has_a_sheet_people_can_read_and_write() -> None:
    assert opened().sheetnames == ["restrictions", "terms"]
    justified = dataclasses.replace(STARTER, association_justification=WHY)
    workbook = opened(services.workbook_from_model(model=justified))
    assert workbook.sheetnames == ["restrictions", "terms", "policy"]
    sheet = workbook["policy"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows == [
        ["policy · 策略", None],
        ["association justification · 因关联关闭使用的理由", WHY],
    ]
    sheet["B2"] = "=1+1"
    sheet["A3"], sheet["B3"] = "association justification", "again"
    sheet["A4"], sheet["B4"] = "reason", "none"
    assert refusal(saved(workbook)) == [
        ("policy!B2", "formula"), ("policy!A3", "header_twice"), ("policy!A4", "unknown_header"),
    ]  # fmt: skip

    typed = opened()
    typed.create_sheet("为什么", 0)  # anywhere, called anything
    for cell, text in {"A2": "policy", "A3": "association justification", "B3": "by hand"}.items():
        typed["为什么"][cell] = text
    back = services.model_from_workbook(raw=saved(typed))
    assert back == dataclasses.replace(STARTER, association_justification="by hand")


def test_a_sheet_for_the_policy_is_no_table_too_many() -> None:
    tables = tuple(
        dataclasses.replace(STARTER.tables[0], name=f"t{number}") for number in range(20)
    )
    model = Model(tables, WHY)
    assert services.model_from_workbook(raw=services.workbook_from_model(model=model)) == model


def test_every_cell_is_text_and_none_is_a_formula() -> None:
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")', "'=1"]
    rules = tuple(Rule((text,), (text,), text) for text in hostile)
    column = InputColumn("score", FeelType.NUMBER)
    table = Table("t", HitPolicy.FIRST, (column,), (OutputColumn("o", FeelType.NUMBER),), rules)
    raw = services.workbook_from_model(model=Model((table,)))
    sheet = opened(raw)["t"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert [cell.quotePrefix for cell in sheet["B"][9:]] == [True] * 6 + [False]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(raw)).read("xl/worksheets/sheet1.xml")
    assert services.model_from_workbook(raw=raw).tables[0].rules == rules


def test_a_formula_is_refused_by_sheet_and_cell() -> None:
    workbook = opened()
    workbook["restrictions"]["C13"] = "=A1"
    workbook["terms"]["B10"] = "=SUM(1,2)"
    workbook["terms"]["A1"] = '="table"'
    assert refusal(saved(workbook))[:3] == [
        ("restrictions!C13", "formula"), ("terms!A1", "formula"), ("terms!B10", "formula"),
    ]  # fmt: skip


def test_numbers_dates_and_truth_values_typed_in_a_spreadsheet_are_read() -> None:
    workbook = opened()
    sheet = workbook["terms"]
    for place, value in (
        ("B10", 700),
        ("C10", 0.5),
        ("D10", 20_000_000),
        ("E10", 0.072),
        ("F10", True),
    ):
        sheet[place].number_format = "General"
        sheet[place] = value
    sheet["B11"].number_format = "yyyy-mm-dd"
    sheet["B11"] = dt.datetime(2026, 1, 31)
    rules = services.model_from_workbook(raw=saved(workbook)).tables[1].rules
    assert rules[0].inputs + rules[0].outputs == ("700", "0.5", "20000000", "0.072", "true")
    assert rules[1].inputs[0] == 'date("2026-01-31")'


def test_rows_put_in_between_need_no_number_and_empty_lines_are_no_rows() -> None:
    workbook = opened()
    sheet = workbook["terms"]
    sheet.insert_rows(11, 2)
    sheet["B12"] = ">= 690"
    rules = services.model_from_workbook(raw=saved(workbook)).tables[1].rules
    assert [rule.inputs for rule in rules][:3] == [
        (">= 700", "<= 0.5"), (">= 690", ""), (">= 700", "-"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.__setitem__("B2", "Z"), [("terms!B2", "not_a_choice")]),
        (lambda s: s.__setitem__("C5", "text"), [("terms!C5", "not_a_choice")]),
        (lambda s: s.__setitem__("B3", "inputs"), [("terms!B3", "unknown_role")]),
        (lambda s: s.__setitem__("H13", "beside"), [("terms!H3", "unknown_role")]),
        (lambda s: s.__setitem__("B6", "A, B"), [("terms!B6", "allowed_list")]),
        (lambda s: s.__setitem__("B8", "1"), [("terms!B8", "not_of_this_column")]),
        (lambda s: s.__setitem__("A6", "permitted"), [("terms!A6", "unknown_header")]),
        (lambda s: s.__setitem__("A6", "name"), [("terms!A6", "header_twice")]),
        (lambda s: s.delete_rows(9), [("terms", "missing_header")]),
        (lambda s: s.delete_rows(1, 9), [("terms", "missing_header")] * 6),
        (lambda s: s.delete_rows(1, 99), [("terms", "missing_header")]),
        (lambda s: s.merge_cells("B11:C12"), [("terms!B11:C12", "merged")]),
        (lambda s: s.__setitem__("B10", dt.time(3)), [("terms!B10", "wrong_kind")]),
        (lambda s: s.__setitem__("B10", "#REF!"), [("terms!B10", "error_value")]),
        (lambda s: s.__setitem__("IV10", "far"), [("terms, row 10", "too_many_rows")]),
    ],
)  # fmt: skip
def test_a_faulty_sheet_is_refused_by_cell(change: Callable[[Any], Any], told: Any) -> None:
    workbook = opened()
    change(workbook["terms"])
    found = refusal(saved(workbook))
    assert set(told) <= set(found)
    assert len(told) == len([one for one in found if one[1] != "unknown_header" or one in told])


def test_all_faults_of_all_sheets_are_told_at_once() -> None:
    workbook = opened()
    workbook["terms"]["B2"] = "Z"
    workbook["restrictions"]["B2"] = "Z"
    workbook.create_sheet("notes")["A1"] = "remember"
    assert {place for place, _code in refusal(saved(workbook))} == {
        "terms!B2", "restrictions!B2", "notes", "notes!A1",
    }  # fmt: skip


def test_a_table_of_ten_thousand_rows_is_refused_with_its_size() -> None:
    workbook = opened()
    for _row in range(10_000):
        workbook["terms"].append(["", "> 1"])
    assert refusal(saved(workbook)) == [("terms!A10", "too_many_rules")]


def test_more_rows_than_anybody_meant_are_not_read() -> None:
    workbook = opened()
    workbook["terms"]["B1048576"] = "far below"
    assert refusal(saved(workbook)) == [("terms, row 12001", "too_many_rows")]


def test_too_many_sheets_are_refused() -> None:
    workbook = opened()
    for _sheet in range(20):
        workbook.create_sheet()
    assert refusal(saved(workbook)) == [("", "too_many_tables")]


STARTER_FILE = services.workbook_from_model(model=STARTER)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "no_workbook"),
        (b"name,score\n1,2\n", "no_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old_workbook"),
        (STARTER_FILE[:2000], "no_workbook"),
        (b"PK\x03\x04" + b"\x00" * 400, "no_workbook"),
        (with_parts(STARTER_FILE, lambda _n, c: c, xl__vbaProject=b"x"), "macros"),
        (with_parts(STARTER_FILE, lambda n, c: b"<!DOCTYPE a>" + c if "sheet1" in n else c),
         "unsafe_xml"),
        (with_parts(STARTER_FILE, lambda n, c: c.decode().encode("utf-16") if "sheet1" in n else c),
         "unsafe_xml"),
        (with_parts(STARTER_FILE, lambda n, c: c[: len(c) // 2] if "sheet1" in n else c),
         "no_workbook"),
        (with_parts(STARTER_FILE, lambda n, c: b"" if n.endswith("styles.xml") else c),
         "no_workbook"),
        (with_parts(STARTER_FILE, lambda n, c: c.replace(b"spreadsheetml.sheet.main",
                                                         b"sheet.macroEnabled.main")), "macros"),
        (with_parts(STARTER_FILE, lambda _n, c: c, xl__worksheets__bomb=b" " * 34_000_000),
         "too_large_unpacked"),
        (with_parts(STARTER_FILE, lambda _n, c: c, bomb=b" " * 3_000_000), "too_large_unpacked"),
        (with_parts(STARTER_FILE, lambda _n, c: c, **{f"p{i}": b"" for i in range(300)}),
         "too_large_unpacked"),
        (b"PK" + b"x" * 8 * 1024 * 1024, "too_large"),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_file_of_the_wrong_kind_is_refused_whole(raw: bytes, code: str) -> None:
    assert refusal(raw) == [("", code)]


def test_a_text_no_cell_can_hold_is_told_before_anything_is_written() -> None:
    rule = Rule((), (), "\x01" * 9_000)
    with pytest.raises(FileRefused) as caught:
        services.workbook_from_model(model=Model((Table("t", HitPolicy.FIRST, (), (), (rule,)),)))
    assert [(fault.place, fault.code) for fault in caught.value.faults] == [
        ("t!B10", "cell_too_long")
    ]


def test_a_row_of_another_width_is_not_written() -> None:
    rule = Rule(("1", "2"), ())
    with pytest.raises(FileRefused) as caught:
        services.workbook_from_model(model=Model((Table("t", HitPolicy.FIRST, (), (), (rule,)),)))
    assert [fault.code for fault in caught.value.faults] == ["wrong_width"]


def test_names_that_no_sheet_may_have_are_kept_in_the_sheet() -> None:
    names = ["a/b", "a_b", "A_B", "'x'", "", "x" * 60, "x" * 61, "history"]
    model = Model(tuple(Table(name, HitPolicy.FIRST, (), (), ()) for name in names))
    raw = services.workbook_from_model(model=model)
    assert services.model_from_workbook(raw=raw) == model
    titles = opened(raw).sheetnames
    assert max(map(len, titles)) <= 31
    assert len({title.lower() for title in titles}) == len(names)
