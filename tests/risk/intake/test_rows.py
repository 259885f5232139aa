"""Records become rows, or every reason why not; no text of a cell is ever repeated."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from accounts.customers.facts import NOT_GIVEN
from risk.intake.customer_mapping import read_mapping
from risk.intake.customer_rows import CustomerReader
from risk.intake.facts import FileRefused, MappingRefused, Record, Row, RowFault
from risk.intake.rows import read_header
from tests.risk.intake.conftest import AT, MAPPING

WIDE = """
source = "test"
reference = "{BRANCH}-{ID}"
missing = ["NA"]

[profile]
legal_name = "NAME"
birth_date = { column = "BORN", date = "%d/%m/%Y" }
employment_status = { column = "JOB", map = { E = "employed" }, otherwise = "unknown" }
language = { value = "en" }

[signals]
observed_at = { column = "SEEN", date = "%Y%m%d" }
utilisation = { expression = "OWED / LIMIT", if_divided_by_zero = 0 }
months_late_now = { column = "BUCKET", map = { C = 0, "1" = 1 } }
current_limit_cents = "LIMIT * 100"
"""
WIDE_HEADER = "BRANCH,ID,NAME,BORN,JOB,SEEN,OWED,LIMIT,BUCKET"


def read(line: str | bytes, header: str = WIDE_HEADER, text: str = WIDE) -> Row | list[RowFault]:
    mapping = read_mapping(text.encode(), at=AT)
    reader = CustomerReader(mapping=mapping, header=header.split(","), now=AT)
    raw = line.encode("utf-8", "surrogateescape") if isinstance(line, str) else line
    return reader.read(Record(raw, 7, 1, 0))


def told(line: str | bytes, **given: str) -> list[tuple[str, str]]:
    found = read(line, **given)
    assert isinstance(found, list)
    assert all(fault.line == 7 for fault in found)
    return [(fault.column, fault.code) for fault in found]


def test_every_kind_of_conversion_gives_its_exact_value() -> None:
    row = read("B1, 7 ,Ann,03/02/1990,E,20260501,1,8,C")
    assert isinstance(row, Row)
    assert row.reference == "B1-7"
    assert (row.profile.legal_name, row.profile.birth_date) == ("Ann", dt.date(1990, 2, 3))
    assert (row.profile.employment_status, row.profile.language) == ("employed", "en")
    assert row.profile.phone is NOT_GIVEN
    assert row.signals == {
        "utilisation": Decimal("0.125"), "months_late_now": Decimal(0),
        "current_limit_cents": Decimal(800),
    }  # fmt: skip
    assert row.signals_at == dt.datetime(2026, 4, 30, 16, tzinfo=dt.UTC)


def test_empty_and_missing_cells_leave_the_profile_and_make_signals_unknown() -> None:
    row = read("B1,7,NA,,X,20260501,NA,8,")
    assert isinstance(row, Row)
    assert row.profile.legal_name is NOT_GIVEN
    assert row.profile.birth_date is NOT_GIVEN
    assert row.profile.employment_status == "unknown"
    assert (row.signals["utilisation"], row.signals["months_late_now"]) == (None, None)


def test_a_zero_below_the_line_gives_the_declared_value() -> None:
    row = read("B1,7,Ann,,E,20260501,5,0,C")
    assert isinstance(row, Row)
    assert row.signals["utilisation"] == Decimal(0)


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("B1,,Ann,,E,20260501,1,8,C", [("ID", "reference_missing")]),
        ("B1,a b,Ann,,E,20260501,1,8,C", [("BRANCH", "reference_malformed")]),
        ("B1,7,Ann,31/02/1990,E,20260501,1,8,C", [("BORN", "birth_date_malformed")]),
        ("B1,7,Ann,03/02/2090,E,20260501,1,8,C", [("BORN", "birth_date_out_of_range")]),
        ("B1,7," + "x" * 81 + ",,E,20260501,1,8,C", [("NAME", "legal_name_too_long")]),
        ("B1,7,An\x00n,,E,20260501,1,8,C", [("NAME", "legal_name_control_characters")]),
        ("B1,7,Ann,,E,2026-05-01,1,8,C", [("SEEN", "time_malformed")]),
        ("B1,7,Ann,,E,20260701,1,8,C", [("SEEN", "time_in_future")]),
        ("B1,7,Ann,,E,18990701,1,8,C", [("SEEN", "time_too_early")]),
        ("B1,7,Ann,,E,20260501,NaN,8,C", [("OWED", "not_a_number")]),
        ("B1,7,Ann,,E,20260501,Infinity,8,C", [("OWED", "not_a_number")]),
        ("B1,7,Ann,,E,20260501,1 000,8,C", [("OWED", "not_a_number")]),
        ('B1,7,Ann,,E,20260501,"1,000",8,C', [("OWED", "not_a_number")]),
        ("B1,7,Ann,,E,20260501,٣,8,C", [("OWED", "not_a_number")]),
        ("B1,7,Ann,,E,20260501,1e999,8,C", [("OWED", "not_a_number")]),
        ("B1,7,Ann,,E,20260501,-1,8,C", [("OWED LIMIT", "utilisation_too_small")]),
        ("B1,7,Ann,,E,20260501,1,1e30,C", [("LIMIT", "current_limit_cents_too_great")]),
        ("B1,7,Ann,,E,20260501,1,1" + "0" * 30 + ",C",
         [("LIMIT", "current_limit_cents_too_great")]),
        ("B1,7,Ann,,E,20260501,1,0.001,C", [("LIMIT", "current_limit_cents_not_whole")]),
        ("B1,7,Ann,,E,20260501,1,8,Z", [("BUCKET", "months_late_now_unmapped")]),
        ("B1,7,Ann", [("", "too_few_cells")]),
        ("B1,7,Ann,,E,20260501,1,8,C,extra", [("", "too_many_cells")]),
        ("B1,,Ann,x,E,y,z,8,C",
         [("ID", "reference_missing"), ("BORN", "birth_date_malformed"),
          ("SEEN", "time_malformed"), ("OWED", "not_a_number")]),
    ],
)  # fmt: skip
def test_every_fault_of_a_row_is_told_with_its_column(
    line: str, faults: list[tuple[str, str]]
) -> None:
    assert told(line) == faults


def test_bytes_that_are_no_text_are_told_with_their_place_and_no_unmapped_header_name() -> None:
    assert told(b"B1,7,A\xffn,,E,20260501,1,8,C") == [("NAME", "not_decodable")]
    [fault] = read(b"B1,7,A\xffn,,E,20260501,1,8,C")  # type: ignore[misc]
    assert fault.cause == "Not utf-8: byte 7 of the row."
    header = WIDE_HEADER + ",Zhang San 13812345678"
    assert told(b"B1,7,Ann,,E,20260501,1,8,C,\xff", header=header) == [("#10", "not_decodable")]


def test_no_fault_repeats_what_stood_in_the_cell() -> None:
    found = read("B1,SECRET ONE,Ann,SECRET2,E,SECRET3,SECRET4,SECRET5,SECRET6")
    assert isinstance(found, list)
    assert len(found) == 6
    assert "SECRET" not in "".join(f.column + f.code + f.cause for f in found)


def test_an_outcome_is_yes_no_unknown_or_a_fault() -> None:
    header = "ID,NAME,PHONE,LATE,BAD"
    happened = []
    for text in ("1", "0", ""):
        row = read(f"7,,,0,{text}", header=header, text=MAPPING)
        assert isinstance(row, Row)
        happened.append([seen.happened for seen in row.outcomes])
    assert happened == [[True], [False], []]
    assert told("7,,,0,maybe", header=header, text=MAPPING) == [("BAD", "default_unmapped")]


def test_absent_and_ambiguous_columns_refuse_the_file_before_its_first_row() -> None:
    with pytest.raises(MappingRefused) as refused:
        read("x", header="ID,NAMES,PHONE,LATE,BAD,BAD", text=MAPPING)
    assert {f.place: f.detail for f in refused.value.faults} == {
        "profile.legal_name": "no column 'NAME' in the file; did you mean 'NAMES'?",
        "outcomes.default": "2 columns are named 'BAD'",
    }


@pytest.mark.parametrize("raw", [b"\xff\xfeI\x00D\x00", b"I\x00D", b"\xff,ID"])
def test_a_header_in_another_encoding_is_refused(raw: bytes) -> None:
    with pytest.raises(FileRefused):
        read_header(Record(raw, 1, 1, 0), file_format=read_mapping(MAPPING.encode(), at=AT).format)
