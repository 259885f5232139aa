"""From one record to one row, or to every reason why not. Nothing is written here.

No text of a cell ever goes into a fault: line, column, code and words are enough to find it.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any

from accounts.customers import rules as profiles
from accounts.customers.facts import Profile
from backoffice.lib import clock
from risk.intake import values
from risk.intake.facts import (
    DividedByZero,
    Fault,
    FileMapping,
    FileRefused,
    MappingRefused,
    Moment,
    Number,
    OutcomeSeen,
    ProfileField,
    Record,
    Row,
    RowFault,
    SignalSource,
)
from risk.intake.mapping import meant
from risk.intake.records import NOT_CLOSED, RECORD_AT_MOST, TOO_LONG
from risk.signals import rules as signals

_WORDS = {
    TOO_LONG: f"The line is longer than {RECORD_AT_MOST} bytes.",
    NOT_CLOSED: "A quote is opened and never closed; only this line is left out.",
}


def read_header(record: Record, *, mapping: FileMapping) -> list[str]:
    """Raises: FileRefused when the bytes are no header."""
    raw = record.raw
    if record.fault or raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        raise FileRefused("The first line is no CSV header (UTF-16? Save the file as UTF-8).")
    try:
        names = next(csv.reader([raw.decode(mapping.encoding)], delimiter=mapping.delimiter))
    except (UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise FileRefused(
            f"The header cannot be read as {mapping.encoding}: set `encoding` in the mapping."
        ) from error
    return [name.strip() for name in names]


class RowReader:
    """Reads records of one file. Raises: MappingRefused when a column is absent or ambiguous."""

    def __init__(self, *, mapping: FileMapping, header: list[str], now: dt.datetime) -> None:
        self._mapping, self._width, self._now = mapping, len(header), now
        self._today = clock.business_date(now)
        counts = Counter(header)
        faults = []
        for column, place in mapping.columns.items():
            if counts[column] == 0:
                faults.append(
                    Fault(place, f"no column {column!r} in the file{meant(column, counts)}")
                )
            elif counts[column] > 1:
                faults.append(Fault(place, f"{counts[column]} columns are named {column!r}"))
        if faults:
            raise MappingRefused(faults)
        self._place = {column: header.index(column) for column in mapping.columns}
        self._named = {place: column for column, place in self._place.items()}
        self._numeric = tuple(
            dict.fromkeys(
                column for s in mapping.signals if s.expression for column in s.expression.columns
            )
        )

    def read(self, record: Record) -> Row | list[RowFault]:
        """The row, or every fault in it."""
        if record.fault:
            return [RowFault(record.line, "", record.fault, _WORDS[record.fault])]
        try:
            text = record.raw.decode(self._mapping.encoding)
            cells = next(csv.reader([text], delimiter=self._mapping.delimiter))
        except UnicodeDecodeError as error:
            return [self._undecodable(record, error)]
        except (csv.Error, StopIteration):
            return [RowFault(record.line, "", "row_malformed", f"No CSV row{_lines(record)}.")]
        if len(cells) != self._width:
            code = "too_few_cells" if len(cells) < self._width else "too_many_cells"
            words = f"The header has {self._width} cells, this row {len(cells)}{_lines(record)}."
            return [RowFault(record.line, "", code, words)]
        return _OneRow(self._mapping, cells, self._place, record, self._now).row(
            self._numeric, self._today
        )

    def _undecodable(self, record: Record, error: UnicodeDecodeError) -> RowFault:
        """Names the column when the mapping does; a header may itself be somebody's data."""
        where = f"byte {error.start + 1} of the row"
        column = ""
        marked = record.raw.decode(self._mapping.encoding, errors="surrogateescape")
        try:
            cells = next(csv.reader([marked], delimiter=self._mapping.delimiter))
            for place, cell in enumerate(cells):
                if any(0xDC80 <= ord(character) <= 0xDCFF for character in cell):
                    column = self._named.get(place, f"#{place + 1}")
                    break
        except (csv.Error, StopIteration):
            pass
        words = f"Not {self._mapping.encoding}: {where}{_lines(record)}."
        return RowFault(record.line, column, "not_decodable", words)


def _lines(record: Record) -> str:
    """Names every line that goes with the row: a stray quote may have swallowed good ones."""
    return f" (lines {record.line} to {record.line + record.lines - 1})" * (record.lines > 1)


