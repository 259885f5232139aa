"""How a version moves: the product's lock, who may be whom, the step, the ledger entry.

Every verb goes through here, so that no move lacks its step and no step its move.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import queries as access
from accounts.access.facts import Product
from backoffice.lib.errors import Conflict, FieldFault, Invalid, Missing, NotAllowed
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, ActorKind
from risk.policies import inspection
from risk.policies.models import (
    PolicyProof,
    PolicyStep,
    PolicyTrial,
    PolicyVersion,
    Separation,
    VersionStatus,
)
from risk.tables.facts import CellError, Model
from risk.tables.services import content_hash, model_from_json
from risk.tables.wire import MalformedModel

# First half of the advisory lock key that orders changes to one product's policies.
_PRODUCT_LOCK = 0x9011C4
# In these a version may be on trial; a trial ends when its version leaves them.
_ON_TRIAL = {
    VersionStatus.SUBMITTED, VersionStatus.BACKTESTED, VersionStatus.APPROVED,
    VersionStatus.SCHEDULED,
}  # fmt: skip


# ── reading under the lock ──────────────────────────────────────────────────────────────────


def locked(public_id: str) -> PolicyVersion:
    """Effects: the product's lock until the transaction ends. Raises: Missing."""
    row = PolicyVersion.objects.filter(public_id=public_id).values_list("product_id").first()
    if row is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    lock_product(row[0])
    return PolicyVersion.objects.get(public_id=public_id)


def lock_product(product_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s::int4, %s::int4)", [_PRODUCT_LOCK, product_id]
        )


def live_row(product_id: int) -> PolicyVersion | None:
    return PolicyVersion.objects.filter(product_id=product_id, status=VersionStatus.LIVE).first()


# ── what is asked before a move ─────────────────────────────────────────────────────────────


def require_note(note: str, message: Any) -> str:
    """Raises: Invalid."""
    if not note.strip():
        raise Invalid(message, code="note_required")
    return note.strip()


def require(version: PolicyVersion, *statuses: VersionStatus) -> None:
    if version.status not in statuses:
        raise Conflict(
            _("This cannot be done with a version in its present status."),
            code="policy_status",
            extra={"status": version.status},
        )


def read_model(content: Any) -> Model:
    try:
        return model_from_json(content)
    except MalformedModel as error:
        raise Invalid(
            _("This is not a policy."),
            code="policy_malformed",
            faults=[FieldFault("", "malformed", str(error))],
        ) from error


def faults(*, model: Model, product: Product) -> tuple[CellError, ...]:
    """What stands in the way of submitting these tables for this product."""
    return inspection.review(model=model, product=product).errors


def product_of(version: PolicyVersion) -> Product:
    return access.product(code=version.product.code)


def require_no_faults(model: Model, version: PolicyVersion) -> None:
    _refuse(faults(model=model, product=product_of(version)))


def require_sound(version: PolicyVersion) -> None:
    """Since it was submitted, reasons may have been retired and the product's bounds moved."""
    require_no_faults(_as_submitted(version), version)


def require_harmless(version: PolicyVersion) -> list[str]:
    """As `require_sound`, for a version that was in force and is needed again now.

    Returns the columns that do not say what unknown means: of a new version that is asked, this
    one does what it always did.
    """
    found = inspection.review(model=_as_submitted(version), product=product_of(version))
    _refuse(found.harmful)
    return [error.params["name"] for error in found.undecided]


def _as_submitted(version: PolicyVersion) -> Model:
    model = read_model(version.content)
    if content_hash(model) != version.content_hash:
        raise Conflict(_("The content is not what was submitted."), code="hash_differs")
    return model


def _refuse(found: tuple[CellError, ...]) -> None:
    if found:
        places = [
            FieldFault(f"/{error.table}/{error.rule}/{error.column}", error.code, error.message)
            for error in found
        ]
        raise Invalid(_("The tables have errors."), code="policy_invalid", faults=places)


def proof_of(version: PolicyVersion) -> PolicyProof | None:
    """The newest proof of exactly this content."""
    proofs = PolicyProof.objects.filter(version=version, candidate_hash=version.content_hash)
    return proofs.order_by("-snapshot_at", "-id").first()


def require_proof(version: PolicyVersion, *, fresh_at: dt.datetime | None) -> PolicyProof:
    """A backtest of this content against what is live now, on a snapshot fresh at that time.

    `fresh_at` None asks for no freshness: at the appointed second, nobody can run another.
    Raises: Conflict (proof_missing, proof_other_live, proof_stale).
    """
    proofs = PolicyProof.objects.filter(version=version, candidate_hash=version.content_hash)
    if not proofs.exists():
        raise Conflict(
            _("There is no backtest of this content. Run one first."), code="proof_missing"
        )
    live = live_row(version.product_id)
    against = proofs.filter(live_hash=live.content_hash if live else "")
    proof = against.order_by("-snapshot_at", "-id").first()
    if proof is None:
        raise Conflict(
            _("Another version has gone live since the backtest. Run it again."),
            code="proof_other_live",
        )
    oldest = dt.timedelta(days=settings.POLICY_PROOF_DAYS)
    if fresh_at is not None and proof.snapshot_at < fresh_at - oldest:
        raise Conflict(
            _("The backtest looked at a snapshot older than %(days)s days. Run it again.")
            % {"days": settings.POLICY_PROOF_DAYS},
            code="proof_stale",
        )
    return proof


