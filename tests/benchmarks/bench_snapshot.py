"""Snapshots against a raw binary COPY of the same rows, and what a second snapshot costs.

Both sides read the same statement in the same database, one partition after the other; what COPY
gives is thrown away, the snapshot's rows become Parquet, on the disk and hashed. Rounds alternate.
"""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.database import set_up_django
from tests.benchmarks.machine import print_rate, print_title

CUSTOMERS = 1_000_000
ROUNDS = 3


def main() -> None:
    set_up_django()
    from django.conf import settings

    customers = _filled()
    print_title(f"snapshot of {customers:,} customers, {ROUNDS} rounds")
    copied, taken = [], []
    for _round in range(ROUNDS):
        copied.append(customers / _timed(_copy))
        with tempfile.TemporaryDirectory() as folder:
            settings.SNAPSHOT_DIR = Path(folder)
            taken.append(customers / _timed(_take))
    print_rate("customers, raw binary COPY thrown away", copied)
    print_rate("customers, snapshot (target ≥ 0.77)", taken, against=copied)
    _again()
    print(f"memory of this process at most {_peak_mib():,} MiB", flush=True)


def _filled() -> int:
    """How many customers there are: those another benchmark left, or so many with signals."""
    from django.db import connection

    from accounts.access.models import Product
    from accounts.customers.models import Customer
    from tests.benchmarks.database import _ACCESS, _CUSTOMERS, _SIGNALS, _VERIFIED
    from tests.lender import build_lender

    if not Product.objects.exists():
        build_lender()
        with connection.cursor() as cursor:
            for statement in (_CUSTOMERS, _SIGNALS, _VERIFIED, _ACCESS):
                cursor.execute(statement, [CUSTOMERS])
            cursor.execute("VACUUM ANALYZE")
    return Customer.objects.count()


def _copy() -> None:
    """What PostgreSQL gives at most on one connection: nothing is kept of it."""
    from django.db import connection

    from backoffice.lib import clock
    from risk.simulation.layout import Layout
    from risk.simulation.snapshots import PARTITION_SPAN

    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code FROM accounts_product ORDER BY id")
        products = tuple(cursor.fetchall())
        cursor.execute("SELECT max(id) FROM accounts_customer")
        for first in range(1, cursor.fetchone()[0] + 1, PARTITION_SPAN):
            layout = Layout(products, clock.now())
            statement = layout.select(first_id=first, last_id=first + PARTITION_SPAN - 1)
            with cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT binary)") as rows:
                for _block in rows:
                    pass


def _take() -> Any:
    from django.utils import timezone

    from compliance.ledger.facts import system
    from risk.simulation import queries, snapshots

    asked = snapshots.request(note="bench", actor=system("bench"), at=timezone.now())
    assert snapshots.take(public_id=asked.public_id, now=timezone.now)
    return queries.snapshot(public_id=asked.public_id)


def _again() -> None:
    """The first, one in which nothing changed, one in which one customer did."""
    from django.conf import settings
    from django.utils import timezone

    from risk.signals import services

    with tempfile.TemporaryDirectory() as folder:
        settings.SNAPSHOT_DIR = Path(folder)
        first = _timed(_take)
        same = median([_timed(_take) for _round in range(ROUNDS)])
        observed = timezone.now() + timedelta(seconds=1)
        services.write(customer_id=1, values={"score": 555}, observed_at=observed)
        changed = _timed(_take)
        taken = _take()
        print(f"first {first:.2f} s; nothing changed {same:.2f} s; one customer {changed:.2f} s")
        print(f"{taken.bytes / taken.customers:.0f} bytes a customer in {taken.partitions} files")


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
