"""Counts at every event of a file, for comparison with counts that others have published.

Shape: in, columns `event_id,subject_id,occurred_at` in any order and among others; out,
`event_id,n_1d,n_7d,n_30d`, a row for every row, in the file's order.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from backoffice.lib.csv_files import CsvFile, FileRefused, open_csv, written

COLUMNS = ("event_id", "subject_id", "occurred_at")
DAYS = (1, 7, 30)  # of 24 hours each
HEADER = ("event_id", *(f"n_{days}d" for days in DAYS))

_CHUNK = 100_000  # rows read before they become columns
_SCHEMA = {"event_id": pl.String, "subject_id": pl.String, "time": pl.Int64}
_NAIVE_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 — for times that are UTC without saying so
_EPOCH = _NAIVE_EPOCH.replace(tzinfo=dt.UTC)
_DAY_MICROSECONDS = 86_400_000_000
# By their digits: 2001 to 2286 in seconds, milliseconds and microseconds. Fewer might be anything.
_EPOCH_UNITS = {10: 1_000_000, 13: 1_000, 16: 1}
_EPOCH_NUMBER = re.compile(r"(\d{10}|\d{13}|\d{16})(?:\.(\d+))?", re.ASCII)
_NO_TIME = (
    "occurred_at is no time: give ISO 8601 (2026-06-01T12:00:00+08:00, 2026-06-01 04:00:00, "
    "2026-06-01) or an epoch of 10 (s), 13 (ms) or 16 (µs) digits."
)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """What was in the file. `repeats`: rows that say again what an earlier one said."""

    events: int
    subjects: int
    repeats: int


def count_file(*, path: Path, out: Path, zone: ZoneInfo, progress: Progress) -> Counted:
    """Effects: `out` appears whole or not at all. Units: `progress` is told rows read so far.

    An id that is there twice with the same subject and time is one event: counted once, answered
    twice. Memory: some 200 bytes a row. Raises: FileRefused, naming the line.
    """
    file = open_csv(path, needed=COLUMNS)
    with written(out, header=HEADER, inputs=[path]) as write:
        given = _read(file, zone, progress)
        events = _once(given, file)
        counts = _counts(events)
        if events.height < given.height:
            counts = given.select("event_id").join(
                counts, on="event_id", how="left", maintain_order="left"
            )
        for row in counts.iter_rows():
            write(row)
    subjects = events["subject_id"].n_unique()
    return Counted(events.height, subjects, given.height - events.height)


def microseconds_in(text: str, zone: ZoneInfo) -> int | None:
    """Since 1970 in UTC; None when the text is no time, or one that this zone has twice or never.

    Without an offset it is taken as the zone's; a date is its first instant. Digits finer than a
    microsecond are cut off.
    """
    text = text.strip()
    if not (text[4:5] == "-" and text[5:6].isdigit() and text[10:11] in ("", "T", " ")):
        return _epoch_microseconds(text)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None and zone.key != "UTC":
        local = moment.replace(tzinfo=zone)
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            return None
        moment = local
    since = moment - (_EPOCH if moment.tzinfo else _NAIVE_EPOCH)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _epoch_microseconds(text: str) -> int | None:
    found = _EPOCH_NUMBER.fullmatch(text)
    if found is None:
        return None
    unit = _EPOCH_UNITS[len(found[1])]
    digits = (found[2] or "")[:6].ljust(6, "0")  # of a part of the unit
    return int(found[1]) * unit + int(digits) * unit // 1_000_000


def _read(file: CsvFile, zone: ZoneInfo, progress: Progress) -> pl.DataFrame:
    """Every row: event_id, subject_id, time (microseconds)."""
    chunks = [pl.DataFrame(schema=_SCHEMA)]
    rows = 0
    for chunk in _chunks(file, zone):
        chunks.append(pl.DataFrame(chunk, schema=_SCHEMA, orient="col"))
        rows += len(chunk[0])
        progress(rows)
    return pl.concat(chunks)


def _chunks(file: CsvFile, zone: ZoneInfo) -> Iterator[tuple[list[str], list[str], list[int]]]:
    at = [file.header.index(name) for name in COLUMNS]
    id_at, subject_at, time_at = at
    width, last = len(file.header), max(at)
    ids: list[str] = []
    subjects: list[str] = []
    times: list[int] = []
    for line, cells in file.numbered():
        if len(cells) <= last or (len(cells) > width and any(cells[width:])):
            raise _refused(file, line, f"it has {len(cells)} cells, the header {width}.")
        event_id, subject_id = cells[id_at], cells[subject_at]
        time = microseconds_in(cells[time_at], zone)
        if time is None:
            raise _refused(file, line, _why_no_time(cells[time_at], zone))
        if not event_id.strip() or not subject_id.strip():
            raise _refused(file, line, "event_id and subject_id must not be empty.")
        ids.append(event_id)
        subjects.append(subject_id)
        times.append(time)
        if len(ids) == _CHUNK:
            yield ids, subjects, times
            ids, subjects, times = [], [], []
    yield ids, subjects, times


def _why_no_time(text: str, zone: ZoneInfo) -> str:
    if microseconds_in(text, ZoneInfo("UTC")) is None:
        return _NO_TIME
    return f"occurred_at is twice or never in {zone.key}, where clocks change: give its offset."


def _once(given: pl.DataFrame, file: CsvFile) -> pl.DataFrame:
    """Each event once, as it came first. Raises: FileRefused: one id, two different events."""
    if given["event_id"].n_unique() == given.height:
        return given
    events = given.unique("event_id", keep="first", maintain_order=True)
    first = given.select("event_id").join(events, on="event_id", how="left", maintain_order="left")
    differs = (given["subject_id"] != first["subject_id"]) | (given["time"] != first["time"])
    place = differs.arg_max() if differs.any() else None
    if place is not None:
        line = next(line for number, (line, _) in enumerate(file.numbered()) if number == place)
        raise _refused(
            file, line, "its event_id is that of an earlier row with another subject or time."
        )
    return events


def _counts(events: pl.DataFrame) -> pl.DataFrame:
    """How many events are in each window up to each event, of its subject, in their order.

    A count is a difference of ranks among the subject's events: of the last one at that time, and
    of the last one that is a span older or more.
    """
    timed = _ranked(events)
    is_last = pl.col("is_new").shift(-1, fill_value=True)  # of those at its time
    instants = timed.filter(is_last).select("subject_id", "time", "rank")
    number = timed["is_new"].cum_sum() - 1
    found = timed.select("row")
    for days in DAYS:
        ends = instants.select("subject_id", pl.col("time") - days * _DAY_MICROSECONDS)
        before = ends.join_asof(
            instants, on="time", by="subject_id", strategy="backward", check_sortedness=False
        )
        counts = instants["rank"] - before["rank"].fill_null(0)
        found = found.with_columns(counts.gather(number).alias(f"n_{days}d"))
    return events.select("event_id").hstack(found.sort("row").drop("row"))


def _ranked(events: pl.DataFrame) -> pl.DataFrame:
    """Sorted by subject and time: `rank` within the subject, `is_new` the first of its time."""
    differs = [pl.col(name) != pl.col(name).shift() for name in ("subject_id", "time")]
    return (
        events.select(pl.col("subject_id").cast(pl.Categorical).to_physical(), "time")
        .with_row_index("row")
        .sort("subject_id", "time")
        .with_columns(
            rank=pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("subject_id"),
            is_new=pl.any_horizontal(differs).fill_null(value=True),
        )
    )


def _refused(file: CsvFile, line: int, why: str) -> FileRefused:
    return FileRefused(f"{file.path}, line {line}: {why}")
