"""The months of the log: made before they are needed, set aside after their retention.

A month is a UTC month and a table of its own, `risk_event_2026_06`. PostgreSQL refuses an event of
a month that has none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

import pgtrigger
import structlog
from django.db import connection, transaction

from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from risk.events.rules import begins, month_of, oldest_kept, shifted

log = structlog.get_logger(__name__)

MONTHS_AHEAD = 3
KEYS_AT_ONCE = 10_000
# Nobody's clock is a day wrong: a month that is set aside holds nothing a door would still take.
MARGIN = dt.timedelta(days=1)

_TABLE = "risk_event"
_NAME = re.compile(rf"{_TABLE}_(\d{{4}})_(\d{{2}})")
_LOCK = 7_216_041  # of whoever makes months
_ASIDE_LOCK = 7_216_042  # of whoever sets them aside, held by the session: no transaction may be
# Attaching a month waits for transactions that write customers, and holds up new ones while it
# waits: rather fail, and be tried again.
_WAIT_AT_MOST = "3s"
_ATTACHED = """
SELECT months.relname FROM pg_inherits
JOIN pg_class AS months ON months.oid = pg_inherits.inhrelid
WHERE pg_inherits.inhparent = 'risk_event'::regclass AND NOT pg_inherits.inhdetachpending
"""
_PENDING = """
SELECT months.relname FROM pg_inherits
JOIN pg_class AS months ON months.oid = pg_inherits.inhrelid
WHERE pg_inherits.inhparent = 'risk_event'::regclass AND pg_inherits.inhdetachpending
"""
_STANDING_ALONE = """
SELECT relname FROM pg_class
WHERE relname ~ '^risk_event_[0-9]{4}_[0-9]{2}$' AND relkind = 'r' AND NOT relispartition
  AND pg_table_is_visible(oid)
ORDER BY relname
"""
_FORGET_KEYS = """
DELETE FROM risk_eventkey WHERE event_id IN (
    SELECT event_id FROM risk_eventkey WHERE occurred_at < %s ORDER BY occurred_at LIMIT %s
)
"""


def months_there() -> set[dt.date]:
    """The months that take events. One query."""
    return {_month_named(name) for name in _names(_ATTACHED)}


@step
def ensure(*, months: Iterable[dt.date]) -> int:
    """Every one of these months takes events; returns how many had to be made.

    Effects: a read when all are there. Otherwise an advisory lock until the end of the
    transaction, tables, and a lock on customers that lets nobody write one until then: call it in
    a short transaction of its own. Raises: OperationalError (somebody wrote customers for too
    long; try again). Events go on being written meanwhile.
    """
    if not (wanted := set(months) - months_there()):
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        missing = sorted(wanted - months_there())
        cursor.execute(
            "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, TRUE)",
            [_WAIT_AT_MOST],
        )
        [before, _now] = cursor.fetchone()
        for month in missing:
            _make(month)
        cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", [before])
    return len(missing)


@entry
def make_ahead(*, actor: Actor, at: dt.datetime) -> int:
    """This month and the next ones are there. Effects: a ledger entry when one was not."""
    months = [shifted(month_of(at), ahead) for ahead in range(MONTHS_AHEAD + 1)]
    made = ensure(months=months)
    if made:
        ledger.record(
            actor=actor, action="events.months_made", subject=("events", months[-1].isoformat()),
            detail={"months": made}, at=at,
        )  # fmt: skip
    return made


def set_aside(*, retention_months: int, actor: Actor, at: dt.datetime) -> list[str]:
    """Take months past their retention out of the log; returns the names of their tables.

    The tables stay, renamed to `risk_event_detached_…`, for an operator to archive and drop.
    Effects: detaches without holding up anybody who reads or writes, each month on its own: no
    transaction may be open. Killed anywhere, the next call finishes it; while one is at it, others
    do nothing. Ledger entries.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ASIDE_LOCK])
        if cursor.fetchone() != (True,):
            return []
        try:
            return _set_aside(retention_months, actor, at)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ASIDE_LOCK])


def _set_aside(retention_months: int, actor: Actor, at: dt.datetime) -> list[str]:
    first = month_of(oldest_kept(at=at, retention_months=retention_months) - MARGIN)
    for name in _names(_PENDING):
        _run(f"ALTER TABLE {_TABLE} DETACH PARTITION {name} FINALIZE")
    for month in sorted(each for each in months_there() if each < first):
        _run(f"ALTER TABLE {_TABLE} DETACH PARTITION {_name(month)} CONCURRENTLY")
    return [_put_away(name, actor=actor, at=at) for name in _names(_STANDING_ALONE)]


def forget_keys(*, retention_months: int, at: dt.datetime) -> int:
    """Delete the ids of events of months that are no longer kept; returns how many.

    Effects: one short transaction for every ten thousand. Such an event cannot come again: it is
    too old.
    """
    before = begins(month_of(oldest_kept(at=at, retention_months=retention_months) - MARGIN))
    forgotten = 0
    while True:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(_FORGET_KEYS, [before, KEYS_AT_ONCE])
            deleted: int = cursor.rowcount
        forgotten += deleted
        if deleted < KEYS_AT_ONCE:
            return forgotten


@entry
def _put_away(name: str, *, actor: Actor, at: dt.datetime) -> str:
    kept = _free_name(name.replace(_TABLE, f"{_TABLE}_detached"))
    _run(f"ALTER TABLE {name} RENAME TO {kept}")
    # Detaching took the log's own row trigger away.
    _run(
        f"CREATE TRIGGER no_update_or_delete BEFORE UPDATE OR DELETE ON {kept} "
        f"FOR EACH ROW EXECUTE FUNCTION {_function('no_update_or_delete')}()"
    )
    ledger.record(
        actor=actor, action="events.month_detached",
        subject=("events", _month_named(name).isoformat()), detail={"table": kept}, at=at,
    )  # fmt: skip
    log.info("events_month_detached", table=kept)
    return kept


def _make(month: dt.date) -> None:
    name = _name(month)
    first, end = begins(month).isoformat(), begins(shifted(month, 1)).isoformat()
    # CREATE TABLE … PARTITION OF would lock out everybody who reads or writes events.
    _run(f"CREATE TABLE {name} (LIKE {_TABLE} INCLUDING ALL)")
    _run(f"ALTER TABLE {_TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{end}')")
    # A month inherits what guards its rows, not what guards it as a whole.
    _run(
        f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {name} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_function('no_truncate')}()"
    )


def _function(trigger: str) -> str:
    [(model, registered)] = pgtrigger.registered(f"risk.Event:{trigger}")
    return str(registered.get_pgid(model))


def _free_name(name: str) -> str:
    """A month may have been made, filled and set aside before."""
    taken = set(_names("SELECT relname FROM pg_class WHERE relname LIKE 'risk_event_detached%'"))
    names = [name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)


def _run(statement: str) -> None:
    """Names are made from dates here, never from input."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _names(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()]


def _name(month: dt.date) -> str:
    return f"{_TABLE}_{month:%Y_%m}"


def _month_named(name: str) -> dt.date:
    found = _NAME.fullmatch(name)
    if found is None:
        raise LookupError(f"{name} is no month of {_TABLE}")
    return dt.date(int(found[1]), int(found[2]), 1)
