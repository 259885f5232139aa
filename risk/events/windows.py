"""Windows read from the log: SQL made of `Window`s. What they mean is said in plain Python
by `tests/risk/events/reference.py`, which property tests hold this to.

A scan reads the newest events of one subject from an index, at most cap + 1 of each kind, and
every window over the same events is a FILTER on it. What the texts are careful about:

- Bounds of `occurred_at` are arithmetic on a parameter, which PostgreSQL does not do while it
  plans: a plan made once serves every moment, and months outside are dropped as it starts.
- Limits and ids come from sub-selects, whose values the planner does not see. It then guesses the
  same for one customer and for many, settles on one plan after five runs, and reads the months'
  indexes newest first instead of sorting all that is in the window.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from backoffice.lib import bulk
from risk.events.facts import Measure, Subject, Window, WindowValue
from risk.events.window_rules import AVERAGE_PLACES, KEY, check

_AT = "%(at)s::timestamptz"
_RANGE = "BETWEEN %(first)s::bigint AND %(last)s::bigint"
_ZERO_WHEN_EMPTY = (Measure.COUNT, Measure.DISTINCT)

Low = Callable[[dt.timedelta], str]  # the old end of a window, as SQL


def values_for_many(
    *, customer_ids: Sequence[int], windows: Sequence[Window], at: dt.datetime
) -> dict[int, dict[str, WindowValue]]:
    """Every window of every customer asked for, also of those who never did anything. One query.

    Units: cents; SECONDS_SINCE in whole seconds; AVERAGE to four places. Work: for each scan of
    a customer at most cap + 1 events of each kind. Raises: ValueError (`check`).
    """
    if not windows or not customer_ids:
        return {customer_id: {} for customer_id in customer_ids}
    lows = {_low_name(window.span): at - window.span for window in windows}
    rows = bulk.read(
        _statement(tuple(windows)), {"customer_ids": list(customer_ids), "at": at, **lows}
    )
    return {row[0]: dict(_values(windows, row)) for row in rows}


def population_sql(*, windows: Sequence[Window]) -> str:
    """A SELECT of customer_id, and of each window its value by name and `<name>_is_capped`.

    Parameters: %(at)s; %(first)s and %(last)s, the first and the last customer's id. In no order.
    Work: every event in the windows of these customers and of their things, however many.
    Shape: counts bigint, SUM and AVERAGE numeric. Raises: ValueError (`check`).
    """
    scans = _scans(windows)
    things = _things(scans)
    parts = [f"{thing} AS MATERIALIZED ({_thing_of_each(thing)})" for thing in things]
    parts += [f"{scan.name} AS MATERIALIZED ({_scan_of_each(scan)})" for scan in scans]
    joins = [f"LEFT JOIN {thing} ON {thing}.customer_id = customer.id" for thing in things]
    joins += [f"LEFT JOIN {scan.name} ON {scan.name}._key = {_joined(scan)}" for scan in scans]
    columns = ["customer.id AS customer_id"]
    columns += [_column(scan, window) for scan in scans for window in scan.windows]
    return " ".join([
        f"WITH {', '.join(parts)}" if parts else "",
        f"SELECT {', '.join(columns)} FROM accounts_customer AS customer",  # noqa: S608 — names
        *joins,
        f"WHERE customer.id {_RANGE}",
    ])  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Scan:
    """Windows over the same events of one subject."""

    number: int
    subject: Subject
    kinds: tuple[str, ...]
    field: str
    windows: tuple[Window, ...]

    @property
    def name(self) -> str:
        return f"scan_{self.number}"

    @property
    def columns(self) -> str:
        return f"occurred_at, {self.field}" if self.field else "occurred_at"

    @property
    def order(self) -> str:
        """At the cap arrival must not show."""
        return (
            f"occurred_at DESC, {self.field} DESC NULLS LAST" if self.field else "occurred_at DESC"
        )

    @property
    def rows(self) -> int:
        """One more than is looked at tells that there are more."""
        return max(window.cap for window in self.windows) + 1

    @property
    def since(self) -> dt.timedelta:
        return max(window.span for window in self.windows)


def _scans(windows: Sequence[Window]) -> list[_Scan]:
    """A window without a field goes along with one that has any, over the same events."""
    check(windows)
    fields: dict[tuple[Subject, tuple[str, ...]], dict[str, list[Window]]] = {}
    for window in sorted(windows, key=lambda window: not window.field):
        by_field = fields.setdefault((window.subject, tuple(sorted(window.kinds))), {})
        field = window.field or next(iter(by_field), "")
        by_field.setdefault(field, []).append(window)
    found = [
        (subject, kinds, field, tuple(own))
        for (subject, kinds), by_field in fields.items()
        for field, own in by_field.items()
    ]
    return [_Scan(number, *each) for number, each in enumerate(found)]


def _things(scans: Sequence[_Scan]) -> list[Subject]:
    subjects = dict.fromkeys(scan.subject for scan in scans)
    return [subject for subject in subjects if subject is not Subject.CUSTOMER]


# ── some customers: the newest of each by index ─────────────────────────────────────────────


@lru_cache(maxsize=64)
def _statement(windows: tuple[Window, ...]) -> str:
    scans = _scans(windows)
    columns = {
        window.name: f'{scan.name}."{window.name}", {scan.name}."{window.name}_is_capped"'
        for scan in scans
        for window in scan.windows
    }
    return (
        f"SELECT asked.customer_id, {', '.join(columns[window.name] for window in windows)} "  # noqa: S608 — checked names
        "FROM unnest((SELECT %(customer_ids)s::bigint[])) AS asked (customer_id)"
        + "".join(f", LATERAL ({_newest_thing(thing)}) AS {thing}" for thing in _things(scans))
        + "".join(f", LATERAL ({_newest_events(scan)}) AS {scan.name}" for scan in scans)
    )


def _newest_thing(subject: Subject) -> str:
    """OFFSET keeps it from being worked out again wherever its key is used."""
    key = KEY[subject]
    return (
        f"SELECT (SELECT {key} FROM risk_event WHERE customer_id = asked.customer_id "  # noqa: S608
        f"AND {key} IS NOT NULL AND occurred_at <= {_upper()} "
        f"ORDER BY occurred_at DESC, {key} DESC LIMIT (SELECT 1)) AS _key OFFSET 0"
    )


def _newest_events(scan: _Scan) -> str:
    key = "asked.customer_id" if scan.subject is Subject.CUSTOMER else f"{scan.subject}._key"
    limited = f"ORDER BY {scan.order} LIMIT (SELECT {scan.rows})"
    of_kinds = [
        f"SELECT {scan.columns} FROM risk_event WHERE {KEY[scan.subject]} = {key} "  # noqa: S608
        f"AND kind = '{kind}' AND occurred_at > {_lower(scan.since)} AND occurred_at <= {_upper()} "
        f"{limited}"
        for kind in scan.kinds
    ]
    events = of_kinds[0]
    if len(of_kinds) > 1:
        together = " UNION ALL ".join(f"({each})" for each in of_kinds)
        events = f"SELECT {scan.columns} FROM ({together}) AS of_kinds {limited}"  # noqa: S608
    if _needs_places(scan):
        place = f"row_number() OVER (ORDER BY {scan.order}) AS _place"
        events = f"SELECT {scan.columns}, {place} FROM ({events}) AS unplaced"  # noqa: S608
    return f"SELECT {_measures(scan, _low_given)} FROM ({events}) AS newest"  # noqa: S608


def _low_name(span: dt.timedelta) -> str:
    return f"low_{_seconds(span)}"


def _low_given(span: dt.timedelta) -> str:
    """A parameter of its own: arithmetic in a FILTER would be done for every event."""
    return f"%({_low_name(span)})s::timestamptz"


def _values(windows: Sequence[Window], row: Sequence[Any]) -> Iterator[tuple[str, WindowValue]]:
    for place, window in enumerate(windows):
        value, is_capped = row[1 + 2 * place], row[2 + 2 * place]
        if isinstance(value, Decimal) and window.measure is not Measure.AVERAGE:
            value = int(value)  # a sum of whole numbers
        yield window.name, WindowValue(value, is_capped)


# ── everybody in a range: whole scans ───────────────────────────────────────────────────────


def _thing_of_each(subject: Subject) -> str:
    key = KEY[subject]
    return (
        f"SELECT DISTINCT ON (customer_id) customer_id, {key} AS _key FROM risk_event "  # noqa: S608
        f"WHERE customer_id {_RANGE} AND {key} IS NOT NULL AND occurred_at <= {_upper()} "
        f"ORDER BY customer_id, occurred_at DESC, {key} DESC"
    )


def _scan_of_each(scan: _Scan) -> str:
    key, kinds = KEY[scan.subject], ", ".join(f"'{kind}'" for kind in scan.kinds)
    is_asked = _RANGE
    if scan.subject is not Subject.CUSTOMER:
        is_asked = f"IN (SELECT _key FROM {scan.subject})"  # noqa: S608
    columns = ", ".join(dict.fromkeys((f"{key} AS _key", *scan.columns.split(", "))))
    if _needs_places(scan):
        columns += f", row_number() OVER (PARTITION BY {key} ORDER BY {scan.order}) AS _place"
    events = (
        f"SELECT {columns} FROM risk_event WHERE {key} {is_asked} AND kind IN ({kinds}) "  # noqa: S608
        f"AND occurred_at > {_lower(scan.since)} AND occurred_at <= {_upper()}"
    )
    return f"SELECT _key, {_measures(scan, _lower)} FROM ({events}) AS newest GROUP BY _key"  # noqa: S608


def _joined(scan: _Scan) -> str:
    return "customer.id" if scan.subject is Subject.CUSTOMER else f"{scan.subject}._key"


def _column(scan: _Scan, window: Window) -> str:
    value, is_capped = f'{scan.name}."{window.name}"', f'{scan.name}."{window.name}_is_capped"'
    if window.measure in _ZERO_WHEN_EMPTY:
        value = f"coalesce({value}, 0)"
    return f'{value} AS "{window.name}", coalesce({is_capped}, false) AS "{window.name}_is_capped"'


# ── both ────────────────────────────────────────────────────────────────────────────────────


def _needs_places(scan: _Scan) -> bool:
    """Counting up to the cap needs no order, nor does the newest."""
    return any(window.field for window in scan.windows)


def _measures(scan: _Scan, low: Low) -> str:
    return ", ".join(
        f'{_measure(window, inside)} AS "{window.name}", '
        f'count(*) FILTER (WHERE {inside}) > {window.cap} AS "{window.name}_is_capped"'
        for window in scan.windows
        for inside in [f"occurred_at > {low(window.span)}"]
    )


def _measure(window: Window, inside: str) -> str:
    field = window.field
    seen = f"FILTER (WHERE {inside} AND _place <= {window.cap})"
    match window.measure:
        case Measure.COUNT:
            return f"least(count(*) FILTER (WHERE {inside}), {window.cap})"
        case Measure.SECONDS_SINCE:
            newest = f"max(occurred_at) FILTER (WHERE {inside})"
            return f"floor(extract(epoch FROM {_AT} - {newest}))::bigint"
        case Measure.DISTINCT:
            return f"count(DISTINCT {field}) {seen}"
        case Measure.AVERAGE:
            # Twenty places are enough for one rounding to be the only one that shows.
            total = f"sum({field}) {seen} * 1.{'0' * 20}"
            return f"round({total} / count({field}) {seen}, {AVERAGE_PLACES})"
        case Measure.SUM:
            return f"sum({field}) {seen}"
        case Measure.LEAST:
            return f"min({field}) {seen}"
        case Measure.GREATEST:
            return f"max({field}) {seen}"


def _lower(span: dt.timedelta) -> str:
    return f"{_AT} - interval '{_seconds(span)} seconds'"


def _upper() -> str:
    return f"{_AT} + interval '0 seconds'"


def _seconds(span: dt.timedelta) -> int:
    return span // dt.timedelta(seconds=1)
