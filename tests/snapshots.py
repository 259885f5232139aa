"""Proof that nothing was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection

OURS = ("backoffice", "compliance", "accounts", "risk")


def everything_written() -> dict[str, str]:
    """Table → digest of all its rows."""
    tables = [
        model._meta.db_table
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        if model._meta.managed
    ]
    parts = [
        f"SELECT '{table}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) "
        f'FROM "{table}" t'
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


@contextmanager
def nothing_written() -> Iterator[None]:
    before = everything_written()
    yield
    after = everything_written()
    assert [table for table in before if before[table] != after[table]] == []
