"""A model as an .xlsx workbook, a sheet for each table. Every cell is text and stays text.

A cell that starts like a formula is marked as quoted, so that it is data in every spreadsheet and
stays data when somebody edits it there.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from risk.exchange import workbook_form as form
from risk.exchange.cells import string_in_dmn
from risk.exchange.facts import (
    KEYS_OF_A_COLUMN,
    KEYS_OF_A_MODEL,
    KEYS_OF_A_RULE,
    KEYS_OF_A_TABLE,
    Fault,
    FileRefused,
    others,
)
from risk.tables.facts import Model
from risk.tables.services import canonical, model_to_json

_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\'\x00-\x1f\ufffe\uffff]")
_TITLE_AT_MOST = 31
_WIDTH_AT_LEAST, _WIDTH_AT_MOST = 11, 44  # in characters
_HEADER = PatternFill("solid", fgColor="E7ECF3")
_GIVES = PatternFill("solid", fgColor="F3EFE3")

_KEYS_OF_A_COLUMN = KEYS_OF_A_COLUMN | {form.UNKNOWN}

Row = list[str]


def write_workbook(model: Model) -> bytes:
    """Raises: FileRefused (a text no cell can hold, a row of another width)."""
    workbook = Workbook(write_only=True)
    titles: set[str] = set()
    content = model_to_json(model)
    for table in content["tables"]:
        title = _title(table["name"], titles)
        _require_widths(title, table)
        header, rules = list(_header(table)), list(_rules(table))
        _require_room(title, [*header, *rules])
        _fill(workbook.create_sheet(title), header, rules)
    if of_policy := list(_of_policy(content)):
        title = _title(form.POLICY, titles)
        _require_room(title, of_policy)
        _fill_plainly(workbook.create_sheet(title), of_policy)
    if not titles:
        workbook.create_sheet("empty")
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def _title(name: str, taken: set[str]) -> str:
    """Spreadsheets allow few titles; the table's real name stands in the sheet."""
    plain = _NOT_IN_A_TITLE.sub("_", name).strip()[:_TITLE_AT_MOST] or "table"
    title, number = plain, 2
    while title.lower() in taken:
        end = f" {number}"
        title, number = plain[: _TITLE_AT_MOST - len(end)] + end, number + 1
    taken.add(title.lower())
    return title


def _of_policy(content: Mapping[str, Any]) -> Iterator[Row]:
    """What belongs to no table; nothing when there is nothing to say."""
    more = others(content, KEYS_OF_A_MODEL)
    if more:
        yield [form.label(form.POLICY), ""]
    if form.JUSTIFICATION_KEY in more:
        yield [form.label(form.JUSTIFICATION), more.pop(form.JUSTIFICATION_KEY)]
    for key, value in more.items():
        yield [f"{form.MORE}{key}", canonical(value)]


def _header(table: Mapping[str, Any]) -> Iterator[Row]:
    yield [form.label(form.TABLE), table["name"]]
    yield [form.label(form.HIT_POLICY), table["hit_policy"]]
    for key, value in others(table, KEYS_OF_A_TABLE).items():
        yield [f"{form.MORE}{key}", canonical(value)]
    columns = [*table["inputs"], *table["outputs"]]
    roles = [form.INPUT] * len(table["inputs"]) + [form.OUTPUT] * len(table["outputs"])
    yield [form.label(form.ROLE), *roles, form.NOTE, *_more_of_rules(table)]
    yield [form.label(form.NAME), *(column["name"] for column in columns)]
    yield [form.label(form.TYPE), *(column["type"] for column in columns)]
    yield [form.label(form.ALLOWED), *(_allowed(column) for column in columns)]
    yield [form.label(form.UNKNOWN), *(column.get("unknown", "") for column in columns)]
    yield [form.label(form.DEFAULT), *(column.get("default", "") for column in columns)]
    for key in sorted({key for column in columns for key in others(column, _KEYS_OF_A_COLUMN)}):
        yield [f"{form.MORE}{key}", *(_json(column, key) for column in columns)]
    yield [form.label(form.RULES)]


