"""Behind the services stands the database: what raw SQL is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.staff.models import StaffUser
from risk.policies.models import PolicyVersion, VersionStatus
from tests.lender import AT, Lender
from tests.risk.policies.versions import (
    APPROVED,
    BACKTESTED,
    BY_ITSELF,
    LIVE,
    MOVES,
    REJECTED,
    RETIRED,
    SCHEDULED,
    SUBMITTED,
    draft,
    snapshot,
    version_in,
)

FROZEN = (SUBMITTED, BACKTESTED, APPROVED, SCHEDULED, LIVE, RETIRED, REJECTED)


def refused_by_the_database(sql: str, *parameters: Any, match: str) -> None:
    before = snapshot()
    refused = pytest.raises(DatabaseError, match=match)
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
    assert snapshot() == before


def step_sql(version: PolicyVersion, target: str) -> str:
    """The step a move needs, as somebody with SQL could write it."""
    return (
        "INSERT INTO risk_policystep (version_id, from_status, to_status, actor, reason, "
        f"content_hash, at) SELECT id, status, '{target}', 'staff:1', 'x', content_hash, now() "
        f"FROM risk_policyversion WHERE id = {version.pk};"
    )


@pytest.mark.parametrize("who", ["submitted_by_id", "created_by_id"])
def test_the_database_refuses_a_version_approved_by_its_submitter_or_author(
    lender: Lender, who: str
) -> None:
    version = version_in(BACKTESTED, lender)
    refused_by_the_database(
        step_sql(version, "approved")
        + f"UPDATE risk_policyversion SET status = 'approved', approved_by_id = {who}, "
        f"approved_at = now() WHERE id = {version.pk}",
        match="people_differ: approver",
    )  # fmt: skip


@pytest.mark.parametrize("status", list(FROZEN))
def test_the_database_keeps_who_submitted(lender: Lender, status: VersionStatus) -> None:
    version = version_in(status, lender)
    other = StaffUser.objects.create_user("third", password=None)
    refused_by_the_database(
        "UPDATE risk_policyversion SET submitted_by_id = %s WHERE id = %s",
        other.pk, version.pk, match="Cannot update",
    )  # fmt: skip


@pytest.mark.parametrize("status", [APPROVED, SCHEDULED, LIVE, RETIRED])
def test_the_database_keeps_who_approved(lender: Lender, status: VersionStatus) -> None:
    version = version_in(status, lender)
    other = StaffUser.objects.create_user("third", password=None)
    for change in (f"approved_by_id = {other.pk}", "approved_by_id = NULL", "approval_note = ''"):
        refused_by_the_database(
            f"UPDATE risk_policyversion SET {change} WHERE id = %s",
            version.pk, match="Cannot update",
        )  # fmt: skip


@pytest.mark.parametrize("status", list(FROZEN))
@pytest.mark.parametrize(
    "change",
    ["content = '{}'", "content_hash = repeat('0', 64)", "number = 99", "title = 'x'",
     "change_note = 'x'", "submitted_at = now()", "public_id = 'x'"],
)  # fmt: skip
def test_the_database_freezes_what_was_submitted(
    lender: Lender, status: VersionStatus, change: str
) -> None:
    version = version_in(status, lender)
    refused_by_the_database(
        f"UPDATE risk_policyversion SET {change} WHERE id = %s", version.pk, match="Cannot update"
    )


IMPOSSIBLE = [
    (status, target)
    for status in VersionStatus
    for target in VersionStatus
    if status != target
    and (status, target) not in {(s, t) for (s, _verb), t in MOVES.items()} | BY_ITSELF
]


@pytest.mark.parametrize(("status", "target"), IMPOSSIBLE)
def test_the_database_makes_no_move_that_is_not_in_the_table(
    lender: Lender, status: VersionStatus, target: VersionStatus
) -> None:
    version = version_in(status, lender)
    refused_by_the_database(
        "UPDATE risk_policyversion SET status = %s WHERE id = %s", target, version.pk,
        match="Invalid transition",
    )  # fmt: skip


def test_the_database_holds_one_live_version_per_product(lender: Lender) -> None:
    version = version_in(APPROVED, lender)
    refused_by_the_database(
        step_sql(version, "live")
        + f"UPDATE risk_policyversion SET status = 'live' WHERE id = {version.pk}",
        match="policy_one_live_per_product",
    )  # fmt: skip


@pytest.mark.parametrize("status", list(FROZEN))
def test_the_database_lets_nobody_begin_further_on(lender: Lender, status: VersionStatus) -> None:
    version_in(APPROVED, lender)
    refused_by_the_database(
        "INSERT INTO risk_policyversion (public_id, product_id, number, title, status, content, "
        "content_hash, change_note, created_at, submitted_by_id, submitted_at, approved_by_id, "
        "approved_at, approval_note, revision) SELECT 'pol_x', product_id, 99, title, %s, content, "
        "content_hash, change_note, created_at, submitted_by_id, submitted_at, approved_by_id, "
        "approved_at, approval_note, 0 FROM risk_policyversion WHERE status = 'approved'",
        status, match="Cannot insert",
    )  # fmt: skip


@pytest.mark.parametrize("status", list(FROZEN))
def test_the_database_deletes_drafts_only(lender: Lender, status: VersionStatus) -> None:
    version = version_in(status, lender)
    refused_by_the_database(
        "DELETE FROM risk_policyversion WHERE id = %s", version.pk, match="Cannot delete"
    )


def test_a_number_is_given_once_per_product(lender: Lender) -> None:
    assert [version_in(SUBMITTED, lender).number, draft(lender).number] == [2, 3]
    with pytest.raises(DatabaseError, match="policy_number_once"), transaction.atomic():
        PolicyVersion.objects.create(
            public_id="x", product_id=lender.product.pk, number=2, title="", content={},
            created_at=AT,
        )  # fmt: skip
