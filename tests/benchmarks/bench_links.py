"""Links at 1,000,000 customers and 3,000,000 edges: a customer's surroundings read live, and
everybody's groups worked out.

A device is shared by 50,000 customers, households of three share an address, employers follow
Zipf's law (the largest has tens of thousands of customers); every fiftieth customer is shut out.
The other side is, for reading, one row by its key in the same loop; for groups, components alone
of the same links in plain Python.
"""

from __future__ import annotations

import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.benchmarks.database import PUBLIC_ID_SQL, set_up_django
from tests.benchmarks.machine import print_title

CUSTOMERS = int(os.environ.get("BENCH_LINKS_CUSTOMERS", "1000000"))
HOT = CUSTOMERS // 20
ROUNDS = 2000
SPAN = 20_000

_PEOPLE = f"""
INSERT INTO accounts_customer
    (id, public_id, reference, employment_status, language, created_at, changed_at)
SELECT n, {PUBLIC_ID_SQL.format(n="n")}, 'B-' || n, 'employed', 'zh-hans', now(), now()
FROM generate_series(1, %(customers)s) AS n
"""
_LINKS = """
INSERT INTO risk_link (customer_id, kind, key, times, first_seen_at, last_seen_at)
SELECT n, kind, decode(md5(kind || thing), 'hex'), 1,
    now() - (9 + n %% 300) * interval '1 day', now() - (n %% 90) * interval '1 hour'
FROM generate_series(1, %(customers)s) AS n,
    LATERAL (VALUES
        ('device', CASE WHEN n %% 10 = 0 THEN n / 30 ELSE -n END),
        ('address', CASE WHEN n %% 5 < 3 THEN n / 3 ELSE -n END),
        ('employer', floor(exp(12.9 * (hashtext('e' || n) & 1048575) / 1048576))::bigint)
    ) AS has (kind, thing)
"""
_HOT = """
INSERT INTO risk_link (customer_id, kind, key, times, first_seen_at, last_seen_at)
SELECT n, 'device', decode(md5('hot'), 'hex'), 1, now() - interval '9 days', now()
FROM generate_series(1, %(hot)s) AS n
"""
_CLOSED = """
INSERT INTO accounts_restriction (public_id, customer_id, product_id, reason_id, source, effect,
    started_at, started_by, lifted_by, note)
SELECT 'rst_' || n, n, (SELECT min(id) FROM accounts_product),
    (SELECT min(id) FROM compliance_reason), 'operator', 'CLOSED', now(), 'bench', '', ''
FROM generate_series(50, %(customers)s, 50) AS n
"""


def main() -> None:
    set_up_django()
    fill()
    print_title(f"surroundings of one of {CUSTOMERS:,} customers, {ROUNDS:,} each, milliseconds")
    row = _times(_row, 1, CUSTOMERS)
    _print_times("a row by its key", row)
    _print_times("anybody (target p99 ≤ 1)", _times(_facts, HOT + 1, CUSTOMERS), row)
    hot = _times(_facts, 1, HOT)
    _print_times(f"who is on a device of {HOT:,} (target p99 ≤ 1)", hot, row)
    _print_population()
    _print_groups()


def fill() -> None:
    """Once a database."""
    from django.db import connection

    from accounts.access.models import Product
    from tests.lender import build_lender

    if Product.objects.exists():
        return
    build_lender()
    with connection.cursor() as cursor:
        for statement in (_PEOPLE, _LINKS, _HOT, _CLOSED):
            cursor.execute(statement, {"customers": CUSTOMERS, "hot": HOT})
        for table in ("accounts_customer", "risk_link", "accounts_restriction"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def _row(customer_id: int) -> None:
    from backoffice.lib import bulk

    bulk.read("SELECT reference FROM accounts_customer WHERE id = %(id)s", {"id": customer_id})


def _facts(customer_id: int) -> None:
    from django.utils import timezone

    from risk.links import queries

    queries.facts_for(customer_id=customer_id, at=timezone.now())


def _times(call: Callable[[int], None], first: int, last: int) -> list[float]:
    chance, found = random.Random(7), []
    for number in range(ROUNDS + 200):
        began = time.perf_counter()
        call(chance.randint(first, last))
        if number >= 200:
            found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


def _print_times(name: str, times: Sequence[float], against: Sequence[float] = ()) -> None:
    half, most = times[len(times) // 2], times[len(times) * 99 // 100]
    text = f"{name:52} p50 {half:7.3f}   p99 {most:7.3f}"
    if against:
        text += f"   × {half / against[len(against) // 2]:.1f}"
    print(text, flush=True)


def _print_population() -> None:
    """What a snapshot would read: everybody, by a span of ids."""
    from django.utils import timezone

    from backoffice.lib import bulk
    from risk.links import queries

    asked = {"first": HOT + 1, "last": HOT + SPAN, "at": timezone.now()}
    began = time.perf_counter()
    rows = bulk.read(queries.population_sql(), asked)
    rate = len(rows) / (time.perf_counter() - began)
    print(f"{'everybody, by spans of ids':52} {rate:9,.0f} customers/s", flush=True)


def _print_groups() -> None:
    """Wall and processor seconds of this process for one whole run, twice."""
    from backoffice.lib import clock
    from risk.links import arrays, grouping

    print_title(f"groups of {CUSTOMERS:,} customers, seconds (target ≤ 60 on 2 cores)")
    for name in ("first run, every row new", "second run, nothing changed"):
        wall, busy = time.perf_counter(), time.process_time()
        run = grouping.group_customers(now=clock.now)
        assert run is not None
        _print_run(name, run, time.perf_counter() - wall, time.process_time() - busy)
    print(f"{'most memory of the process':52} {_mebibytes():,} MiB", flush=True)
    edges = arrays.read(grouping._EDGES, columns=2)
    ours = _busy(_communities, edges)
    theirs = _busy(_plain_components, edges)
    print(f"{'components and communities, links in memory':52} {ours:6.1f} s", flush=True)
    print(f"{'components alone in plain Python':52} {theirs:6.1f} s   × {theirs / ours:.1f}")


def _communities(edges: list[Any]) -> None:
    from risk.links import communities, neighbours

    most = neighbours.SHARED_AT_MOST
    communities.grouped(customers=edges[0], things=edges[1], shared_at_most=most)


def _plain_components(edges: list[Any]) -> None:
    """Union-find with path halving."""
    above: dict[tuple[str, int], tuple[str, int]] = {}

    def top(one: tuple[str, int]) -> tuple[str, int]:
        above.setdefault(one, one)
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for customer, thing in zip(edges[0].tolist(), edges[1].tolist(), strict=True):
        above[top(("customer", customer))] = top(("thing", thing))


def _busy(call: Callable[[list[Any]], None], edges: list[Any]) -> float:
    """Processor seconds: the wall clock of a shared machine says more about its neighbours."""
    began = time.process_time()
    call(edges)
    return time.process_time() - began


def _print_run(name: str, run: Any, wall: float, busy: float) -> None:
    print(f"{name:52} {wall:6.1f} s   of its processor {busy:6.1f} s", flush=True)
    print(
        f"  {run.edges:,} links, {run.hot_things:,} hot things left out, {run.customers:,} "
        f"customers in {run.components:,} components and {run.communities:,} communities",
        flush=True,
    )


def _mebibytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
