"""A database for benchmarks: made on the server in use, filled, dropped afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from backoffice.embedded import services

NAME = "sluice_benchmark"
PRODUCT = "flex-credit"


@contextmanager
def fresh_database(root: Path) -> Iterator[str]:
    """A migrated, empty database; yields its URL. Effects: starts the embedded server if needed."""
    server = os.environ.get("DATABASE_URL") or services.database_url(project_root=root)
    parts = urlsplit(server)
    url = urlunsplit(parts._replace(path=f"/{NAME}"))
    _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}")
    try:
        environment = {**os.environ, "SLUICE_MODE": "demo", "DATABASE_URL": url}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=root, env=environment, check=True)
        yield url
    finally:
        _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)")


def _run(server: str, *statements: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement).format(sql.Identifier(NAME)))


def public_id(number: int) -> str:
    """The id that customer `number` was given by `fill`."""
    digits = f"{number:026d}".translate(str.maketrans("0123456789", "abcdefghij"))
    return f"cus_{digits}"


PUBLIC_ID_SQL = "('cus_' || translate(lpad(({n})::text, 26, '0'), '0123456789', 'abcdefghij'))"

_CUSTOMERS = f"""
INSERT INTO accounts_customer
    (id, public_id, reference, employment_status, language, created_at, changed_at)
SELECT n, {PUBLIC_ID_SQL.format(n="n")}, 'B-' || n, 'employed', 'zh-hans', now(), now()
FROM generate_series(1, %s) AS n
"""
_SIGNALS = """
INSERT INTO risk_customersignals
    (customer_id, score, utilisation, months_late_now, months_late_max_6m, payment_ratio_6m,
     age_years, applications_7d, applications_30d, applications_90d, score_observed_at,
     utilisation_observed_at, months_late_now_observed_at, months_late_max_6m_observed_at,
     payment_ratio_6m_observed_at, age_years_observed_at, applications_7d_observed_at,
     applications_30d_observed_at, applications_90d_observed_at)
SELECT n, 560 + n %% 200, (n %% 100) / 100.0, n %% 7 / 5, n %% 5 / 4, 0.4, 22 + n %% 45, 0, n %% 6,
       n %% 9, now(), now(), now(), now(), now(), now(), now(), now(), now()
FROM generate_series(1, %s) AS n
"""
_VERIFIED = """
INSERT INTO accounts_verification
    (customer_id, status, name_comparison, id_number_comparison, phone_comparison, changed_at)
SELECT n, 'verified', 'match', 'match', CASE n %% 20 WHEN 0 THEN 'differs' ELSE 'match' END, now()
FROM generate_series(1, %s) AS n
"""
_ACCESS = """
INSERT INTO accounts_access (id, customer_id, product_id, reason_codes, decision_public_id)
SELECT n, n, (SELECT id FROM accounts_product), '[]'::jsonb, '' FROM generate_series(1, %s) AS n
"""


def fill(*, customers: int) -> None:
    """The same as `fill_rows`, and each customer decided once."""
    from django.utils import timezone

    from compliance.ledger.facts import system
    from risk.decisions.models import DecisionTrigger
    from risk.decisions.services import decide

    if not fill_rows(customers=customers):
        return
    for number in range(1, customers + 1):
        decide(
            customer_public_id=public_id(number), product_code=PRODUCT,
            trigger=DecisionTrigger.REQUEST, actor=system("bench"), at=timezone.now(),
        )  # fmt: skip


def fill_rows(*, customers: int) -> bool:
    """A lender with the starter policy live, and customers 1 … n with signals, undecided; False
    when that was done before.

    Row ids are the customers' numbers, so that an SQL script can name any row.
    """
    from django.db import connection

    from accounts.access.models import Product
    from tests.lender import build_lender

    if Product.objects.exists():
        return False
    build_lender()
    with connection.cursor() as cursor:
        for statement in (_CUSTOMERS, _SIGNALS, _VERIFIED, _ACCESS):
            cursor.execute(statement, [customers])
        cursor.execute("ANALYZE")
    return True


@contextmanager
def copied_database() -> Iterator[str]:
    """A copy of the benchmark's database as it is now; yields its URL."""
    from django.db import connection

    connection.close()  # a database in use cannot be copied
    url, name = os.environ["DATABASE_URL"], f"{NAME}_copy"
    server = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(server, autocommit=True) as maker:
        maker.execute(drop)
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        maker.execute(made.format(sql.Identifier(name), sql.Identifier(NAME)))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as maker:
            maker.execute(drop)


def set_up_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    django.setup()
