"""An .xlsx workbook as a model's JSON. What is not a table's is refused by sheet and cell."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from risk.exchange import workbook_form as form
from risk.exchange.archives import check_archive, merged_cells
from risk.exchange.cells import strings_from
from risk.exchange.facts import Fault, FileRefused
from risk.tables.checks import COLUMNS_AT_MOST, RULES_AT_MOST, TABLES_AT_MOST
from risk.tables.facts import FeelType, HitPolicy, Model, Unknown
from risk.tables.services import model_from_json
from risk.tables.wire import MalformedModel

# Beyond a sheet's tables: formatted but empty rows and columns are common.
_ROWS_LOOKED_AT, _COLUMNS_LOOKED_AT = 12_000, 200
_Rows = tuple[str, list[list[str]] | None]  # a sheet's title and cells
_KEYS_OF_POLICY = {form.JUSTIFICATION: form.JUSTIFICATION_KEY}
_ROLES = (form.INPUT, form.OUTPUT, form.NOTE)


def read_workbook(*, raw: bytes) -> Model:
    """Raises: FileRefused with every fault found."""
    check_archive(raw)
    faults: list[Fault] = []
    with _library():
        workbook = load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)
    sheets = [_rows(sheet, raw, faults) for sheet in workbook.worksheets]
    workbook.close()
    read = [_Sheet(title, rows or [], faults) for title, rows in sheets]
    if sum(not sheet.is_of_policy for sheet in read) > TABLES_AT_MOST:
        message = f"A policy has at most {TABLES_AT_MOST} tables."
        raise FileRefused([Fault("", "too_many_tables", message, {"at_most": TABLES_AT_MOST})])
    content: dict[str, Any] = {"tables": []}
    for sheet, (_title, rows) in zip(read, sheets, strict=True):
        if sheet.is_of_policy:
            content |= sheet.of_policy(known=content)
        elif rows is not None:
            content["tables"].append(sheet.table())
    if faults:
        raise FileRefused(faults)
    try:
        return model_from_json(content)
    except MalformedModel as error:
        raise FileRefused([Fault("", "malformed", str(error))]) from None


@contextmanager
def _library() -> Iterator[None]:
    """Only around the library's own reading, which a damaged part can make fail in any way.

    Raises: FileRefused, which says how it failed.
    """
    try:
        yield
    except Exception as error:
        message = f"The workbook is damaged ({type(error).__name__})."
        raise FileRefused([Fault("", "no_workbook", message)]) from error


def _lines(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """The library reads a line when it is asked for it."""
    with _library():
        sheet.reset_dimensions()  # they may say anything
        lines = sheet.iter_rows()
    while True:
        with _library():
            cells = next(lines, None)
        if cells is None:
            return
        yield cells


def _rows(sheet: Any, raw: bytes, faults: list[Fault]) -> _Rows:
    """Every cell as text, up to the last row that has any; None when there are too many."""
    for place in merged_cells(raw, sheet._worksheet_path):
        faults.append(Fault(f"{sheet.title}!{place}", "merged", "These cells are merged."))
    found: list[list[str]] = []
    for number, cells in enumerate(_lines(sheet), start=1):
        if number > _ROWS_LOOKED_AT or len(cells) > _COLUMNS_LOOKED_AT:
            what = f"{RULES_AT_MOST} rules and {COLUMNS_AT_MOST} columns"
            faults.append(
                Fault(
                    f"{sheet.title}, row {number}", "too_many_rows", f"A table has at most {what}.",
                    {"rules": RULES_AT_MOST, "columns": COLUMNS_AT_MOST},
                )
            )  # fmt: skip
            return sheet.title, None
        found.append([
            _text(cell, f"{sheet.title}!{get_column_letter(column)}{number}", faults)
            for column, cell in enumerate(cells, start=1)
        ])  # fmt: skip
    while found and not any(found[-1]):
        found.pop()
    return sheet.title, found


def _text(cell: Any, place: str, faults: list[Fault]) -> str:
    value = cell.value
    if cell.data_type == "f":
        faults.append(Fault(place, "formula", "The cell holds a formula; write the value."))
        return ""
    if value is None:
        return ""
    if cell.data_type == "e":
        faults.append(Fault(place, "error_value", "The cell holds a spreadsheet's error."))
        return ""
    if isinstance(value, str):
        return form.unescaped(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return f'date("{value.date().isoformat()}")'
    faults.append(Fault(place, "wrong_kind", "The cell holds a time, which no cell here means."))
    return ""


@dataclass(slots=True)
class _Sheet:
    title: str
    rows: list[list[str]]
    faults: list[Fault]
    header: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def refuse(self, code: str, message: str, row: int = 0, column: int = 0, **given: Any) -> None:
        cell = f"{get_column_letter(column + 1)}{row + 1}" if code != "missing_header" else ""
        place = f"{self.title}!{cell}" if cell else self.title
        self.faults.append(Fault(place, code, message, given))

    @property
    def is_of_policy(self) -> bool:
        first = next((row for row in self.rows if any(row)), [""])
        return form.key(first[0]) == form.POLICY

    def of_policy(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """What is said of all tables, a line each; `known` is what other such sheets said."""
        found: dict[str, Any] = {}
        for number, row in enumerate(self.rows):
            label, text = form.key(_at(row, 0)), _at(row, 1)
            name = _KEYS_OF_POLICY.get(label, label.removeprefix(form.MORE))
            is_own = label.startswith(form.MORE)
            if label == form.POLICY or not any(row):
                continue
            if not is_own and label not in _KEYS_OF_POLICY:
                self.refuse("unknown_header", "This row of the header is not known.", number)
            elif name in known or name in found:
                self.refuse(
                    "header_twice", f"A second row starts with {label}.", number, header=label
                )
            else:
                found[name] = self.json(text, number, 1) if is_own else text
        return found

    def table(self) -> dict[str, Any]:
        if not self.rows:
            self.refuse("missing_header", "The sheet is empty.", header=form.TABLE)
            return {}
        first_rule = self.read_header()
        needed = (form.TABLE, form.HIT_POLICY, form.ROLE, form.NAME, form.TYPE, form.RULES)
        missing = [key for key in needed if key not in self.header]
        for key in missing:
            self.refuse("missing_header", f"There is no row that starts with {key}.", header=key)
        if missing:
            return {}
        columns = self.columns()
        inputs = [column for column in columns if column[1] == form.INPUT]
        outputs = [column for column in columns if column[1] == form.OUTPUT]
        if len(inputs) + len(outputs) > COLUMNS_AT_MOST:
            message = f"A table has at most {COLUMNS_AT_MOST} columns."
            self.refuse("too_many_columns", message, at_most=COLUMNS_AT_MOST)
        rules = list(self.rules(first_rule, columns))
        if len(rules) > RULES_AT_MOST:
            message = f"A table has at most {RULES_AT_MOST} rules; here are {len(rules)}."
            self.refuse("too_many_rules", message, first_rule, at_most=RULES_AT_MOST)
        return {
            "name": self.value(form.TABLE),
            "hit_policy": self.choice(form.HIT_POLICY, 1, [policy.value for policy in HitPolicy]),
            "inputs": [self.column(place, is_output=False) for place, _role in inputs],
            "outputs": [self.column(place, is_output=True) for place, _role in outputs],
            "rules": rules,
            **self.more_of_table(),
        }

    def read_header(self) -> int:
        """Where the rules begin. A `+` before the roles is the table's, after them the columns'."""
        for number, row in enumerate(self.rows):
            key = form.key(row[0]) if row else ""
            if key.startswith(form.MORE) and form.ROLE in self.header:
                key = f"{form.MORE}{key}"
            if key in self.header:
                self.refuse("header_twice", f"A second row starts with {key}.", number, header=key)
            elif key in form.CHINESE or key.startswith(form.MORE):
                self.header[key] = (number, row)
            elif any(row):
                self.refuse("unknown_header", "This row of the header is not known.", number)
            if key == form.RULES:
                return number + 1
        return len(self.rows)

    def columns(self) -> list[tuple[int, str]]:
        """Places and roles, in the sheet's order."""
        row, roles = self.header[form.ROLE]
        found: list[tuple[int, str]] = []
        for place in range(1, max(len(line) for line in self.rows)):
            role = _at(roles, place).strip()
            is_known = role in _ROLES or role.startswith(form.MORE)
            if is_known and (role in _ROLES[:2] or role not in [other for _, other in found]):
                found.append((place, role))
            elif role or self.is_used(place):
                message = "A column is an input, an output, or the one note."
                self.refuse("unknown_role", message, row, place)
        return found

    def is_used(self, place: int) -> bool:
        """In the rows that have a cell for each column."""
        single = (form.TABLE, form.HIT_POLICY)
        top = {self.header[key][0] for key in single if key in self.header}
        return any(_at(row, place) for number, row in enumerate(self.rows) if number not in top)

    def column(self, place: int, *, is_output: bool) -> dict[str, Any]:
        column: dict[str, Any] = {
            "name": self.value(form.NAME, place),
            "type": self.choice(form.TYPE, place, list(FeelType)),
            "allowed": self.allowed(place),
        }
        key, other = (form.DEFAULT, form.UNKNOWN) if is_output else (form.UNKNOWN, form.DEFAULT)
        if self.value(other, place):
            message = "Only an output has a default, only an input may be unknown."
            self.refuse("not_of_this_column", message, self.header[other][0], place)
        if self.value(key, place):
            column[key] = self.value(key, place)
        if column.get(form.UNKNOWN):
            column[form.UNKNOWN] = self.choice(form.UNKNOWN, place, [*Unknown])
        twice = form.MORE * 2
        for key, (row, cells) in self.header.items():
            if key.startswith(twice) and _at(cells, place):
                column[key.removeprefix(twice)] = self.json(_at(cells, place), row, place)
        return column

    def more_of_table(self) -> dict[str, Any]:
        return {
            key.removeprefix(form.MORE): self.json(_at(cells, 1), row, 1)
            for key, (row, cells) in self.header.items()
            if key.startswith(form.MORE) and not key.startswith(form.MORE * 2)
        }

    def rules(self, first: int, columns: Sequence[tuple[int, str]]) -> Iterator[Mapping[str, Any]]:
        """A line without anything, its number included, is no rule."""
        for number, row in enumerate(self.rows[first:], start=first):
            if not any(row):
                continue
            rule: dict[str, Any] = {
                "inputs": [_at(row, place) for place, role in columns if role == form.INPUT],
                "outputs": [_at(row, place) for place, role in columns if role == form.OUTPUT],
            }
            for place, role in columns:
                if role == form.NOTE:
                    rule["note"] = _at(row, place)
                elif role.startswith(form.MORE) and _at(row, place):
                    value = self.json(_at(row, place), number, place)
                    rule[role.removeprefix(form.MORE)] = value
            yield rule

    def value(self, key: str, place: int = 1) -> str:
        return _at(self.header[key][1], place) if key in self.header else ""

    def choice(self, key: str, place: int, choices: Sequence[str]) -> str:
        written = self.value(key, place).strip()
        if written not in choices:
            message = f"It has to be one of {', '.join(choices)}."
            self.refuse("not_a_choice", message, self.header[key][0], place, choices=[*choices])
        return written

    def allowed(self, place: int) -> list[str]:
        text = self.value(form.ALLOWED, place)
        if not text.strip():
            return []
        values, is_list = strings_from(text)
        if not is_list:
            message = 'Allowed values are texts in quotation marks: "A", "B".'
            self.refuse("allowed_list", message, self.header[form.ALLOWED][0], place)
        return values

    def json(self, text: str, row: int, place: int) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            self.refuse("no_json", "This cell is not JSON.", row, place)
            return None


def _at(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""
