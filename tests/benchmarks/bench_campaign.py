"""A campaign against bare SQL that writes the same rows.

Everybody was decided under one policy; another comes into force that changes one in ten. Two
worker processes apply it through the house's own campaign: locks, fence, facts, evaluation and
every row, a decision for each customer. Then two plain psycopg processes write the very same rows
into a copy of the database as it was before: COPY into a staging table, INSERT and UPDATE … FROM,
in transactions of as many customers. They read nothing, decide nothing, and know beforehand what
to write.

Beside the time of the clock stand the processor seconds of the worker processes and of their
database connections, which others on the machine disturb less.

`ROWS=1000000` sets the number of customers (default 100,000).
"""

from __future__ import annotations

import copy
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks.database import PRODUCT, copied_database, fill_rows, set_up_django
from tests.benchmarks.machine import print_title, processor_seconds

ROWS = int(os.environ.get("ROWS", "100000"))
WORKERS = 2
BATCH = 2000  # the campaign's own
READY_SECONDS = 120

# What a campaign adds: table → the rows of customers %(first)s to %(last)s, and their columns.
_SUBJECTS = "SELECT public_id FROM accounts_customer WHERE id BETWEEN %(first)s AND %(last)s"
ADDED = {
    "accounts_restriction": "customer_id BETWEEN %(first)s AND %(last)s",
    "compliance_ledgerentry": f"subject_kind = 'customer' AND subject_id IN ({_SUBJECTS})",
    "compliance_notice": f"recipient IN ({_SUBJECTS})",
    "compliance_delivery": (
        f"notice_id IN (SELECT id FROM compliance_notice WHERE recipient IN ({_SUBJECTS}))"
    ),
    "risk_decision": "customer_id BETWEEN %(first)s AND %(last)s",
}
ACCESS = (
    "id", "state", "reason_codes", "terms_limit_cents", "limit_cents", "annual_rate",
    "max_term_months", "since", "next_review_at", "decision_public_id",
)  # fmt: skip


@dataclass(frozen=True)
class Took:
    """Seconds by the clock; processor seconds of the processes and of their connections."""

    clock: float
    ours: float
    database: float

    @property
    def processor(self) -> float:
        return self.ours + self.database


def main() -> None:
    print_title(f"campaign: {ROWS:,} customers, one in ten changes, {WORKERS} workers")
    set_up_django()
    fill_rows(customers=ROWS)
    _apply("everybody decided for the first time")
    _put_stricter_policy_in_force()
    before = _last_ids()
    with (
        copied_database("one") as one,
        copied_database("many") as many,
        tempfile.TemporaryDirectory() as folder,
    ):
        took = _apply("campaign")
        columns = _export(Path(folder), before)
        alone = _floor(one, folder, columns, connections=1)
        together = _floor(many, folder, columns, connections=WORKERS)
    _print("bare SQL, the same rows, 1 connection", alone)
    _print(f"bare SQL, the same rows, {WORKERS} connections", together)
    _print("campaign (target ≤ 1.5 times as long)", took)
    _print_ratio("clock", took.clock, alone.clock, together.clock)
    _print_ratio("processor", took.processor, alone.processor, together.processor)


def _floor(url: str, folder: str, columns: dict[str, list[str]], *, connections: int) -> Took:
    firsts = range(1, ROWS + 1, BATCH)
    shares = [firsts[number::connections] for number in range(connections)]
    return _timed(_write, [(url, folder, columns, list(share)) for share in shares])


def _print(name: str, took: Took) -> None:
    print(
        f"{name:40} {took.clock:8.1f} s {ROWS / took.clock:9,.0f} customers/s   "
        f"processor {took.processor:5.1f} s ({took.ours:.1f} and {took.database:.1f} database)",
        flush=True,
    )


def _print_ratio(name: str, took: float, alone: float, together: float) -> None:
    print(f"  {name}: × {took / alone:.3f} of one and × {took / together:.3f} of {WORKERS}")


def _apply(name: str) -> Took:
    """What the workers took."""
    from django.utils import timezone

    from compliance.ledger.facts import system
    from risk.decisions import campaigns, shards
    from risk.decisions.models import Campaign

    assert shards.BATCH == BATCH
    public_id = campaigns.start(
        product_code=PRODUCT, note="benchmark", actor=system("bench"), at=timezone.now()
    ).public_id
    took = _timed(_work, [(public_id,)] * WORKERS)
    done = Campaign.objects.get(public_id=public_id)
    assert (done.state, done.customers_done, done.customers_failed) == ("finished", ROWS, 0)
    print(f"  {name}: {done.customers_changed:,} changed, {took.clock:.1f} s", flush=True)
    return took


def _put_stricter_policy_in_force() -> None:
    """Utilisation from 0.81 to 0.90, one customer in ten, is a reason to limit from now on."""
    from django.utils import timezone

    from accounts.staff.models import StaffUser
    from risk.policies import starter
    from tests.lender import publish

    content = copy.deepcopy(starter.consumer_credit())
    [rule] = [rule for rule in content["tables"][0]["rules"] if "> 0.9" in rule["inputs"]]
    rule["inputs"][rule["inputs"].index("> 0.9")] = "> 0.8"
    author, approver = StaffUser.objects.order_by("id")[:2]
    publish(PRODUCT, content, author, approver, timezone.now())


