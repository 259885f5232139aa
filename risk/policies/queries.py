"""Reading policies: the live one to decide with, all of them to look at."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

import structlog
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Missing, Unavailable
from compliance.ledger.facts import system
from risk.policies.facts import Challenger, InForce, LiveVersion, Shadow
from risk.policies.models import PolicyStep, PolicyTrial, PolicyVersion, TrialKind, VersionStatus
from risk.tables.facts import TableError
from risk.tables.services import CompiledModel, compile_model, content_hash, model_from_json

SCHEDULER = system("schedule")  # who moves what was scheduled
log = structlog.get_logger(__name__)

_LIVE = """
SELECT id, public_id, number, content_hash
FROM risk_policyversion WHERE product_id = %s AND status = 'live'
"""

# Three lookups in three partial unique indexes; nearly always only the first finds a row.
_IN_FORCE = """
SELECT 'live', id, public_id, number, content_hash, NULL::bigint, NULL::smallint, ''
FROM risk_policyversion WHERE product_id = %s AND status = 'live'
UNION ALL
SELECT 'due', id, public_id, number, content_hash, NULL, NULL, ''
FROM risk_policyversion WHERE product_id = %s AND status = 'scheduled' AND effective_at <= %s
UNION ALL
SELECT t.kind, v.id, v.public_id, v.number, v.content_hash, t.id, t.share_percent, t.salt
FROM risk_policytrial t JOIN risk_policyversion v ON v.id = t.version_id
WHERE t.product_id = %s AND t.ended_at IS NULL
"""


def live(*, product_id: int) -> LiveVersion:
    """Raises: Unavailable (no live policy, or one that is no longer what was approved).

    One query once compiled.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [product_id])
        row = cursor.fetchone()
    if row is None:
        raise Unavailable(_("No policy is in force for this product."), code="no_live_policy")
    return _readable(row)


def live_hash(*, product_id: int) -> str:
    """The content hash of the version in force, "" when there is none."""
    found = PolicyVersion.objects.filter(product_id=product_id, status=VersionStatus.LIVE)
    return found.values_list("content_hash", flat=True).first() or ""


def in_force(*, product_id: int, at: dt.datetime) -> InForce | None:
    """What decides at this time; None when a scheduled version is due and must be put in force.

    A challenger that cannot be read leaves everybody to the live version. Raises: Unavailable.
    One query once compiled.
    """
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [product_id, product_id, at, product_id])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    if "due" in rows:
        return None
    if "live" not in rows:
        raise Unavailable(_("No policy is in force for this product."), code="no_live_policy")
    return InForce(
        live=_readable(rows["live"][:4]),
        challenger=_challenger(rows.get(TrialKind.CHALLENGER.value)),
        shadow=_shadow(rows.get(TrialKind.SHADOW.value)),
    )


def _challenger(row: Any) -> Challenger | None:
    if row is None:
        return None
    try:
        return Challenger(_readable(row[:4]), share_percent=row[5], salt=row[6])
    except Unavailable:  # said in the log
        return None


def _shadow(row: Any) -> Shadow | None:
    if row is None:
        return None
    try:
        return Shadow(row[4], _readable(row[:4]))
    except Unavailable:
        return Shadow(row[4], None)


def _readable(row: Any) -> LiveVersion:
    version_id, public_id, number, approved_hash = row
    try:
        tables = compiled(approved_hash)
    except TableError as error:
        log.error("policy_unreadable", policy=public_id, error=str(error))
        raise Unavailable(
            _("The policy in force cannot be read."), code="policy_unreadable"
        ) from error
    return LiveVersion(version_id, public_id, number, approved_hash, tables)


@lru_cache(maxsize=64)
def compiled(wanted_hash: str) -> CompiledModel:
    """The tables with this hash, compiled once a process.

    Raises: Missing; TableError when what is stored no longer has the hash it was approved under.
    """
    content = (
        PolicyVersion.objects.filter(content_hash=wanted_hash)
        .exclude(status="draft")
        .values_list("content", flat=True)
        .first()
    )
    if content is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    model = model_from_json(content)
    if content_hash(model) != wanted_hash:
        raise TableError(f"the stored policy {wanted_hash[:12]} has been altered")
    return compile_model(model)


def versions() -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.select_related(
        "product", "created_by", "submitted_by", "approved_by", "published_by"
    ).order_by("-id")


def steps(*, version: PolicyVersion) -> QuerySet[PolicyStep]:
    """A version's life, oldest first."""
    return PolicyStep.objects.filter(version=version).order_by("id")


def trials() -> QuerySet[PolicyTrial]:
    return PolicyTrial.objects.select_related("product", "version", "live_version").order_by("-id")


def startable_trials(*, product_id: int) -> set[TrialKind]:
    """The kinds of trial that could begin: something is in force and none of the kind runs."""
    running = trials().filter(product_id=product_id, ended_at__isnull=True)
    live = PolicyVersion.objects.filter(product_id=product_id, status=VersionStatus.LIVE)
    if not live.exists():
        return set()
    return set(TrialKind) - set(running.values_list("kind", flat=True))


def has_draft(*, product_id: int) -> bool:
    """A product has one at most."""
    drafts = PolicyVersion.objects.filter(product_id=product_id, status=VersionStatus.DRAFT)
    return drafts.exists()


def not_activated() -> QuerySet[PolicyVersion]:
    """Approved versions whose last step is a schedule that could not take effect."""
    last = PolicyStep.objects.filter(version=OuterRef("pk")).order_by("-id")
    approved = PolicyVersion.objects.filter(status=VersionStatus.APPROVED)
    return approved.annotate(
        came_from=Subquery(last.values("from_status")[:1]), mover=Subquery(last.values("actor")[:1])
    ).filter(came_from=VersionStatus.SCHEDULED, mover=str(SCHEDULER))


def products_due(*, at: dt.datetime) -> list[int]:
    """Products with a scheduled version whose moment has come."""
    due = PolicyVersion.objects.filter(status=VersionStatus.SCHEDULED, effective_at__lte=at)
    return list(due.order_by("effective_at").values_list("product_id", flat=True))


def version(*, public_id: str) -> PolicyVersion:
    """Raises: Missing."""
    found = versions().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    return found


def version_called(name: str) -> PolicyVersion:
    """By public id, or as `product@number`. Raises: Missing."""
    code, is_numbered, number = name.partition("@")
    if not is_numbered:
        return version(public_id=name)
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    found = versions().filter(product__code=code, number=int(number)) if is_number else None
    row = found.first() if found is not None else None
    if row is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    return row
