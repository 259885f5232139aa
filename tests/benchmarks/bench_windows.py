"""Eight counts of one customer, from ROWS events in 37 months, hot subjects included.

`ROWS=10000000 make bench BENCH=windows`; PLANS=1 prints the plans too. Beside the counts run a bare
statement on the same connection, which is the floor of any answer, and the same counts as exact
ranges without a cap, one by one. Rounds of the three alternate. Time on the clock grows with what
else the machine is doing; processor time, of both processes, hardly does.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.database import set_up_django
from tests.benchmarks.event_log import AT, CUSTOMERS_A_DEVICE, HOT, fill
from tests.benchmarks.machine import print_title

ROWS = int(os.environ.get("ROWS", "1000000"))
ROUNDS, CALLS, CALLS_UNCAPPED = 5, 400, 20
ORDINARY = 200  # customers, asked for in turn
POPULATION = 250_000
DAY = dt.timedelta(days=1)

Side = Callable[[int], Any]


def main() -> None:
    set_up_django()
    from risk.events.facts import EventKind, Subject

    application, drawdown, login = EventKind.APPLICATION, EventKind.DRAWDOWN, EventKind.LOGIN
    own = _counts(Subject.CUSTOMER, application, (1, 7, 30, 90))
    own += _counts(Subject.CUSTOMER, drawdown, (30, 365)) + _counts(Subject.DEVICE, login, (1, 30))
    shared = [
        window
        for subject in Subject
        for window in _counts(subject, login if subject is Subject.DEVICE else application, (7, 30))
    ]
    who = _filled()
    head = f"milliseconds a call, medians of {ROUNDS} rounds"
    print(f"{head:44} clock p50       p99 proc. p50       p99")
    for title, windows in (("own and device", own), ("all four subjects", shared)):
        for name, ids in who.items():
            print(f"{title}, {name}")
            _measure(windows, ids)
    _population({window.name: window for window in own + shared})
    if os.environ.get("PLANS"):
        for customer_id in (who["ordinary customers"][0], HOT):
            _print_plan(own, customer_id)


def _filled() -> dict[str, list[int]]:
    """Whom to ask for."""
    began = time.perf_counter()
    customers = fill(rows=ROWS)
    print_title(f"windows over {ROWS:,} events of {customers:,} customers in 37 months")
    print(f"filled in {time.perf_counter() - began:.0f} s; {_size()}", flush=True)
    first = min(CUSTOMERS_A_DEVICE, customers // 2)  # those before may share the hot device
    chance = random.Random(1)
    return {
        "ordinary customers": [chance.randrange(first, customers) for _ in range(ORDINARY)],
        "hot customer": [HOT],
        "customer of the hot device": [_on_hot_device()],
    }


def _counts(subject: Any, kind: Any, days: Sequence[int]) -> list[Any]:
    from risk.events.facts import Measure, Window

    return [
        Window(f"{subject}_{kind}s_{span}d", subject, (kind,), Measure.COUNT, span * DAY)
        for span in days
    ]


def _measure(windows: Sequence[Any], ids: Sequence[int]) -> None:
    from backoffice.lib import bulk
    from risk.events.windows import values_for_many

    exact, given = _uncapped(windows)
    sides: dict[str, tuple[int, Side]] = {
        "eight counts": (
            CALLS, lambda one: values_for_many(customer_ids=[one], windows=windows, at=AT)
        ),
        "uncapped, one by one": (
            CALLS_UNCAPPED, lambda one: bulk.read(exact, {"customer_id": one, **given})
        ),
        "a bare statement": (CALLS, lambda one: bulk.read("SELECT %(one)s::bigint", {"one": one})),
    }  # fmt: skip
    for calls, side in sides.values():
        for call in range(min(calls, 240)):
            side(ids[call % len(ids)])  # plans settle, pages are read
    rounds: dict[str, list[list[float]]] = {name: [] for name in sides}
    for _round in range(ROUNDS):
        for name, (calls, side) in sides.items():
            taken = [_milliseconds(side, ids[call % len(ids)]) for call in range(calls)]
            columns = [sorted(column) for column in zip(*taken, strict=True)]
            parts = [column[calls * part // 100] for column in columns for part in (50, 99)]
            rounds[name].append(parts)
    for name, found in rounds.items():
        columns = [median(column) for column in zip(*found, strict=True)]
        print(f"  {name:41} " + " ".join(f"{value:9.3f}" for value in columns), flush=True)


def _uncapped(windows: Sequence[Any]) -> tuple[str, dict[str, dt.datetime]]:
    """As one would first write it; the thing of the customer is looked up for each count."""
    from risk.events.facts import Subject
    from risk.events.window_rules import KEY

    counts = []
    for window in windows:
        key, owner = KEY[window.subject], "%(customer_id)s::bigint"
        if window.subject is not Subject.CUSTOMER:
            owner = (
                f"(SELECT {key} FROM risk_event WHERE customer_id = {owner} AND {key} IS NOT NULL "
                "AND occurred_at <= %(at)s ORDER BY occurred_at DESC LIMIT 1)"
            )
        counts.append(
            f"(SELECT count(*) FROM risk_event WHERE {key} = {owner} AND kind = '{window.kinds[0]}'"
            f" AND occurred_at > %(low_{window.span.days})s AND occurred_at <= %(at)s)"
        )
    lows = {f"low_{window.span.days}": AT - window.span for window in windows}
    return f"SELECT {', '.join(counts)}", {"at": AT, **lows}


def _population(windows: dict[str, Any]) -> None:
    from django.db import connection

    from risk.events.windows import population_sql

    statement = population_sql(windows=list(windows.values()))
    sums = ", ".join(f"sum({name})" for name in windows)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        given = {"at": AT, "first": 1, "last": POPULATION}
        cursor.execute(f"SELECT count(*), {sums} FROM ({statement}) AS told", given)
        rows = cursor.fetchone()[0]
    seconds = time.perf_counter() - began
    print(
        f"population_sql, {len(windows)} windows of {rows:,} customers: {seconds:.1f} s", flush=True
    )


def _print_plan(windows: Sequence[Any], customer_id: int) -> None:
    from django.db import connection

    from risk.events import windows as sql

    lows = {sql._low_name(window.span): AT - window.span for window in windows}
    given = {"customer_ids": [customer_id], "at": AT, **lows}
    explain = "EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF) "
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")  # as after five runs
        cursor.execute(explain + sql._statement(tuple(windows)), given)
        print_title(f"plan for customer {customer_id}")
        print("\n".join(row[0] for row in cursor.fetchall()), flush=True)
        cursor.execute("RESET plan_cache_mode")


def _on_hot_device() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM risk_event WHERE device_id = %s AND kind = 'login' "
            "AND customer_id <> %s ORDER BY occurred_at DESC LIMIT 1", [HOT, HOT],
        )  # fmt: skip
        return int(cursor.fetchone()[0])


def _size() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_size_pretty(sum(pg_table_size(relid))), "
            "pg_size_pretty(sum(pg_indexes_size(relid))) FROM pg_partition_tree('risk_event')"
        )
        table, indexes = cursor.fetchone()
    return f"table {table}, indexes {indexes}"


def _milliseconds(side: Side, one: int) -> tuple[float, float]:
    """On the clock, and of the processor: here and in the server's process."""
    from django.db import connection

    server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    worked, began = _worked(server), time.perf_counter()
    side(one)
    ended = time.perf_counter()
    return (ended - began) * 1000, (_worked(server) - worked) / 1e6


def _worked(server: Path) -> int:
    """Nanoseconds so far; of the server only where its process can be seen."""
    theirs = int(server.read_text().split()[0]) if server.exists() else 0
    return time.thread_time_ns() + theirs


if __name__ == "__main__":
    main()
