"""The side file: every row that was not written, and every warning, one line each.

Shape: CSV, UTF-8: line, column, code, cause, outcome (rejected or warning); with `with_rows` also
the row's own text, which is personal data. Only its owner can read the file.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from risk.intake.facts import FileRefused, RowFault

HEADER = ("line", "column", "code", "cause", "outcome")
_BEGINNING = ",".join(HEADER).encode()


class RejectFile:
    """Held exclusively while open: two imports writing one side file would mix it up."""

    def __init__(self, path: Path, *, keep_bytes: int, with_rows: bool) -> None:
        """Cut back to what was committed. Raises: FileRefused when that much is not there."""
        self._path, self._with_rows = path, with_rows
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FileRefused(
                f"Cannot write {path}: {error.strerror}. Name another place: --rejects PATH"
            ) from error
        self._file = os.fdopen(handle, "r+b")
        try:
            with self._writing():
                self._begin(path, keep_bytes)
        except BaseException:
            self._file.close()
            raise

    def add(self, faults: Iterable[RowFault], *, row: str = "") -> None:
        text = io.StringIO()
        writer = csv.writer(text)
        for fault in faults:
            outcome = "warning" if fault.is_warning else "rejected"
            cells = [fault.line, fault.column, fault.code, fault.cause, outcome]
            writer.writerow([*cells, row] if self._with_rows else cells)
        with self._writing():
            self._file.write(text.getvalue().encode("utf-8", errors="backslashreplace"))

    def settled(self) -> int:
        """Its length, once everything added is safely on disk."""
        with self._writing():
            self._file.flush()
            os.fsync(self._file.fileno())
            return self._file.tell()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FileRefused(f"Cannot write {self._path}: {error.strerror}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _begin(self, path: Path, keep_bytes: int) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FileRefused(f"Another import is writing {path}.") from error
        size = os.fstat(self._file.fileno()).st_size
        if size and not self._file.read(len(_BEGINNING)).startswith(_BEGINNING):
            raise FileRefused(f"{path} is another file: it does not begin as a side file does.")
        if size < keep_bytes:
            raise FileRefused(
                f"{path} is shorter than when the import stopped: the rows it reported are gone. "
                "Put it back, or begin again with --again."
            )
        self._file.truncate(keep_bytes)
        self._file.seek(keep_bytes)
        if keep_bytes == 0:
            header = (*HEADER, "row") if self._with_rows else HEADER
            self._file.write((",".join(header) + "\r\n").encode())
