"""`manage.py windows`: counts at every event of a file, whatever the file looks like."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from risk.events import window_files
from tests.risk.events.reference import counts_at_each

HEADER = "event_id,subject_id,occurred_at\n"
UTC, SHANGHAI = ZoneInfo("UTC"), ZoneInfo("Asia/Shanghai")
SPANS = [dt.timedelta(days=days) for days in (1, 7, 30)]


def counted(folder: Path, text: str | bytes, *options: str) -> list[str]:
    """The lines written for a file with this content, without the header."""
    (folder / "in.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    said = io.StringIO()
    given = [str(folder / "in.csv"), "--out", str(folder / "out.csv"), *options]
    call_command("windows", *given, stdout=said, stderr=io.StringIO())
    header, *lines = (folder / "out.csv").read_text().splitlines()
    assert header == "event_id,n_1d,n_7d,n_30d"
    assert f"{len(lines):,} rows" in said.getvalue()
    return lines


def refused(folder: Path, text: str | bytes, *options: str) -> str:
    """Why; a file that was there before is untouched and nothing lies about."""
    (folder / "out.csv").write_text("as it was")
    with pytest.raises(CommandError) as caught:
        counted(folder, text, *options)
    assert (folder / "out.csv").read_text() == "as it was"
    assert {path.name for path in folder.iterdir()} == {"in.csv", "out.csv"}
    return str(caught.value)


def test_counts_are_of_the_same_subject_up_to_each_event_in_the_files_order(tmp_path: Path) -> None:
    text = HEADER + (
        "e5,A,2026-02-01T00:00:00Z\n"
        "e1,A,2026-01-01T00:00:00Z\n"
        "e4,A,2026-01-08T00:00:00Z\n"  # exactly seven days after e1, which is out of 7 days
        "e2,A,2026-01-01T23:59:59.999999Z\n"
        "e3,B,2026-01-02T00:00:00Z\n"
    )
    assert counted(tmp_path, text) == ["e5,1,1,2", "e1,1,1,1", "e4,1,2,3", "e2,2,2,2", "e3,1,1,1"]


def test_events_of_one_instant_are_all_in_each_others_windows(tmp_path: Path) -> None:
    rows = ["a,A,2026-01-01 00:00:00", "b,A,2026-01-01 08:00:00+08:00", "c,A,1767225600"]
    assert counted(tmp_path, HEADER + "\n".join(rows)) == ["a,3,3,3", "b,3,3,3", "c,3,3,3"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01 08:00:01.5+08:00", 1_500_000),
        ("1970-01-01T00:00:01.123456789Z", 1_123_456),
        ("1970-01-02", 86_400_000_000),
        (" 1969-12-31 23:59:59 ", -1_000_000),
        ("1767225600", 1_767_225_600_000_000),
        ("1767225600.25", 1_767_225_600_250_000),
        ("1767225600001", 1_767_225_600_001_000),
        ("1767225600001.5", 1_767_225_600_001_500),
        ("1767225600000001", 1_767_225_600_000_001),
        *((text, None) for text in (
            "", "20260101", "86400", "12345678901", "1.7e9", "-1767225600", "2026-W01-1",
            "2026-02-30", "2026-01-01T24:30", "2026-01-01x10:00", "01/02/2026",
            "１７６７２２５６００", "yesterday", "nan",
        )),
    ],
)  # fmt: skip
def test_a_time_is_iso_8601_or_an_epoch_that_can_be_no_other(text: str, said: int | None) -> None:
    assert window_files.microseconds_in(text, UTC) == said


def test_times_without_an_offset_are_the_zones() -> None:
    local = window_files.microseconds_in("2026-01-01 08:00", SHANGHAI)
    assert local == window_files.microseconds_in("2026-01-01 00:00", UTC)
    berlin = ZoneInfo("Europe/Berlin")
    assert window_files.microseconds_in("2026-03-29 02:30", berlin) is None  # never
    assert window_files.microseconds_in("2026-10-25 02:30", berlin) is None  # twice
    assert window_files.microseconds_in("2026-10-25 02:30+01:00", berlin) is not None


def test_a_day_is_24_hours_where_clocks_change(tmp_path: Path) -> None:
    rows = "a,A,2026-03-28 12:00\nb,A,2026-03-29 12:00\nc,A,2026-03-29 13:00\n"
    assert counted(tmp_path, HEADER + rows)[1] == "b,1,2,2"
    berlin = counted(tmp_path, HEADER + rows, "--time-zone", "Europe/Berlin")
    assert berlin[1:] == ["b,2,2,2", "c,2,3,3"]


def test_any_usual_csv_is_read(tmp_path: Path) -> None:
    rows = ["2026-01-01,客户,e1,x", "2026-01-02,客户,e2,x", "", '2026-01-02,"客,户","e""3",']
    lines = ["Occurred_At,subject_id, event_id ,other", *rows]
    said = ["e1,1,1,1", "e2,1,2,2", '"e""3",1,1,1']
    for text in (
        "\n".join(lines).encode(),
        "\r\n".join(lines).encode("utf-8-sig"),
        "\n".join(lines).encode("gb18030"),
        "\n".join(lines).encode("utf-16"),
    ):
        assert counted(tmp_path, text) == said


def test_a_file_without_rows_gives_one_without_rows(tmp_path: Path) -> None:
    assert counted(tmp_path, HEADER) == []


def test_an_event_that_is_there_twice_is_counted_once_and_answered_twice(tmp_path: Path) -> None:
    rows = "a,A,2026-01-01\nb,A,2026-01-01 12:00\na,A,2026-01-01T08:00:00+08:00\n"
    assert counted(tmp_path, HEADER + rows) == ["a,1,1,1", "b,2,2,2", "a,1,1,1"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,A,2026-01-01\nb,A,01/02/2026\n", "line 3: occurred_at is no time"),
        ('a,"A\nA",2026-01-01\n\nb,A,soon\n', "line 5: occurred_at is no time"),
        ("a,A,2026-01-01\nb,A\n", "line 3: it has 2 cells, the header 3."),
        ("a,A,2026-01-01,more\n", "line 2: it has 4 cells, the header 3."),
        (" ,A,2026-01-01\n", "line 2: event_id and subject_id must not be empty."),
        ("a,,2026-01-01\n", "line 2: event_id and subject_id must not be empty."),
        ("a,A,2026-01-01\nb,A,2026-01-01\na,B,2026-01-01\n", "line 4: its event_id is that of an"),
        ("a,A,2026-01-01\n\na,A,2026-01-02\n", "line 4: its event_id is that of an earlier row"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_nothing_is_written(
    tmp_path: Path, rows: str, said: str
) -> None:
    assert said in refused(tmp_path, HEADER + rows)


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    assert "has no column occurred_at" in refused(tmp_path, "event_id,subject_id\na,A\n")
    assert "2 columns named event_id" in refused(tmp_path, f"event_id,{HEADER}a,a,A,2026-01-01")
    assert "is empty" in refused(tmp_path, "")
    assert "no time zone Mars/Base" in refused(tmp_path, HEADER, "--time-zone", "Mars/Base")
    berlin = refused(tmp_path, f"{HEADER}a,A,2026-10-25 02:30", "--time-zone", "Europe/Berlin")
    assert "line 2: occurred_at is twice or never in Europe/Berlin" in berlin


def test_the_file_that_is_read_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(HEADER)
    with pytest.raises(CommandError, match="is an input"):
        call_command("windows", str(path), "--out", str(path), stderr=io.StringIO())
    assert path.read_text() == HEADER


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 40 * 24)), max_size=40))
def test_a_file_is_counted_as_the_rules_count(tmp_path: Path, rows: list[tuple[str, int]]) -> None:
    """Whole hours within forty days: ties, and spans that end exactly on an event."""
    began = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    times = [began + dt.timedelta(hours=hours) for _subject, hours in rows]
    text = "".join(
        f"e{number},{subject},{time.isoformat()}\n"
        for number, ((subject, _hours), time) in enumerate(zip(rows, times, strict=True))
    )
    by_rules: dict[str, Any] = {}
    for subject in "ABC":
        own = sorted(time for (whose, _), time in zip(rows, times, strict=True) if whose == subject)
        found = counts_at_each(own, SPANS)
        by_rules |= {(subject, time): list(map(str, n)) for time, n in zip(own, found, strict=True)}
    assert [cells[1:] for cells in csv.reader(counted(tmp_path, HEADER + text))] == [
        by_rules[subject, time] for (subject, _hours), time in zip(rows, times, strict=True)
    ]