def _timed(target: Callable[..., None], given: list[tuple[Any, ...]]) -> Took:
    """From when every process is ready until the last one is done."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Barrier(len(given) + 1), context.Event()
    spent = context.Queue()
    workers = [context.Process(target=target, args=(ready, go, spent, *each)) for each in given]
    for worker in workers:
        worker.start()
    ready.wait(timeout=READY_SECONDS)
    began = time.perf_counter()
    go.set()
    for worker in workers:
        worker.join()
    clock = time.perf_counter() - began
    assert all(worker.exitcode == 0 for worker in workers)
    ours, database = zip(*(spent.get() for _worker in workers), strict=True)
    return Took(clock, sum(ours), sum(database))


@contextmanager
def _spent(spent: Any, backend: int) -> Iterator[None]:
    """Puts down the processor seconds of this process and of its database connection."""
    ours, database = time.process_time(), processor_seconds(backend)
    yield
    spent.put((time.process_time() - ours, processor_seconds(backend) - database))


def _work(ready: Any, go: Any, spent: Any, public_id: str) -> None:
    set_up_django()
    from django.db import connection

    from backoffice.lib import clock
    from backoffice.memory import keep_what_is_loaded
    from risk.decisions import shards
    from risk.decisions.facts import Turn

    connection.ensure_connection()
    keep_what_is_loaded()  # as a worker does when it begins
    ready.wait(timeout=READY_SECONDS)
    go.wait()
    with _spent(spent, connection.connection.info.backend_pid):
        while shards.run_batch(public_id=public_id, at=clock.now()) is Turn.DECIDED:
            pass


def _last_ids() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        found = {}
        for table in ADDED:
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


def _export(folder: Path, before: dict[str, int]) -> dict[str, list[str]]:
    """The rows of each batch as COPY text, a file a table; returns the tables' columns."""
    from django.db import connection

    with connection.cursor() as cursor:
        columns = {"accounts_access": list(ACCESS)}
        for table in ADDED:
            cursor.execute(f"SELECT * FROM {table} LIMIT 0")
            columns[table] = [column.name for column in cursor.description]
    with psycopg.connect(os.environ["DATABASE_URL"]) as source:
        for table, names in columns.items():
            where = ADDED.get(table)
            rows = "id BETWEEN %(first)s AND %(last)s" if where is None else (
                f"id > {before[table]} AND {where}"
            )  # fmt: skip
            statement = f"COPY (SELECT {', '.join(names)} FROM {table} WHERE {rows}) TO STDOUT"
            for first in range(1, ROWS + 1, BATCH):
                given = {"first": first, "last": first + BATCH - 1}
                with (
                    (folder / f"{table}.{first}").open("wb") as file,
                    source.cursor().copy(statement, given) as rows_out,
                ):
                    for block in rows_out:
                        file.write(block)
        with (
            (folder / "campaign").open("wb") as file,
            source.cursor().copy(
                "COPY (SELECT * FROM risk_campaign ORDER BY id DESC LIMIT 1) TO STDOUT"
            ) as rows_out,
        ):
            for block in rows_out:
                file.write(block)
    return columns


def _write(
    ready: Any,
    go: Any,
    spent: Any,
    url: str,
    folder: str,
    columns: dict[str, list[str]],
    firsts: list[int],
) -> None:
    with psycopg.connect(url) as connection:
        cursor = connection.cursor()
        _copy(cursor, "staged_campaign", Path(folder) / "campaign", like="risk_campaign")
        cursor.execute("INSERT INTO risk_campaign SELECT * FROM staged_campaign "
                       "ON CONFLICT DO NOTHING")  # fmt: skip
        connection.commit()
        for table, names in columns.items():
            cursor.execute(f"CREATE TEMPORARY TABLE staged_{table} AS "
                           f"SELECT {', '.join(names)} FROM {table} LIMIT 0")  # fmt: skip
        connection.commit()
        ready.wait(timeout=READY_SECONDS)
        go.wait()
        with _spent(spent, connection.info.backend_pid):
            for first in firsts:
                for table, names in columns.items():
                    _stage(cursor, table, Path(folder) / f"{table}.{first}")
                    _move(cursor, table, ", ".join(names))
                connection.commit()


def _stage(cursor: psycopg.Cursor[Any], table: str, file: Path) -> None:
    cursor.execute(f"TRUNCATE staged_{table}")
    with cursor.copy(f"COPY staged_{table} FROM STDIN") as rows_in:
        rows_in.write(file.read_bytes())


def _copy(cursor: psycopg.Cursor[Any], staged: str, file: Path, *, like: str) -> None:
    cursor.execute(f"CREATE TEMPORARY TABLE {staged} (LIKE {like})")
    with cursor.copy(f"COPY {staged} FROM STDIN") as rows_in:
        rows_in.write(file.read_bytes())


def _move(cursor: psycopg.Cursor[Any], table: str, names: str) -> None:
    if table == "accounts_access":
        changed = ", ".join(f"{name} = staged.{name}" for name in ACCESS[1:])
        cursor.execute(
            f"UPDATE accounts_access AS stored SET {changed} "
            "FROM staged_accounts_access AS staged WHERE stored.id = staged.id"
        )
    else:
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM staged_{table}")


if __name__ == "__main__":
    main()
