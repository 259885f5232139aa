"""What spreadsheets put on the clipboard, as rows of cells, and back.

Tabs between cells, a line a row; a cell with a tab, a line break or a quotation mark stands in
quotation marks, its own doubled (as RFC 4180 has it for commas). A quotation mark inside a cell
that does not start with one is itself: `not("A")` is copied as it is by some programs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=\t|\r?\n|\r|$)')
_ENDS = re.compile(r"[\t\r\n]")


def rows_from_text(text: str) -> list[list[str]]:
    """A line break at the very end starts no row. A quotation mark that is never closed is text."""
    if not text:
        return []
    rows: list[list[str]] = [[]]
    position, end = 0, len(text)
    while True:
        cell, position = _cell_at(text, position)
        rows[-1].append(cell)
        if text.startswith("\t", position):
            position += 1
            continue
        position += 2 if text.startswith("\r\n", position) else 1
        if position >= end:
            return rows
        rows.append([])


def _cell_at(text: str, position: int) -> tuple[str, int]:
    """The cell that starts here, and where it ends."""
    quoted = _QUOTED.match(text, position)
    if quoted is not None:
        return quoted[1].replace('""', '"'), quoted.end()
    after = _ENDS.search(text, position)
    end = after.start() if after else len(text)
    return text[position:end], end


def text_from_rows(rows: Sequence[Sequence[str]]) -> str:
    """As a spreadsheet would have copied it."""
    return "".join("\t".join(map(_cell, row)) + "\n" for row in rows)


def _cell(text: str) -> str:
    if not text.startswith('"') and not _ENDS.search(text):
        return text
    return '"{}"'.format(text.replace('"', '""'))
