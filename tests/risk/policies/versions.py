"""Versions in every status, and the verbs that move them, as the tests of this room use them."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from risk.policies import activation, services, starter
from risk.policies.models import PolicyStep, PolicyVersion, VersionStatus
from risk.tables.services import content_hash, model_from_json
from tests.lender import AT, Lender, prove

DRAFT, SUBMITTED, BACKTESTED, APPROVED, SCHEDULED, LIVE, RETIRED, REJECTED = VersionStatus
LATER = AT + dt.timedelta(hours=1)
DUE = AT + dt.timedelta(days=1)


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


def reject(lender: Lender, version: PolicyVersion) -> Any:
    return services.reject(
        public_id=version.public_id, note="too hard", actor=staff(lender.approver.pk), at=LATER
    )


def backtest(lender: Lender, version: PolicyVersion) -> Any:
    return prove(version.public_id, AT)


def schedule(lender: Lender, version: PolicyVersion) -> Any:
    return activation.schedule(
        public_id=version.public_id, effective_at=DUE, note="on the first",
        actor=staff(lender.approver.pk), at=LATER,
    )  # fmt: skip


def cancel(lender: Lender, version: PolicyVersion, at: dt.datetime = LATER) -> Any:
    return activation.cancel_schedule(
        public_id=version.public_id, note="not now", actor=staff(lender.approver.pk), at=at
    )


def roll_back(lender: Lender, version: PolicyVersion) -> Any:
    fresh = PolicyVersion.objects.get(pk=version.pk)
    return activation.roll_back(
        public_id=version.public_id, shown_hash=fresh.content_hash, note="too many complaints",
        actor=staff(lender.approver.pk), at=LATER,
    )  # fmt: skip


def save(lender: Lender, version: PolicyVersion) -> Any:
    return services.save_draft(
        public_id=version.public_id, content=starter.repayment_behaviour(), revision=0,
        actor=staff(lender.author.pk), at=LATER,
    )  # fmt: skip


ROUTES: dict[VersionStatus, list[Callable[[Lender, PolicyVersion], Any]]] = {
    DRAFT: [], SUBMITTED: [submit], BACKTESTED: [submit, backtest],
    APPROVED: [submit, backtest, approve], SCHEDULED: [submit, backtest, approve, schedule],
    LIVE: [submit, backtest, approve, publish],
    RETIRED: [submit, backtest, approve, publish, retire], REJECTED: [submit, reject],
}  # fmt: skip
MOVES: dict[tuple[VersionStatus, Callable[[Lender, PolicyVersion], Any]], VersionStatus] = {
    (DRAFT, save): DRAFT,
    (DRAFT, submit): SUBMITTED,
    (DRAFT, reject): REJECTED,
    (SUBMITTED, backtest): BACKTESTED,
    (SUBMITTED, reject): REJECTED,
    (BACKTESTED, backtest): BACKTESTED,
    (BACKTESTED, approve): APPROVED,
    (BACKTESTED, reject): REJECTED,
    (APPROVED, backtest): APPROVED,
    (APPROVED, publish): LIVE,
    (APPROVED, schedule): SCHEDULED,
    (APPROVED, retire): RETIRED,
    (SCHEDULED, backtest): SCHEDULED,
    (SCHEDULED, cancel): APPROVED,
    (LIVE, retire): RETIRED,
    (RETIRED, roll_back): LIVE,
}
VERBS = [save, submit, backtest, reject, approve, publish, schedule, cancel, retire, roll_back]
# What the worker and the deciders do by themselves.
BY_ITSELF = {(SCHEDULED, LIVE)}


def version_in(status: VersionStatus, lender: Lender) -> PolicyVersion:
    version = draft(lender)
    for step in ROUTES[status]:
        step(lender, version)
    return PolicyVersion.objects.get(pk=version.pk)


def live_number() -> int:
    return int(PolicyVersion.objects.values_list("number", flat=True).get(status=LIVE))


def snapshot() -> Any:
    return list(PolicyVersion.objects.order_by("pk").values()), LedgerEntry.objects.count()


@contextmanager
def behind_the_triggers() -> Iterator[None]:
    """As somebody with the database's keys could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def alter_behind_the_triggers(version: PolicyVersion) -> None:
    content = copy.deepcopy(version.content)
    content["tables"][0]["rules"][0]["inputs"][0] = '"verified"'
    with behind_the_triggers():
        PolicyVersion.objects.filter(pk=version.pk).update(content=content)


def stored_before_unknown_was_asked(version: PolicyVersion) -> None:
    """As versions stand that were written when no column had to say what unknown means."""
    content = copy.deepcopy(version.content)
    for column in content["tables"][0]["inputs"]:
        column.pop("unknown", None)
    named = content_hash(model_from_json(content))
    with behind_the_triggers():
        PolicyVersion.objects.filter(pk=version.pk).update(content=content, content_hash=named)
        PolicyStep.objects.filter(version=version, content_hash__gt="").update(content_hash=named)
