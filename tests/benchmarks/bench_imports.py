"""A file of events imported by the command, beside COPY of the very same rows.

Five kinds of events in turn, of as many customers as a fifteenth of the rows: with amounts, phones
and devices, scores that move signals, everybody queued to be decided again. The other side reads
nothing and checks nothing: plain psycopg copies what the import wrote into a copy of the database
as it was before, the same tables in the same transactions' size.

`ROWS=1000000` sets the number of events (default 300,000).
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import tempfile
import time
from io import BytesIO
from pathlib import Path

import psycopg

from tests.benchmarks.database import copied_database, fill_rows, set_up_django
from tests.benchmarks.machine import print_title

ROWS = int(os.environ.get("ROWS", "300000"))
CUSTOMERS = max(ROWS // 15, 1)
BATCH = 5000
BEGAN = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=300)
MAPPING = b"""
source = "bench"
event_id = "NO"
customer = "CLIENT"
occurred_at = "AT"
kind = "KIND"
[fields]
amount_cents = "AMOUNT * 100"
days_late = "DAYS_LATE"
score = "SCORE"
phone = "PHONE"
[device]
hardware_id = "DEVICE"
"""
HEADER = "NO,CLIENT,AT,KIND,AMOUNT,DAYS_LATE,SCORE,PHONE,DEVICE\n"
TABLES = (
    "risk_eventkey", "risk_device", "risk_link", "risk_event", "risk_customersignals",
    "risk_recheck",
)  # fmt: skip


def main() -> None:
    print_title(f"imports: {ROWS:,} events of {CUSTOMERS:,} customers, {BATCH:,} a transaction")
    set_up_django()
    fill_rows(customers=CUSTOMERS)
    with tempfile.TemporaryDirectory() as folder, copied_database("floor") as floor:
        path = Path(folder) / "events.csv"
        path.write_text(HEADER + "".join(map(_line, range(ROWS))))
        _prepare_months(floor)
        took, processor = _import(path)
        alone = _copy(floor)
    _print("import_events (target ≥ 20,000 /s)", took, f"   {processor:.1f} s of its own processor")
    _print("bare COPY of the same rows", alone, f"   × {took / alone:.2f}")


def _line(number: int) -> str:
    customer = number * 7919 % CUSTOMERS + 1
    moment = BEGAN + dt.timedelta(seconds=number * 25_000_000 // ROWS)
    who = f"EV{number},B-{customer},{moment.isoformat()}"
    return (
        who
        + (
            f",application,{number % 9000},,,{13_000_000_000 + customer},HW{customer:08}\n",
            f",drawdown,{number % 9000},,,,\n",
            f",repayment_paid,{number % 900},{number % 3},,,\n",
            f",score,,,{500 + number % 300},,\n",
            f",login,,,,,HW{customer:08}\n",
        )[number % 5]
    )


def _import(path: Path) -> tuple[float, float]:
    from django.utils import timezone

    from backoffice import memory
    from compliance.ledger.facts import system
    from risk.intake import running
    from risk.intake.event_mapping import read_mapping
    from risk.intake.kinds import EVENTS

    memory.expect_great_batches()
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    done = running.import_file(
        path=path, kind=EVENTS, mapping=read_mapping(MAPPING, at=timezone.now()),
        options=running.Options(batch=BATCH), actor=system("bench"),
        progress=lambda _position, _total: None,
    )  # fmt: skip
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    if done.position.rows_written != ROWS:
        raise SystemExit(f"{done.position.rows_rejected:,} rows were rejected")
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _prepare_months(url: str) -> None:
    """The copy has no months yet, and making them is no part of either side."""
    from django.db import connections

    from risk.events import services

    moments = [BEGAN + dt.timedelta(days=day) for day in range(300)]
    services.prepare(moments=moments)
    with psycopg.connect(url) as copy, connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits "
            "JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'risk_event'::regclass"
        )
        for name, bound in cursor.fetchall():
            copy.execute(f"CREATE TABLE {name} PARTITION OF risk_event {bound}")


def _copy(url: str) -> float:
    """Rows that were there before are emptied first; referenced ones come before referencing."""
    from django.db import connection

    took = 0.0
    with psycopg.connect(url) as copy, connection.cursor() as cursor:
        copy.execute("DELETE FROM risk_customersignals")
        copy.commit()
        for table in TABLES:
            content = BytesIO()
            with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as out:
                for chunk in out:
                    content.write(chunk)
            lines = content.getvalue().splitlines(keepends=True)
            began = time.perf_counter()
            for first in range(0, len(lines), BATCH):
                with copy.cursor().copy(f"COPY {table} FROM STDIN") as into:
                    into.write(b"".join(lines[first : first + BATCH]))
                copy.commit()
            took += time.perf_counter() - began
    return took


def _print(name: str, seconds: float, rest: str) -> None:
    print(f"{name:40} {seconds:8.1f} s {ROWS / seconds:9,.0f} events/s{rest}", flush=True)


if __name__ == "__main__":
    main()
