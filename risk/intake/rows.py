"""From one record to the cells of a row, or to every reason why there are none. Nothing is
written here.

No text of a cell ever goes into a fault: line, column, code and words are enough to find it.
"""

from __future__ import annotations

import csv
import datetime as dt
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

from backoffice.lib import clock
from risk.intake import values
from risk.intake.facts import (
    Fault,
    FileFormat,
    FileRefused,
    MappingRefused,
    Moment,
    Record,
    RowFault,
    Template,
)
from risk.intake.mapping import meant
from risk.intake.records import NOT_CLOSED, RECORD_AT_MOST, TOO_LONG

_WORDS = {
    TOO_LONG: f"The line is longer than {RECORD_AT_MOST} bytes.",
    NOT_CLOSED: "A quote is opened and never closed; only this line is left out.",
}
BAD: Any = Decimal("NaN")  # a cell that was no number, already reported


class AnyMapping(Protocol):
    """What the frame needs to know of a mapping."""

    @property
    def format(self) -> FileFormat: ...

    @property
    def columns(self) -> Mapping[str, str]: ...


AMapping = TypeVar("AMapping", bound=AnyMapping)
ARow = TypeVar("ARow")


def read_header(record: Record, *, file_format: FileFormat) -> list[str]:
    """Raises: FileRefused when the bytes are no header."""
    raw = record.raw
    if record.fault or raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        raise FileRefused("The first line is no CSV header (UTF-16? Save the file as UTF-8).")
    try:
        names = next(
            csv.reader([raw.decode(file_format.encoding)], delimiter=file_format.delimiter)
        )
    except (UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise FileRefused(
            f"The header cannot be read as {file_format.encoding}: set `encoding` in the mapping."
        ) from error
    return [name.strip() for name in names]


class RowReader(ABC, Generic[AMapping, ARow]):
    """Reads records of one file. Raises: MappingRefused when a column is absent or ambiguous."""

    def __init__(self, *, mapping: AMapping, header: list[str], now: dt.datetime) -> None:
        self.mapping, self.now = mapping, now
        self._format, self._width = mapping.format, len(header)
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
        self.place = {column: header.index(column) for column in mapping.columns}

    @abstractmethod
    def found(self, cells: list[str], record: Record) -> ARow | list[RowFault]:
        """What the cells of one record say, or every fault in them."""

    def read(self, record: Record) -> ARow | list[RowFault]:
        """The row, or every fault in it."""
        if record.fault:
            return [RowFault(record.line, "", record.fault, _WORDS[record.fault])]
        try:
            text = record.raw.decode(self._format.encoding)
            cells = next(csv.reader([text], delimiter=self._format.delimiter))
        except UnicodeDecodeError as error:
            return [self._undecodable(record, error)]
        except (csv.Error, StopIteration):
            return [RowFault(record.line, "", "row_malformed", f"No CSV row{_lines(record)}.")]
        if len(cells) != self._width:
            code = "too_few_cells" if len(cells) < self._width else "too_many_cells"
            words = f"The header has {self._width} cells, this row {len(cells)}{_lines(record)}."
            return [RowFault(record.line, "", code, words)]
        return self.found(cells, record)

    def _undecodable(self, record: Record, error: UnicodeDecodeError) -> RowFault:
        """Names the column when the mapping does; a header may itself be somebody's data."""
        where = f"byte {error.start + 1} of the row"
        column = ""
        named = {place: column for column, place in self.place.items()}
        marked = record.raw.decode(self._format.encoding, errors="surrogateescape")
        try:
            cells = next(csv.reader([marked], delimiter=self._format.delimiter))
            for place, cell in enumerate(cells):
                if any(0xDC80 <= ord(character) <= 0xDCFF for character in cell):
                    column = named.get(place, f"#{place + 1}")
                    break
        except (csv.Error, StopIteration):
            pass
        words = f"Not {self._format.encoding}: {where}{_lines(record)}."
        return RowFault(record.line, column, "not_decodable", words)


def _lines(record: Record) -> str:
    """Names every line that goes with the row: a stray quote may have swallowed good ones."""
    return f" (lines {record.line} to {record.line + record.lines - 1})" * (record.lines > 1)


class Cells:
    """The cells of one record; collects faults instead of stopping at the first."""

    def __init__(
        self, file_format: FileFormat, cells: list[str], place: Mapping[str, int], record: Record
    ) -> None:
        self.missing, self.cells, self.place = file_format.missing, cells, place
        self.record, self.line = record, record.line
        self.faults: list[RowFault] = []

    def cell(self, column: str) -> str | None:
        text = self.cells[self.place[column]].strip()
        return None if text in self.missing else text

    def filled(self, template: Template, *, code: str, words: str) -> str | None:
        """The template's text; None, and a fault, when a cell of it is missing."""
        parts = []
        for text, is_column in template:
            part = self.cell(text) if is_column else text
            if part is None:
                self.fault(text, code, words)
                return None
            parts.append(part)
        return "".join(parts)

    def number(self, column: str) -> Any:
        text = self.cell(column)
        if text is None:
            return None
        number = values.as_number(text)
        if number is None:
            self.fault(column, "not_a_number", "Must be a finite number such as 1234.5.")
            return BAD
        return number

    def moment(self, moment: Moment, *, now: dt.datetime) -> dt.datetime | None:
        if moment.column is None:
            return moment.fixed
        text = self.cell(moment.column)
        found = clock.moment_in(text, moment.date_format) if text is not None else None
        if found is None:
            self.fault(moment.column, "time_malformed", "Not a date or time of the format given.")
            return None
        if fault := values.moment_fault(found, now=now):
            self.fault(moment.column, *fault)
        return found

    def fault(self, column: str | None, code: str, cause: str) -> None:
        words = cause.rstrip(".") + _lines(self.record) + "."
        self.faults.append(RowFault(self.line, column or "", code, words))
