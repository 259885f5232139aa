"""Versions in every status, and the verbs that move them, as the tests of this room use them."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import connection

from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from risk.policies import services, starter
from risk.policies.models import PolicyVersion, VersionStatus
from tests.lender import AT, Lender

DRAFT, SUBMITTED, APPROVED, LIVE, RETIRED = VersionStatus
LATER = AT + dt.timedelta(hours=1)


def draft(lender: Lender, content: Any = None) -> PolicyVersion:
    version: PolicyVersion = services.create_draft(
        product_code="flex-credit", title="tighter", content=content or starter.consumer_credit(),
        actor=staff(lender.author.pk), at=AT,
    )  # fmt: skip
    return version


def submit(lender: Lender, version: PolicyVersion) -> Any:
    return services.submit(
        public_id=version.public_id, change_note="less risk", actor=staff(lender.author.pk), at=AT
    )


def approve(lender: Lender, version: PolicyVersion, **given: Any) -> Any:
    fresh = PolicyVersion.objects.get(pk=version.pk)
    values = {"approved_hash": fresh.content_hash, "note": "checked",
              "actor": staff(lender.approver.pk), **given}  # fmt: skip
    return services.approve(public_id=version.public_id, at=AT, **values)


def publish(lender: Lender, version: PolicyVersion) -> Any:
    return services.publish(
        public_id=version.public_id, note="go", actor=staff(lender.approver.pk), at=LATER
    )


def retire(lender: Lender, version: PolicyVersion) -> Any:
    return services.retire(
        public_id=version.public_id, note="stop", actor=staff(lender.approver.pk), at=LATER
    )


def send_back(lender: Lender, version: PolicyVersion) -> Any:
    return services.send_back(
        public_id=version.public_id, note="too hard", actor=staff(lender.approver.pk), at=LATER
    )


def save(lender: Lender, version: PolicyVersion) -> Any:
    return services.save_draft(
        public_id=version.public_id, content=starter.repayment_behaviour(), revision=0,
        actor=staff(lender.author.pk), at=LATER,
    )  # fmt: skip


ROUTES: dict[VersionStatus, list[Callable[[Lender, PolicyVersion], Any]]] = {
    DRAFT: [], SUBMITTED: [submit], APPROVED: [submit, approve],
    LIVE: [submit, approve, publish], RETIRED: [submit, approve, publish, retire],
}  # fmt: skip
MOVES: dict[tuple[VersionStatus, Callable[[Lender, PolicyVersion], Any]], VersionStatus] = {
    (DRAFT, save): DRAFT,
    (DRAFT, submit): SUBMITTED,
    (SUBMITTED, send_back): DRAFT,
    (SUBMITTED, approve): APPROVED,
    (APPROVED, publish): LIVE,
    (APPROVED, retire): RETIRED,
    (LIVE, retire): RETIRED,
}
VERBS = [save, submit, send_back, approve, publish, retire]


def version_in(status: VersionStatus, lender: Lender) -> PolicyVersion:
    version = draft(lender)
    for step in ROUTES[status]:
        step(lender, version)
    return PolicyVersion.objects.get(pk=version.pk)


def snapshot() -> Any:
    return list(PolicyVersion.objects.order_by("pk").values()), LedgerEntry.objects.count()


def alter_behind_the_triggers(version: PolicyVersion) -> None:
    """As somebody with the database's keys could."""
    content = copy.deepcopy(version.content)
    content["tables"][0]["rules"][0]["inputs"][0] = '"verified"'
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        PolicyVersion.objects.filter(pk=version.pk).update(content=content)
        cursor.execute("SET LOCAL session_replication_role = origin")
