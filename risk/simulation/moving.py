"""What of a snapshot moves with time though nothing is written: windows, links, earlier scores.

They are worked out at the snapshot's moment, by the statements that decide one customer. So a
partition in which somebody has an event or shares something is written anew at every moment; the
others hold zeros and nulls, today and tomorrow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from risk.events import windows
from risk.events.facts import Measure, Window
from risk.links import queries as links
from risk.signals.catalogue import SIGNALS, of_family
from risk.signals.derived import SCORES
from risk.signals.facts import Signal, SignalFamily, SignalType

WINDOWS = {
    name: signal.window for name, signal in of_family(SignalFamily.WINDOW).items() if signal.window
}
LINKS = tuple(
    name
    for name, signal in of_family(SignalFamily.LINKS).items()
    if signal.type is SignalType.NUMBER
)
_SECONDS_A_DAY = 86_400
_SMALL = 2**15 - 1

# Tables of which any row of a customer makes what is known of them move.
MOVING_TABLES = ("risk_event", "risk_link", "risk_linkgroup")


def columns(at: dt.datetime) -> Iterator[str]:
    """They stand on `w` and `l` of `joins` and on the customer `c`."""
    for name, window in WINDOWS.items():
        yield _bounded(SIGNALS[name], _measured(f"w.{name}", window))
    capped = " OR ".join(f"w.{name}_is_capped" for name in WINDOWS if _says_at_least(name))
    yield f"coalesce({capped}, FALSE) AS windows_are_capped"
    for name in LINKS:
        yield _bounded(SIGNALS[name], f"l.{name}")
    yield "coalesce(l.is_capped, FALSE) AS links_are_capped"
    for mark, expression in SCORES.items():
        yield f"{expression.format(at=_literal(at))} AS {mark}"


def joins(at: dt.datetime, *, first_id: int, last_id: int) -> Iterator[str]:
    given = {"at": _literal(at), "first": int(first_id), "last": int(last_id)}
    counted = windows.population_sql(windows=tuple(WINDOWS.values())) % given
    linked = links.population_sql() % given
    for alias, statement in (("w", counted), ("l", linked)):
        yield f"LEFT JOIN ({statement}) {alias} ON {alias}.customer_id = c.id"


def moves(first_id: str, last_id: str) -> str:
    """Whether anything of these customers moves; the ids are expressions."""
    return " OR ".join(
        f"EXISTS (SELECT FROM {table} m WHERE m.customer_id BETWEEN {first_id} AND {last_id})"
        for table in MOVING_TABLES
    )


def _measured(column: str, window: Window) -> str:
    is_time = window.measure is Measure.SECONDS_SINCE
    return f"floor({column} / {_SECONDS_A_DAY})" if is_time else column


def _bounded(signal: Signal, column: str) -> str:
    """As `risk.signals.rules.bounded`, in whole numbers of the last place."""
    unit = 10**signal.decimal_places
    least, greatest = int((signal.least or 0) * unit), int((signal.greatest or 0) * unit)
    scaled = f"{column} * {unit}" if signal.decimal_places else column
    otherwise = " ELSE 0" if signal.is_always_known else ""
    kind = "int2" if greatest <= _SMALL else "int8"
    return (
        f"CASE WHEN {column} IS NOT NULL THEN least(greatest({scaled}, {least}), {greatest})"
        f"{otherwise} END::{kind} AS {signal.name}"
    )


def _says_at_least(name: str) -> bool:
    return SIGNALS[name].unit != "days"


def _literal(at: dt.datetime) -> str:
    return f"'{at.astimezone(dt.UTC).isoformat()}'::timestamptz"