# ── who may be whom ─────────────────────────────────────────────────────────────────────────


def require_submitter(version: PolicyVersion, actor: Actor) -> None:
    if _separation(version) >= Separation.EVERYBODY and str(actor) in _authors(version):
        raise NotAllowed(
            _("Another person than an author must submit this."), code="submitter_is_author"
        )


def require_approver(version: PolicyVersion, actor: Actor) -> None:
    """An author is whoever drafted or edited the version."""
    if str(version.submitted_by_id) == actor.id:
        raise NotAllowed(_("Another person must approve this."), code="approver_is_submitter")
    if str(actor) in _authors(version):
        raise NotAllowed(
            _("Nobody approves what they have written themselves."), code="approver_is_author"
        )


def require_publisher(version: PolicyVersion, actor: Actor) -> None:
    if _separation(version) < Separation.PUBLISHER:
        return
    others = {f"staff:{version.submitted_by_id}", f"staff:{version.approved_by_id}"}
    if str(actor) in others | _authors(version):
        raise NotAllowed(
            _("Somebody who did not write, submit or approve it must put it in force."),
            code="publisher_is_involved",
        )


def _separation(version: PolicyVersion) -> int:
    """As configured now or as it was when the version was submitted, whichever is stricter."""
    return max(version.separation, settings.POLICY_SEPARATION)


def _authors(version: PolicyVersion) -> set[str]:
    written = PolicyStep.objects.filter(version=version, to_status=VersionStatus.DRAFT)
    return {f"staff:{version.created_by_id}", *written.values_list("actor", flat=True)}


def staff_id(actor: Actor) -> int | None:
    return int(actor.id) if actor.kind is ActorKind.STAFF else None


# ── moving ──────────────────────────────────────────────────────────────────────────────────


def move(
    version: PolicyVersion,
    to: VersionStatus,
    *,
    action: str,
    actor: Actor,
    at: dt.datetime,
    reason: str,
    detail: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Effects: the step, the version's new status with `changes`, the ledger entry; a trial whose
    version or whose counterpart has moved on ends."""
    before = version.status
    separation = _separation(version) if to is not VersionStatus.DRAFT else version.separation
    values = {**changes, "status": to, "separation": separation}
    step(
        version, (before, to), actor=actor, at=at, reason=reason,
        content_hash=values.get("content_hash", version.content_hash),
    )  # fmt: skip
    for name, value in values.items():
        setattr(version, name, value)
    version.save(update_fields=list(values))
    record(version, action, actor, at, reason=reason, detail=detail)
    if to not in _ON_TRIAL:
        ended = Q(version=version) | (
            Q(live_version=version) if before == VersionStatus.LIVE else Q()
        )
        for trial in PolicyTrial.objects.filter(ended, ended_at__isnull=True):
            end_trial(trial, actor=actor, at=at, reason=f"{action} {version.public_id}")


def step(
    version: PolicyVersion,
    from_to: tuple[str, str],
    *,
    actor: Actor,
    at: dt.datetime,
    reason: str,
    content_hash: str = "",
) -> None:
    before, after = from_to
    PolicyStep.objects.create(
        version=version, from_status=before, to_status=after, actor=str(actor), reason=reason,
        content_hash=content_hash, at=at,
    )  # fmt: skip


def enter_force(
    version: PolicyVersion,
    *,
    action: str,
    actor: Actor,
    at: dt.datetime,
    since: dt.datetime,
    reason: str,
    detail: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """The version in force until now is retired at the moment this one begins."""
    old = live_row(version.product_id)
    if old is not None:
        leave_force(old, actor=actor, at=at, until=since, reason=version.public_id)
    move(
        version, VersionStatus.LIVE, action=action, actor=actor, at=at, reason=reason,
        detail=detail, live_at=since, retired_at=None, effective_at=None, **changes,
    )  # fmt: skip


def leave_force(
    version: PolicyVersion, *, actor: Actor, at: dt.datetime, until: dt.datetime, reason: str
) -> None:
    move(
        version, VersionStatus.RETIRED, action="policy.retired", actor=actor, at=at,
        reason=reason, retired_at=until,
    )  # fmt: skip


def end_trial(trial: PolicyTrial, *, actor: Actor, at: dt.datetime, reason: str) -> None:
    trial.ended_by, trial.ended_at, trial.end_reason = str(actor), at, reason
    trial.save(update_fields=["ended_by", "ended_at", "end_reason"])
    ledger.record(
        actor=actor, action="policy.trial_ended", subject=("policy", trial.version.public_id),
        reason=reason, detail={"trial": trial.public_id, "kind": trial.kind}, at=at,
    )  # fmt: skip


def record(
    version: PolicyVersion,
    action: str,
    actor: Actor,
    at: dt.datetime,
    *,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    ledger.record(
        actor=actor,
        action=action,
        subject=("policy", version.public_id),
        reason=reason,
        detail={"hash": version.content_hash, **(detail or {})},
        at=at,
    )
