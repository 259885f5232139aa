"""Lists of growing tables in the console: database time of any page, beside COUNT(*) and OFFSET.

`make bench BENCH=lists ROWS=10000000` takes some minutes to fill; the default is a million rows
a table. Every query is the one the console sent, run again under EXPLAIN (ANALYZE).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.benchmarks.database import fill, set_up_django
from tests.benchmarks.machine import print_title

ROWS = int(os.environ.get("ROWS", "1000000"))
REPEATS = 5
SLOW_MS = 10.0

_CUSTOMER_ID = "'cus_' || lpad(n::text, 26, '0')"
_FILL = {
    "accounts_customer": """
        INSERT INTO accounts_customer (id, public_id, reference, legal_name_index, id_number_index,
            phone_index, email_index, employment_status, language, created_at, changed_at)
        SELECT n, {id}, 'L-' || n, decode(md5('a' || n % 50000), 'hex'),
            decode(md5('i' || n), 'hex'), decode(md5('p' || n), 'hex'),
            decode(md5('e' || n), 'hex'),
            CASE WHEN n % 100000 = 0 THEN 'student' ELSE 'employed' END, 'zh-hans', now(), now()
        FROM generate_series(2, {rows}) n""",
    "accounts_verification": """
        INSERT INTO accounts_verification (customer_id, status, name_comparison,
            id_number_comparison, phone_comparison, changed_at)
        SELECT n, CASE WHEN n % 100000 = 0 THEN 'failed' ELSE 'verified' END, 'match', 'match',
            CASE WHEN n % 90000 = 0 THEN 'differs' ELSE 'match' END, now()
        FROM generate_series(2, {rows}) n""",
    "accounts_access": """
        INSERT INTO accounts_access (id, customer_id, product_id, state, reason_codes, limit_cents,
            annual_rate, max_term_months, since, decision_public_id)
        SELECT n, n, (SELECT id FROM accounts_product),
            CASE WHEN n % 100000 = 0 THEN 'LIMITED' WHEN n % 3 = 0 THEN 'CLOSED' ELSE 'OPEN' END,
            '[]', 100, 0.1, 3, now(), ''
        FROM generate_series(2, {rows}) n""",
    "accounts_restriction": """
        INSERT INTO accounts_restriction (id, public_id, customer_id, product_id, reason_id, source,
            effect, started_at, lifted_by, started_by, note)
        SELECT n, 'rst_' || n, n, (SELECT id FROM accounts_product),
            (SELECT min(id) FROM compliance_reason),
            CASE WHEN n % 100000 = 0 THEN 'operator' ELSE 'policy' END,
            CASE WHEN n % 100000 = 1 THEN 'LIMITED' ELSE 'CLOSED' END,
            now() - n * interval '1 second', '', 'system:x', ''
        FROM generate_series(2, {rows}) n""",
    "risk_decision": """
        INSERT INTO risk_decision (id, public_id, customer_id, product_id, policy_version_id,
            policy_hash, trigger, state, effective_state, effective_reason_codes, facts,
            answer, actor, decided_at, duration_us)
        SELECT n, 'dec_' || n, n, (SELECT id FROM accounts_product),
            (SELECT id FROM risk_policyversion), repeat('a', 64),
            CASE WHEN n % 100000 = 0 THEN 'operator' ELSE 'request' END,
            CASE WHEN n % 100000 = 1 THEN 'LIMITED' ELSE 'OPEN' END, 'OPEN', '[]', '{{}}',
            '{{}}', 'system:x', now() - interval '400 days' + n * interval '1 second', 900
        FROM generate_series(2, {rows}) n""",
    "compliance_notice": """
        INSERT INTO compliance_notice (id, public_id, recipient, cause, template, context,
            queued_at)
        SELECT n, 'not_' || n, {id}, 'decision:dec_' || n, 'access_open', '{{}}',
            now() FROM generate_series(2, {rows}) n""",
    "compliance_delivery": """
        INSERT INTO compliance_delivery (id, notice_id, channel, state, attempts, due_at, failure)
        SELECT n, n, CASE WHEN n % 100000 = 0 THEN 'sms' ELSE 'email' END,
            CASE WHEN n % 100000 = 1 THEN 'failed' ELSE 'sent' END, 1, now(), ''
        FROM generate_series(2, {rows}) n""",
    "compliance_ledgerentry": """
        INSERT INTO compliance_ledgerentry (actor_kind, actor_id, action, subject_kind, subject_id,
            reason, detail, transaction_id, occurred_at)
        SELECT 'system', 'bench', 'access.opened', 'customer', {id}, '', '{{}}',
            1, now() FROM generate_series(2, {rows}) n""",
}


@dataclass(frozen=True)
class Page:
    """One page of one list, as a person asks for it."""

    table: str
    title: str
    query: str


def main() -> None:
    print_title(f"console lists: {ROWS:,} rows a table, database time of a page (ms)")
    set_up_django()
    fill(customers=1)
    _fill_tables()
    browser = _auditor()
    worst = 0.0
    for page in _pages():
        spent, plan = _measured(browser, page)
        worst = max(worst, spent)
        mark = " ←" if spent > SLOW_MS else ""
        print(f"{page.table:24} {page.title:32} {spent:8.2f}   {plan}{mark}", flush=True)
    _stock()
    print(f"slowest page: {worst:.1f} ms")


def _fill_tables() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # rows only: no triggers, no keys
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for table, statement in _FILL.items():
            indexes = _indexes(cursor, table)
            for name, _definition in indexes:  # building them afterwards is many times faster
                cursor.execute(f'DROP INDEX "{name}"')
            cursor.execute(statement.format(rows=ROWS, id=_CUSTOMER_ID))
            for _name, definition in indexes:
                cursor.execute(definition)
            cursor.execute(f"VACUUM ANALYZE {table}")
            print(f"   {table} filled", flush=True)
        cursor.execute("SET session_replication_role = origin")


def _indexes(cursor: Any, table: str) -> list[tuple[str, str]]:
    """Names and definitions of those no constraint stands on."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT IN "
        "(SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass)",
        [table, table],
    )
    return list(cursor.fetchall())


