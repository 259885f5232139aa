"""A stream of bytes cut into CSV records, each with its place, in flat memory.

Cutting happens on bytes, so that a record's end is an exact place to go on from, and no
undecodable character can move it. That is right for every encoding listed: none uses the bytes of
the quote, the comma or the line ends inside another character.
A quote that never closes would swallow the rest of the file: then only its own line is given up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from backoffice.lib import csv_files
from risk.intake.facts import Record

RECORD_AT_MOST = 1024 * 1024
_CHUNK = 256 * 1024
_LINE_END = re.compile(rb"\r\n|\n|\r")

ENCODINGS = (
    "utf-8", "ascii", "gb18030", "gbk", "gb2312", "big5", "big5hkscs", "shift_jis", "cp932",
    "euc_jp", "euc_kr", "cp949", "iso8859-1", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9",
    "iso8859-15", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1257",
)  # fmt: skip
# Their second bytes may look like a pipe.
PIPE_IS_UNSAFE_IN = ("gb18030", "gbk", "big5", "big5hkscs", "shift_jis", "cp932", "cp949")
BYTE_ORDER_MARKS = tuple(
    mark for mark, encoding in csv_files.BYTE_ORDER_MARKS.items() if encoding in ENCODINGS
)

TOO_LONG, NOT_CLOSED = "row_too_long", "quote_not_closed"


def records(file: BinaryIO, *, offset: int, line: int, delimiter: str) -> Iterator[Record]:
    """Every record from `offset` on, blank ones included. `line` is the number of the first."""
    file.seek(offset)
    cutter = _Cutter(file, offset, delimiter.encode("ascii"))
    while (found := cutter.next_record(line)) is not None:
        line += found.lines
        yield found


class _Cutter:
    def __init__(self, file: BinaryIO, offset: int, delimiter: bytes) -> None:
        self._file, self._delimiter = file, delimiter
        self._buffer = b""
        self._base = offset  # where in the file the buffer begins
        self._is_whole = False  # nothing left to read
        self._at = 0

    def next_record(self, line: int) -> Record | None:
        self._forget_read()
        if self._at >= len(self._buffer) and not self._fill():
            return None
        start = self._at
        end, after = self._line_end(start)
        if after - start > RECORD_AT_MOST:
            return self._skipped(line)
        first_end, first_after, lines = end, after, 1
        is_open = self._leaves_open(self._buffer[start:end], is_open=False)
        while is_open:
            if after - start > RECORD_AT_MOST or (after >= len(self._buffer) and not self._fill()):
                self._at = first_after
                raw = self._buffer[start:first_end]
                return Record(raw, line, 1, self._base + first_after, NOT_CLOSED)
            begun = after
            end, after = self._line_end(begun)
            lines += 1
            is_open = self._leaves_open(self._buffer[begun:end], is_open=True)
        self._at = after
        return Record(self._buffer[start:end], line, lines, self._base + after)

    def _line_end(self, start: int) -> tuple[int, int]:
        """Where the line's text ends and the next line begins; gives up beyond the limit."""
        search_from = start
        while True:
            found = _LINE_END.search(self._buffer, search_from)
            # A return at the very end may be half of a return and newline.
            is_settled = found and (found.end() < len(self._buffer) or found.group() != b"\r")
            if found and (is_settled or not self._fill()):
                return found.start(), found.end()
            if found:
                continue
            if len(self._buffer) - start > RECORD_AT_MOST:
                return len(self._buffer), len(self._buffer)
            search_from = len(self._buffer)
            if not self._fill():
                return len(self._buffer), len(self._buffer)

    def _skipped(self, line: int) -> Record:
        """A line beyond the limit: its end is looked for without keeping it."""
        found = None
        while found is None:
            found = _LINE_END.search(self._buffer, self._at)
            is_half = found and found.group() == b"\r" and found.end() == len(self._buffer)
            if is_half and self._fill():
                found = None
            elif found is None:
                self._at = len(self._buffer)
                self._forget_read()
                if not self._fill():
                    return Record(b"", line, 1, self._base + self._at, TOO_LONG)
        self._at = found.end()
        return Record(b"", line, 1, self._base + self._at, TOO_LONG)

    def _leaves_open(self, line: bytes, *, is_open: bool) -> bool:
        """Whether a quoted field is still open at the line's end; the rules of `csv`."""
        if not is_open and b'"' not in line:
            return False
        at = 0
        while True:
            if is_open:
                quote = line.find(b'"', at)
                if quote < 0:
                    return True
                if line[quote + 1 : quote + 2] == b'"':
                    at = quote + 2
                    continue
                is_open, at = False, quote + 1
            elif line[at : at + 1] == b'"':
                is_open, at = True, at + 1
                continue
            separator = line.find(self._delimiter, at)
            if separator < 0:
                return False
            at = separator + 1

    def _fill(self) -> bool:
        if self._is_whole:
            return False
        chunk = self._file.read(_CHUNK)
        self._is_whole = not chunk
        self._buffer += chunk
        return bool(chunk)

    def _forget_read(self) -> None:
        if self._at > _CHUNK or self._at == len(self._buffer):
            self._base += self._at
            self._buffer, self._at = self._buffer[self._at :], 0
