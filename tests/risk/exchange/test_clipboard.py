"""Rows survive the way through a clipboard, and what programs really copy is read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.exchange.clipboard import rows_from_text, text_from_rows

CELLS = st.text(st.sampled_from('a"\t\n\r, 猫'), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=4))
@settings(deadline=None)
def test_rows_come_back_as_they_were(rows: list[list[str]]) -> None:
    assert rows_from_text(text_from_rows(rows)) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ("a", [["a"]]),
        ("a\tb\r\nc\td\r\n", [["a", "b"], ["c", "d"]]),
        ("\t\n", [["", ""]]),
        ('not("A")\t"""A"", ""B"""', [['not("A")', '"A", "B"']]),
        ('"two\nlines"\tx', [["two\nlines", "x"]]),
        ('"A"\t"B', [["A", '"B']]),
        ('"A", "B"\tx', [['"A", "B"', "x"]]),
    ],
)
def test_what_programs_copy_is_read(text: str, rows: list[list[str]]) -> None:
    assert rows_from_text(text) == rows