def _auditor() -> Any:
    from django.contrib.auth.models import Group
    from django.test import Client

    from accounts.staff.models import StaffUser

    user = StaffUser.objects.create_user("bench-auditor", is_staff=True, language="en")
    user.groups.set(Group.objects.all())
    browser = Client()
    browser.force_login(user)
    browser.get("/account/2fa/")
    return browser


def _pages() -> Iterator[Page]:
    from django.contrib import admin

    from backoffice.console.lists import KeysetAdmin

    for model, shown in admin.site._registry.items():
        table = model._meta.db_table
        if table not in _FILL or not isinstance(shown, KeysetAdmin):
            continue
        yield Page(table, "newest", "")
        yield Page(table, "in the middle", f"?after={ROWS // 2}")
        yield Page(table, "oldest", "?after=52")
        yield Page(table, "back from the oldest", "?before=52")
        for name in shown.list_filter:
            for value, _label in model._meta.get_field(name).choices:
                yield Page(table, f"{name} = {value}", f"?{name}__exact={value}")
    yield Page("accounts_customer", "search a phone", "?q=13800001111")
    yield Page("risk_decision", "search a customer", "?q=13800001111")
    yield Page("compliance_notice", "search a customer", "?q=cus_0")
    yield Page("compliance_ledgerentry", "search a subject", "?q=cus_0")


def _measured(browser: Any, page: Page) -> tuple[float, str]:
    """Median execution time of the page's own queries, and how the slowest found its rows."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(f"/admin/{page.table.replace('_', '/', 1)}/{page.query}")
    if answer.status_code != 200:
        raise SystemExit(f"{page}: {answer.status_code}")
    statements = [row["sql"] for row in captured if f'FROM "{page.table}"' in row["sql"]]
    spent, plans = 0.0, []
    for statement in statements:
        times, plan = zip(*(_explained(statement) for _repeat in range(REPEATS)), strict=True)
        spent += median(times)
        plans.append((median(times), plan[-1]))
    return spent, max(plans)[1]


def _explained(statement: str) -> tuple[float, str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}")
        lines = [row[0] for row in cursor.fetchall()]
    spent = float(re.search(r"Execution Time: ([0-9.]+)", lines[-1])[1])  # type: ignore[index]
    scans = [re.sub(r"\s*\(.*", "", line).strip(" ->") for line in lines if "Scan" in line]
    return spent, "; ".join(scans)


def _stock() -> None:
    """What an ordinary admin list asks."""
    print("an ordinary list of the same table:")
    for title, statement in (
        ("COUNT(*)", "SELECT count(*) FROM risk_decision"),
        ("page 100 by OFFSET", "SELECT * FROM risk_decision ORDER BY id DESC LIMIT 50 OFFSET 5000"),
        (
            "last page by OFFSET",
            f"SELECT * FROM risk_decision ORDER BY id DESC LIMIT 50 OFFSET {ROWS - 60}",
        ),
    ):
        print(f"{'risk_decision':24} {title:32} {_explained(statement)[0]:8.2f}", flush=True)


if __name__ == "__main__":
    main()