def _rules(table: Mapping[str, Any]) -> Iterator[Row]:
    more = _more_of_rules(table)
    for number, rule in enumerate(table["rules"], start=1):
        cells = [*rule["inputs"], *rule["outputs"], rule.get("note", "")]
        yield [str(number), *cells, *(_json(rule, key.removeprefix(form.MORE)) for key in more)]


def _more_of_rules(table: Mapping[str, Any]) -> list[str]:
    keys = {key for rule in table["rules"] for key in others(rule, KEYS_OF_A_RULE)}
    return [f"{form.MORE}{key}" for key in sorted(keys)]


def _allowed(column: Mapping[str, Any]) -> str:
    return ", ".join(string_in_dmn(value) for value in column.get("allowed", ()))


def _json(part: Mapping[str, Any], key: str) -> str:
    return canonical(part[key]) if key in part else ""


def _require_room(title: str, rows: list[Row]) -> None:
    faults = [
        _fault(title, number, column, "cell_too_long", "A spreadsheet's cell cannot hold this.")
        for number, row in enumerate(rows, start=1)
        for column, text in enumerate(row, start=1)
        if len(form.escaped(text)) > form.CHARACTERS_OF_A_CELL
    ]
    if faults:
        raise FileRefused(faults)


def _require_widths(title: str, table: Mapping[str, Any]) -> None:
    """A row with another number of cells than columns would come back as another row."""
    widths = len(table["inputs"]), len(table["outputs"])
    faults = [
        Fault(f"{title}, rule {number}", "wrong_width", "The rule has another number of cells.")
        for number, rule in enumerate(table["rules"], start=1)
        if (len(rule["inputs"]), len(rule["outputs"])) != widths
    ]
    if faults:
        raise FileRefused(faults)


def _fault(title: str, row: int, column: int, code: str, message: str) -> Fault:
    return Fault(f"{title}!{get_column_letter(column)}{row}", code, message)


def _fill(sheet: Any, header: list[Row], rules: list[Row]) -> None:
    for index, width in enumerate(_widths([*header, *rules]), start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = f"B{len(header) + 1}"
    roles = next(row for row in header if form.key(row[0]) == form.ROLE)
    for row in header:
        sheet.append([_cell(sheet, text, is_header=True) for text in row])
    for row in rules:
        is_output = [role == form.OUTPUT for role in roles]
        sheet.append(
            [_cell(sheet, text, gives=gives) for text, gives in zip(row, is_output, strict=True)]
        )


def _fill_plainly(sheet: Any, rows: list[Row]) -> None:
    for letter, width in (("A", _WIDTH_AT_MOST), ("B", 2 * _WIDTH_AT_MOST)):
        sheet.column_dimensions[letter].width = width
    for label, text in rows:
        sheet.append([_cell(sheet, label, is_header=True), _cell(sheet, text)])


def _cell(sheet: Any, text: str, *, is_header: bool = False, gives: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value=None)
    if text:
        cell._value, cell.data_type = form.escaped(text), "s"  # `value` would see formulas
    cell.number_format = "@"
    if is_header:
        cell.font, cell.fill = Font(bold=True), _HEADER
    elif gives:
        cell.fill = _GIVES
    cell.alignment = Alignment(vertical="top", wrap_text="\n" in text)
    if text.startswith(_LIKE_A_FORMULA):
        cell.quotePrefix = True
    return cell


def _widths(rows: list[Row]) -> list[int]:
    longest = [0] * max(len(row) for row in rows)
    for row in rows:
        for index, text in enumerate(row):
            longest[index] = max(longest[index], *map(_width, text.split("\n")))
    return [min(max(width + 2, _WIDTH_AT_LEAST), _WIDTH_AT_MOST) for width in longest]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text[:_WIDTH_AT_MOST])
