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
from pathlib import Path

_CHUNK_BYTES = 1 << 20
_DELIMITERS = (",", "\t", ";", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


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
        _line, first = next(lines, (0, []))
    for delimiter in _DELIMITERS:
        header = [name.strip().strip("\ufeff").casefold() for name in _split(first, delimiter)]
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
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            yield _checked(path, encoding, reader)
    except OSError as error:
        raise FileRefused(f"Cannot read {path}: {error.strerror}.") from error


def _checked(
    path: Path, encoding: str, reader: Iterator[list[str]]
) -> Iterator[tuple[int, list[str]]]:
    lines = 0
    try:
        for row in reader:
            lines = reader.line_num  # type: ignore[attr-defined]
            yield lines, row
    except csv.Error as error:
        why = "a quote that is never closed?" if "limit" in str(error) else "this is no CSV"
        raise FileRefused(f"{path}, after line {lines}: cannot be read on ({why}).") from None
    except UnicodeError:
        raise FileRefused(
            f"{path}, after line {lines}: neither UTF-8 nor {encoding}. Save it as UTF-8."
        ) from None


def _encoding_of(path: Path) -> str:
    """By its mark; without one UTF-8 if all of it is, else what Chinese spreadsheets write."""
    if path.exists() and not path.is_file():
        raise FileRefused(f"{path} is no file.")
    try:
        with path.open("rb") as file:
            start = file.read(4)
            for mark, encoding in _MARKS:
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
