"""Versions from before their steps were kept are told from their columns, and live on."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = "0004_campaigns_without_position", "0007_policy_lifecycle_kept"
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HASH = "a" * 64
OLDER = "older"
# What each version went through before the upgrade, and the steps that tell it afterwards.
LIVES: dict[str, tuple[list[str], list[str]]] = {
    "replaced": (["submitted", "approved", "live", "retired"],
                 ["draft", "submitted", "approved", "live", "retired"]),
    "in force": (["submitted", "approved", "live"], ["draft", "submitted", "approved", "live"]),
    "given up": (["submitted", "approved", "retired"],
                 ["draft", "submitted", "approved", "retired"]),
    "signed": (["submitted", "approved"], ["draft", "submitted", "approved"]),
    "waiting": (["submitted"], ["draft", "submitted"]),
    "sent back": (["submitted", "draft"], ["draft", "rejected"]),
    "half written": ([], ["draft", "rejected"]),
    "newest draft": ([], ["draft"]),
}  # fmt: skip


@pytest.fixture
def older(django_db_setup: None, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """An empty database of its own: the one all tests share is never migrated back."""
    with django_db_blocker.unblock():
        yield from empty_database()


def empty_database() -> Iterator[BaseDatabaseWrapper]:
    name = f"{connection.settings_dict['NAME']}_{OLDER}"
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0")
    connections.databases[OLDER] = {**copy.deepcopy(connection.settings_dict), "NAME": name}
    try:
        yield connections[OLDER]
    finally:
        connections[OLDER].close()
        del connections[OLDER], connections.databases[OLDER]
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")


def migrated(database: BaseDatabaseWrapper, name: str) -> Any:
    """The models as they are after that migration of risk."""
    executor = MigrationExecutor(database)
    executor.migrate([("risk", name)])
    return executor.loader.project_state([("risk", name)]).apps


def written(apps: Any) -> None:
    people = apps.get_model("accounts", "StaffUser").objects.using(OLDER)
    author, approver = (people.create(username=name) for name in ("author", "approver"))
    product = apps.get_model("accounts", "Product").objects.using(OLDER).create(
        code="flex", name_zh="x", name_en="x", currency="CNY", min_amount_cents=1,
        max_amount_cents=2, min_term_months=1, max_term_months=2, min_annual_rate=0,
        max_annual_rate=1,
    )  # fmt: skip
    columns: dict[str, dict[str, Any]] = {
        "draft": {"content_hash": "", "submitted_by_id": None, "submitted_at": None},
        "submitted": {"content_hash": HASH, "change_note": "why", "submitted_by_id": author.pk,
                      "submitted_at": AT + dt.timedelta(days=1)},
        "approved": {"approved_by_id": approver.pk, "approval_note": "checked",
                     "approved_at": AT + dt.timedelta(days=2)},
        "live": {"live_at": AT + dt.timedelta(days=3)},
        "retired": {"retired_at": AT + dt.timedelta(days=4)},
    }  # fmt: skip
    versions = apps.get_model("risk", "PolicyVersion").objects.using(OLDER)
    for number, (title, (moves, _told)) in enumerate(LIVES.items(), start=1):
        version = versions.create(
            public_id=f"pol_{number}", product_id=product.pk, number=number, title=title,
            content={}, created_by_id=None if title == "half written" else author.pk, created_at=AT,
        )  # fmt: skip
        for status in moves:
            versions.filter(pk=version.pk).update(status=status, **columns[status])


def told(apps: Any) -> dict[str, list[tuple[str, ...]]]:
    rows = apps.get_model("risk", "PolicyStep").objects.using(OLDER).order_by("id")
    found: dict[str, list[tuple[str, ...]]] = {}
    names = "version__title", "from_status", "to_status", "actor", "reason", "content_hash"
    for title, *step in rows.values_list(*names):
        found.setdefault(title, []).append(tuple(step))
    return found


def test_every_version_s_life_is_told_from_its_columns(older: BaseDatabaseWrapper) -> None:
    written(migrated(older, BEFORE))
    apps = migrated(older, AFTER)
    steps = told(apps)
    assert {title: [step[1] for step in life] for title, life in steps.items()} == {
        title: after for title, (_moves, after) in LIVES.items()
    }
    for life in steps.values():
        assert [step[0] for step in life] == ["", *[step[1] for step in life[:-1]]]
    people = apps.get_model("accounts", "StaffUser").objects.using(OLDER)
    author, approver = (
        f"staff:{key}" for key in people.order_by("pk").values_list("pk", flat=True)
    )
    assert steps["in force"] == [
        ("", "draft", author, "", ""),
        ("draft", "submitted", author, "why", HASH),
        ("submitted", "approved", approver, "checked", HASH),
        ("approved", "live", "system:migration", "", HASH),
    ]
    assert steps["half written"] == [
        ("", "draft", "system:migration", "", ""),
        ("draft", "rejected", "system:migration", "one draft per product", ""),
    ]
    versions = apps.get_model("risk", "PolicyVersion").objects.using(OLDER)
    drafts = versions.filter(status="draft").values_list("title", flat=True)
    assert list(drafts) == ["newest draft"]