class _OneRow:
    """The cells of one record; collects faults instead of stopping at the first."""

    def __init__(
        self,
        mapping: FileMapping,
        cells: list[str],
        place: Mapping[str, int],
        record: Record,
        now: dt.datetime,
    ) -> None:
        self.mapping, self.cells, self.place, self.now = mapping, cells, place, now
        self.record, self.line = record, record.line
        self.faults: list[RowFault] = []

    def row(self, numeric: tuple[str, ...], today: dt.date) -> Row | list[RowFault]:
        reference = self._reference()
        profile = self._profile(today)
        signals_at = self._moment(self.mapping.signals_at) if self.mapping.signals_at else None
        found = self._signals(numeric)
        outcomes = self._outcomes()
        if self.faults:
            return self.faults
        return Row(self.line, reference, profile, found, signals_at, outcomes)

    def _reference(self) -> str:
        parts, columns = [], []
        for text, is_column in self.mapping.reference:
            if not is_column:
                parts.append(text)
                continue
            columns.append(text)
            cell = self._cell(text)
            if cell is None:
                self._fault(text, "reference_missing", "Every row needs the customer's reference.")
                return ""
            parts.append(cell)
        reference = "".join(parts)
        for fault in profiles.reference_faults(reference):
            self._fault(columns[0] if columns else "", f"reference_{fault.code}", fault.detail)
        return reference

    def _profile(self, today: dt.date) -> Profile:
        given: dict[str, Any] = {}
        columns = {}
        for field in self.mapping.profile:
            columns[f"/{field.name}"] = field.column or ""
            value = self._profile_value(field)
            if value is not None:
                given[field.name] = value
        profile = Profile(**given)
        if given:
            for fault in profiles.profile_faults(profile, today=today):
                self._fault(
                    columns[fault.pointer], f"{fault.pointer[1:]}_{fault.code}", fault.detail
                )
        return profile

    def _profile_value(self, field: ProfileField) -> Any:
        """None: the cell is empty, and what is on file stays."""
        if field.column is None:
            text = field.constant
        else:
            text = self._cell(field.column)
        if text is None:
            return None
        if field.choices is not None:
            found = field.choices.meanings.get(text, field.choices.otherwise)
            if found is None:
                self._fault(field.column, f"{field.name}_unmapped", "The mapping has no such text.")
            return found
        if field.name == "birth_date":
            day = clock.day_in(text, field.date_format)
            if day is None:
                self._fault(field.column, "birth_date_malformed", "Not a date of the format given.")
            return day
        return text

    def _signals(self, numeric: tuple[str, ...]) -> dict[str, Number]:
        numbers = {column: self._number(column) for column in numeric}
        found: dict[str, Number] = {}
        for source in self.mapping.signals:
            columns = source.expression.columns if source.expression else (source.code_column,)
            if any(numbers.get(column) is _BAD for column in columns if column):
                continue
            value = self._signal(source, numbers)
            found[source.name] = value
            for fault in signals.faults_in({source.name: value}):
                names = " ".join(column for column in columns if column)
                self._fault(names, f"{fault.signal}_{fault.code}", fault.detail)
        return found

    def _signal(self, source: SignalSource, numbers: Mapping[str, Any]) -> Number:
        if source.expression is None:
            text = self._cell(str(source.code_column))
            if text is not None and text not in source.codes:
                self._fault(
                    source.code_column, f"{source.name}_unmapped", "The mapping has no such text."
                )
            return source.codes.get(text) if text is not None else None
        try:
            return source.expression.value([numbers[c] for c in source.expression.columns])
        except DividedByZero:
            return source.if_divided_by_zero
        except DecimalException:
            names = " ".join(source.expression.columns)
            self._fault(names, f"{source.name}_not_computable", "The result is no usable number.")
            return None

    def _number(self, column: str) -> Any:
        text = self._cell(column)
        if text is None:
            return None
        number = values.as_number(text)
        if number is None:
            self._fault(column, "not_a_number", "Must be a finite number such as 1234.5.")
            return _BAD
        return number

    def _outcomes(self) -> tuple[OutcomeSeen, ...]:
        found = []
        for outcome in self.mapping.outcomes:
            text = self._cell(outcome.column)
            if text is None:
                continue
            if text not in outcome.yes and text not in outcome.no:
                self._fault(
                    outcome.column, f"{outcome.kind}_unmapped", "The mapping has no such text."
                )
                continue
            observed_at = self._moment(outcome.observed_at)
            if observed_at is not None:
                found.append(OutcomeSeen(outcome.kind, text in outcome.yes, observed_at))
        return tuple(found)

    def _moment(self, moment: Moment) -> dt.datetime | None:
        if moment.column is None:
            return moment.fixed
        text = self._cell(moment.column)
        observed_at = clock.moment_in(text, moment.date_format) if text is not None else None
        if observed_at is None:
            self._fault(moment.column, "time_malformed", "Not a date or time of the format given.")
            return None
        if fault := values.moment_fault(observed_at, now=self.now):
            self._fault(moment.column, *fault)
        return observed_at

    def _cell(self, column: str) -> str | None:
        text = self.cells[self.place[column]].strip()
        return None if text in self.mapping.missing else text

    def _fault(self, column: str | None, code: str, cause: str) -> None:
        words = cause.rstrip(".") + _lines(self.record) + "."
        self.faults.append(RowFault(self.line, column or "", code, words))


_BAD: Any = Decimal("NaN")  # a cell that was no number, already reported
