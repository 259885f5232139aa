"""Bytes cut into records: every line end, every quote, and always the right place."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.intake import records as module
from risk.intake.records import NOT_CLOSED, RECORD_AT_MOST, TOO_LONG, records


def cut(raw: bytes, offset: int = 0, line: int = 1) -> list:
    return list(records(io.BytesIO(raw), offset=offset, line=line, delimiter=","))


def test_line_feeds_returns_and_both_end_a_record() -> None:
    found = cut(b"a,b\nc,d\re,f\r\ng,h")
    assert [(r.raw, r.line, r.end) for r in found] == [
        (b"a,b", 1, 4), (b"c,d", 2, 8), (b"e,f", 3, 13), (b"g,h", 4, 16),
    ]  # fmt: skip


def test_a_quoted_line_end_stays_inside_its_record_and_counts_its_lines() -> None:
    found = cut(b'1,"two\nlines, ""really"""\n2,x\n')
    assert [(r.raw, r.line, r.lines) for r in found] == [
        (b'1,"two\nlines, ""really"""', 1, 2), (b"2,x", 3, 1),
    ]  # fmt: skip


def test_a_quote_inside_a_bare_cell_is_only_a_character() -> None:
    assert [r.raw for r in cut(b'1,5" pipe\n2,x\n')] == [b'1,5" pipe', b"2,x"]


def test_a_quote_that_never_closes_costs_its_own_line_and_no_other() -> None:
    found = cut(b'1,"open\n2,x\n3,y\n')
    assert [(r.raw, r.line, r.fault) for r in found] == [
        (b'1,"open', 1, NOT_CLOSED), (b"2,x", 2, None), (b"3,y", 3, None),
    ]  # fmt: skip


def test_a_line_beyond_the_limit_is_skipped_whole_and_the_next_one_read() -> None:
    raw = b"1," + b"x" * (3 * RECORD_AT_MOST) + b"\r\n2,y\n"
    found = cut(raw)
    assert [(r.raw, r.line, r.fault) for r in found] == [(b"", 1, TOO_LONG), (b"2,y", 2, None)]
    assert found[0].end == len(raw) - 4


def test_an_open_quote_in_a_huge_file_is_given_up_within_the_limit() -> None:
    raw = b'1,"open\n' + b"2,xxxxxxx\n" * 300_000
    found = cut(raw)
    assert found[0].fault == NOT_CLOSED
    assert len(found) == 300_001


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_records_do_not_depend_on_where_the_file_is_read_in_pieces(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b'a,"b\r\nc",d\r\n\r\n"e""",f\rg,"h"i\n"last'
    whole = cut(raw)
    monkeypatch.setattr(module, "_CHUNK", chunk)
    assert cut(raw) == whole


SOUP = st.lists(
    st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b" ", b"\x00", b"\xff", b'""', b"\r\n"]),
    max_size=60,
).map(b"".join)


@given(SOUP)
@settings(max_examples=400)
def test_any_bytes_are_cut_without_loss_and_any_record_can_be_gone_on_from(raw: bytes) -> None:
    found = cut(raw)
    assert sum(r.lines for r in found) >= len(found)
    position = 0
    for place, record in enumerate(found):
        between = raw[position : record.end]
        assert between.startswith(record.raw)
        assert between[len(record.raw) :] in (b"", b"\n", b"\r", b"\r\n")
        position = record.end
        rest = cut(raw, offset=record.end, line=record.line + record.lines)
        assert rest == found[place + 1 :]
    assert position == len(raw)


@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=4), max_size=8))
def test_what_csv_writes_is_cut_into_the_rows_csv_wrote(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    found = cut(text.getvalue().encode("utf-8", "surrogatepass"))
    back = [next(csv.reader([r.raw.decode("utf-8", "surrogatepass")])) for r in found]
    assert back == rows
