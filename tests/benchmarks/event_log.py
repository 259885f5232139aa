"""A log of events for benchmarks: 37 months, many customers with few events, some hot subjects."""

from __future__ import annotations

import datetime as dt

AT = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
MONTHS = 37
CUSTOMERS_A_DEVICE = 50_000
HOT = 1  # the id of the customer with a tenth of all events within a year, and of the hot device

# Ordinary events lie anywhere in three years; about every second sign-in of the first fifty
# thousand customers is on one device, from one address.
_EVENTS = """
INSERT INTO risk_event (event_id, kind, customer_id, occurred_at, amount_cents, device_id,
                        phone_key, address_key, detail)
SELECT 'B-' || n, kind, owner, %(at)s::timestamptz - age * interval '1 second',
       CASE WHEN kind IN ('drawdown', 'repayment_paid', 'application') THEN hash %% 1000000 END,
       CASE WHEN kind IN ('login', 'application')
            THEN CASE WHEN is_shared THEN 1 ELSE owner END END,
       CASE WHEN kind IN ('contact', 'application') THEN int8send(owner / 2) END,
       CASE WHEN kind IN ('contact', 'application')
            THEN int8send(CASE WHEN is_shared THEN 1 ELSE owner END) END,
       '{}'
FROM (
    SELECT n, hash, owner, owner <= %(sharing)s AND hash / 11 %% 2 = 0 AS is_shared,
           ('{login,login,login,login,login,application,application,drawdown,repayment_due,'
            'repayment_paid,score,contact}'::text[])[1 + hash %% 12] AS kind,
           (1 - n::float8 / %(rows)s) * 86400 * CASE owner WHEN 1 THEN 365 ELSE 1090 END AS age
    FROM (
        SELECT n, hash, CASE n %% 10 WHEN 0 THEN 1 ELSE 2 + hash / 37 %% %(customers)s END AS owner
        FROM (
            SELECT n, abs(hashint8(n)::bigint) AS hash FROM generate_series(1, %(rows)s::int) AS n
        ) AS numbered
    ) AS owned
) AS made
"""
_INDEXES = """
SELECT indexname, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes
WHERE tablename = 'risk_event' AND indexname <> 'risk_event_pkey'
"""


def fill(*, rows: int) -> int:
    """Effects: months, customers, events; indexes are built afterwards. Returns how many customers.

    Needs a superuser: no foreign key is looked at while it fills.
    """
    from django.db import connection, transaction

    from risk.events import partitions
    from risk.events.rules import month_of, shifted
    from tests.benchmarks.database import _CUSTOMERS

    first = shifted(month_of(AT), 1 - MONTHS)
    with transaction.atomic():
        partitions.ensure(months=[shifted(first, number) for number in range(MONTHS)])
    customers = max(rows // 10, 1_000)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(_CUSTOMERS, [customers + 1])
        cursor.execute(_INDEXES)
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        given = {"rows": rows, "customers": customers, "sharing": CUSTOMERS_A_DEVICE, "at": AT}
        cursor.execute(_EVENTS, given)
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE risk_event")
        cursor.execute("VACUUM ANALYZE accounts_customer")
    return customers
