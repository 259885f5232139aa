"""A version's life: drafted, submitted, approved by another person, live, retired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.access import queries as access
from accounts.access.facts import Product
from backoffice.lib import ids
from backoffice.lib.errors import Conflict, FieldFault, Invalid, Missing, NotAllowed
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from risk.policies import casework, inspection
from risk.policies.facts import Case
from risk.policies.models import PolicyVersion, VersionStatus
from risk.tables.facts import CellError, Model
from risk.tables.services import content_hash, model_from_json, model_to_json
from risk.tables.wire import MalformedModel

# First half of the advisory lock key that orders changes to one product's policies.
_PRODUCT_LOCK = 0x9011C4


@entry
def create_draft(
    *,
    product_code: str,
    title: str,
    content: Any,
    actor: Actor,
    at: dt.datetime,
    cases: Sequence[Case] = (),
) -> PolicyVersion:
    """A new draft with the next number. `content` is the model as JSON and may have cell errors.

    Raises: Missing (product), Invalid (not a model at all).
    """
    product = access.product(code=product_code)
    _lock_product(product.id)
    last = PolicyVersion.objects.filter(product_id=product.id).aggregate(Max("number"))
    version = PolicyVersion.objects.create(
        public_id=ids.ordered("pol"),
        product_id=product.id,
        number=(last["number__max"] or 0) + 1,
        title=title,
        content=model_to_json(_model(content)),
        created_by_id=int(actor.id),
        created_at=at,
    )
    casework.replace(version_id=version.pk, cases=cases)
    _record(version, "policy.drafted", actor, at)
    return version


@entry
def save_draft(
    *,
    public_id: str,
    content: Any,
    revision: int,
    actor: Actor,
    at: dt.datetime,
    cases: Sequence[Case] | None = None,
) -> tuple[CellError, ...]:
    """Replace a draft's tables, and its cases unless they are None; returns the faults that stand
    in the way of submitting.

    A draft may be saved with faults and with cases that fail: half-finished work is not lost.
    Raises: Missing, Invalid (not a model at all), Conflict (no draft any more, or somebody saved
    since `revision`).
    """
    version = _locked(public_id)
    _require(version, VersionStatus.DRAFT)
    if version.revision != revision:
        raise Conflict(
            _("Somebody else has changed this draft since you opened it."), code="draft_changed"
        )
    model = _model(content)
    version.content = model_to_json(model)
    version.revision += 1
    version.save(update_fields=["content", "revision"])
    if cases is not None:
        casework.replace(version_id=version.pk, cases=cases)
    _record(version, "policy.edited", actor, at, detail={"revision": version.revision})
    return faults(model=model, product=_product(version))


@entry
def submit(*, public_id: str, change_note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """Freeze a draft under its hash for somebody else to approve.

    Raises: Missing, Conflict, Invalid (no note; cell errors, each with its place; cases that
    fail, each with its name).
    """
    if not change_note.strip():
        raise Invalid(_("Say what changes and why."), code="note_required")
    version = _locked(public_id)
    _require(version, VersionStatus.DRAFT)
    model = _model(version.content)
    _require_no_faults(model, version)
    casework.require_passed(version_id=version.pk, model=model, product=_product(version), at=at)
    version.status = VersionStatus.SUBMITTED
    version.content_hash = content_hash(model)
    version.change_note = change_note.strip()
    version.submitted_by_id = int(actor.id)
    version.submitted_at = at
    version.save(
        update_fields=["status", "content_hash", "change_note", "submitted_by", "submitted_at"]
    )
    _record(version, "policy.submitted", actor, at, reason=version.change_note)
    return version


@entry
def send_back(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """Return a submitted version to its author as a draft. Raises: Invalid, Missing, Conflict."""
    if not note.strip():
        raise Invalid(_("Say what should change."), code="note_required")
    version = _locked(public_id)
    _require(version, VersionStatus.SUBMITTED)
    version.status = VersionStatus.DRAFT
    version.content_hash = ""
    version.submitted_by = None
    version.submitted_at = None
    version.save(update_fields=["status", "content_hash", "submitted_by", "submitted_at"])
    _record(version, "policy.sent_back", actor, at, reason=note.strip())
    return version


@entry
def approve(
    *, public_id: str, approved_hash: str, note: str, actor: Actor, at: dt.datetime
) -> PolicyVersion:
    """Approve exactly the content with this hash, as somebody other than the submitter.

    Raises: Invalid (no note; tables that no longer pass), Missing, Conflict (not submitted,
    another hash), NotAllowed (own work).
    """
    if not note.strip():
        raise Invalid(_("Say what you checked."), code="note_required")
    version = _locked(public_id)
    _require(version, VersionStatus.SUBMITTED)
    if approved_hash != version.content_hash:
        raise Conflict(_("The content is not what you looked at."), code="hash_differs")
    if str(version.submitted_by_id) == actor.id:
        raise NotAllowed(_("Another person must approve this."), code="approver_is_submitter")
    _require_sound(version)
    version.status = VersionStatus.APPROVED
    version.approved_by_id = int(actor.id)
    version.approved_at = at
    version.approval_note = note.strip()
    version.save(update_fields=["status", "approved_by", "approved_at", "approval_note"])
    _record(version, "policy.approved", actor, at, reason=version.approval_note)
    return version


@entry
def publish(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """Put an approved version in force; the one before it is retired in the same moment.

    Raises: Invalid (no note; tables that no longer pass), Missing, Conflict (not approved).
    """
    if not note.strip():
        raise Invalid(_("Say why it goes live now."), code="note_required")
    version = _locked(public_id)
    _require(version, VersionStatus.APPROVED)
    _require_sound(version)
    for old in PolicyVersion.objects.filter(
        product_id=version.product_id, status=VersionStatus.LIVE
    ):
        _retire(old, note=str(version.public_id), actor=actor, at=at)
    version.status = VersionStatus.LIVE
    version.live_at = at
    try:
        version.save(update_fields=["status", "live_at"])
    except IntegrityError as error:  # the unique index behind the lock
        raise Conflict(_("Another version has just gone live."), code="live_taken") from error
    _record(version, "policy.published", actor, at, reason=note.strip())
    return version


@entry
def retire(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """Take a version out of force; without a live one the product decides nothing.

    Raises: Invalid, Missing, Conflict.
    """
    if not note.strip():
        raise Invalid(_("Say why it is retired."), code="note_required")
    version = _locked(public_id)
    _require(version, VersionStatus.LIVE, VersionStatus.APPROVED)
    _retire(version, note=note.strip(), actor=actor, at=at)
    return version


def faults(*, model: Model, product: Product) -> tuple[CellError, ...]:
    """What stands in the way of submitting these tables for this product."""
    return inspection.review(model=model, product=product).errors


def _retire(version: PolicyVersion, *, note: str, actor: Actor, at: dt.datetime) -> None:
    version.status = VersionStatus.RETIRED
    version.retired_at = at
    version.save(update_fields=["status", "retired_at"])
    _record(version, "policy.retired", actor, at, reason=note)


def _model(content: Any) -> Model:
    try:
        return model_from_json(content)
    except MalformedModel as error:
        raise Invalid(
            _("This is not a policy."),
            code="policy_malformed",
            faults=[FieldFault("", "malformed", str(error))],
        ) from error


def _product(version: PolicyVersion) -> Product:
    return access.product(code=version.product.code)


def _locked(public_id: str) -> PolicyVersion:
    row = PolicyVersion.objects.filter(public_id=public_id).values_list("product_id").first()
    if row is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    _lock_product(row[0])
    return PolicyVersion.objects.get(public_id=public_id)


def _lock_product(product_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s::int4, %s::int4)", [_PRODUCT_LOCK, product_id]
        )


def _require(version: PolicyVersion, *statuses: VersionStatus) -> None:
    if version.status not in statuses:
        raise Conflict(
            _("This cannot be done with a version in its present status."),
            code="policy_status",
            extra={"status": version.status},
        )


def _require_sound(version: PolicyVersion) -> None:
    """Since it was submitted, reasons may have been retired and the product's bounds moved."""
    model = _model(version.content)
    if content_hash(model) != version.content_hash:
        raise Conflict(_("The content is not what was submitted."), code="hash_differs")
    _require_no_faults(model, version)


def _require_no_faults(model: Model, version: PolicyVersion) -> None:
    found = faults(model=model, product=_product(version))
    if found:
        raise Invalid(_("The tables have errors."), code="policy_invalid", faults=_as_faults(found))


def _as_faults(errors: tuple[CellError, ...]) -> list[FieldFault]:
    return [
        FieldFault(f"/{error.table}/{error.rule}/{error.column}", error.code, error.message)
        for error in errors
    ]


def _record(
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
