"""CSV files people hand in: any usual encoding, read row by row; answers written all or nothing."""

from __future__ import annotations

import codecs
import csv
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

# What a file may begin with to say how it is written.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    b"\x84\x31\x95\x33": "gb18030",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CELL_AT_MOST = 1 << 20  # characters; the library's own limit is 131,072
_CHUNK_BYTES = 1 << 20
_DELIMITERS = (",", "\t", ";", "|")
_ZIP = b"PK\x03\x04"  # what a workbook begins with


class FileRefused(Exception):
    """The message says which file and what to do; it never quotes a cell."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """Cells by column. More cells than the header has columns: nobody knows which is which."""

    cells: dict[str, str]
    is_readable: bool


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file whose header has been read and holds what is needed."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    def rows(self) -> Iterator[CsvRow]:
        """In order. Cells missing at the end are empty; blank lines are no rows.

        Raises: FileRefused where the file stops being CSV or stops being decodable.
        """
        width = len(self.header)
        for _line, row in self.numbered():
            cells = row + [""] * (width - len(row))
            named = dict(zip(self.header, cells, strict=False))
            yield CsvRow(named, is_readable=not any(cells[width:]))

    def numbered(self) -> Iterator[tuple[int, list[str]]]:
        """The same rows as bare cells, missing ones left out, each with the line it ends on: for
        files of millions of rows. Raises: FileRefused, as `rows`.
        """
        with _reading(self.path, self.encoding, self.delimiter) as lines:
            next(lines)
            for line, cells in lines:
                if cells:
                    yield line, cells


def open_csv(path: Path, *, needed: Sequence[str]) -> CsvFile:
    """Raises: FileRefused: not readable, no header, a needed column absent or there twice."""
    encoding = _encoding_of(path)
    with _reading(path, encoding, ",") as lines:
        _line, first = next(lines, (0, None))
    if first is None:
        raise FileRefused(f"{path} is empty; its first line must name the columns.")
    for delimiter in _DELIMITERS:
        header = [name.strip().casefold() for name in _split(first, delimiter)]
        if set(needed) <= set(header):
            _refuse_repeated(path, header, needed)
            return CsvFile(path, encoding, delimiter, _distinct(header))
    header = [name.strip().casefold() for name in first]
    absent = ", ".join(name for name in needed if name not in header)
    raise FileRefused(f"{path} has no column {absent}; its first line must name the columns.")


@contextmanager
def written(
    path: Path, *, header: Sequence[str], inputs: Sequence[Path]
) -> Iterator[Callable[[Sequence[str]], object]]:
    """Gives what writes one row; the file appears under its name when the block ends well.

    Shape: UTF-8 without a mark, lines end with a line feed. Readable by its owner only.
    Raises: FileRefused when this is one of the inputs or cannot be written.
    """
    for given in inputs:
        if path.exists() and given.exists() and path.samefile(given):
            raise FileRefused(f"{path} is an input: it would be written over. Choose another name.")
    if path.is_dir():
        raise FileRefused(f"{path} is a folder. Name a file.")
    if path.exists() and not path.is_file():  # a device would be replaced by a file
        raise FileRefused(f"{path} is no regular file. Name another one.")
    target = path.resolve()  # through a link, not over it
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise FileRefused(f"Cannot write {path}: {error.strerror}.") from error
    try:
        with open(handle, "w", encoding="utf-8", newline="", errors="surrogatepass") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            yield writer.writerow
        os.replace(name, target)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise FileRefused(f"Cannot write {path}: {error.strerror}.") from error
        raise


@contextmanager
def _reading(
    path: Path, encoding: str, delimiter: str
) -> Iterator[Iterator[tuple[int, list[str]]]]:
    usual = csv.field_size_limit(CELL_AT_MOST)  # the process's, so it is given back
    try:
        with path.open(encoding=encoding, newline="") as file:
            yield _checked(path, encoding, file, delimiter)
    except OSError as error:
        raise FileRefused(f"Cannot read {path}: {error.strerror}.") from error
    finally:
        csv.field_size_limit(usual)


def _checked(
    path: Path, encoding: str, file: TextIO, delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    before = lines = 0
    try:
        if file.read(1) != "\ufeff":
            file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        for row in reader:
            before, lines = lines, reader.line_num
            yield lines, row
        if lines - before > 1 and _is_left_open(file, delimiter, before):
            raise FileRefused(f"{path}, after line {before}: a quote is never closed.")
    except csv.Error as error:
        is_long = "limit" in str(error)
        long = f"a cell of more than {CELL_AT_MOST:,} characters; is a quote never closed?"
        why = long if is_long else "this is no CSV"
        raise FileRefused(f"{path}, after line {lines}: cannot be read on ({why}).") from None
    except UnicodeError:
        raise FileRefused(
            f"{path}, after line {lines}: neither UTF-8 nor {encoding}. Save it as UTF-8."
        ) from None


def _is_left_open(file: TextIO, delimiter: str, before: int) -> bool:
    """Whether the last row reaches to the end because nothing closes it: it swallowed others."""
    file.seek(0)
    try:
        list(csv.reader(islice(file, before, None), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _encoding_of(path: Path) -> str:
    """By its mark; without one UTF-8 if all of it is, else what Chinese spreadsheets write."""
    if path.exists() and not path.is_file():
        raise FileRefused(f"{path} is no file.")
    try:
        with path.open("rb") as file:
            start = file.read(4)
            if start == _ZIP:
                raise FileRefused(f"{path} is a workbook or an archive. Save it as CSV.")
            for mark, encoding in BYTE_ORDER_MARKS.items():
                if start.startswith(mark):
                    return encoding
            file.seek(0)
            decoder = codecs.getincrementaldecoder("utf-8")()
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    except OSError as error:
        raise FileRefused(f"Cannot read {path}: {error.strerror}.") from error
    return "utf-8"


def _split(first: list[str], delimiter: str) -> list[str]:
    if delimiter == ",":
        return first
    return next(csv.reader([",".join(first)], delimiter=delimiter), [])


def _refuse_repeated(path: Path, header: Sequence[str], needed: Sequence[str]) -> None:
    counts = Counter(header)
    for name in needed:
        if counts[name] > 1:
            raise FileRefused(f"{path} has {counts[name]} columns named {name}. Keep one.")


def _distinct(header: Sequence[str]) -> tuple[str, ...]:
    """A column nobody asked for may repeat a name or have none: it only has to keep its place."""
    seen: set[str] = set()
    names = []
    for place, name in enumerate(header):
        names.append(f"#{place}" if name in seen else name)
        seen.add(name)
    return tuple(names)
