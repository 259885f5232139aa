"""A version on its way: drafted, submitted, backtested, approved by another person, or rejected."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.access import queries as access
from accounts.access.facts import Product
from backoffice.lib import ids
from backoffice.lib.errors import Conflict, FieldFault, Invalid
from backoffice.lib.transactions import entry, step
from compliance.ledger.facts import Actor
from risk.policies import activation, casework, moving, queries
from risk.policies.facts import Case, Proof, SourceFile
from risk.policies.models import PolicyProof, PolicyStep, PolicyVersion, VersionStatus
from risk.tables.facts import CellError, Model
from risk.tables.services import content_hash, model_to_json


@entry
def create_draft(
    *,
    product_code: str,
    title: str,
    content: Any,
    actor: Actor,
    at: dt.datetime,
    cases: Sequence[Case] = (),
    file: SourceFile | None = None,
) -> PolicyVersion:
    """The product's draft, with the next number. `content` is the model as JSON and may have
    cell errors. The ledger names the file it was read from.

    Raises: Missing (product), Invalid (not a model at all), Conflict (there is a draft already).
    """
    product = access.product(code=product_code)
    moving.lock_product(product.id)
    if queries.has_draft(product_id=product.id):
        raise Conflict(
            _("This product has a draft already. Go on with it, or reject it first."),
            code="draft_exists",
        )
    last = PolicyVersion.objects.filter(product_id=product.id).aggregate(Max("number"))
    version = PolicyVersion.objects.create(
        public_id=ids.ordered("pol"),
        product_id=product.id,
        number=(last["number__max"] or 0) + 1,
        title=title,
        content=model_to_json(moving.read_model(content)),
        created_by_id=int(actor.id),
        created_at=at,
    )
    casework.replace(version_id=version.pk, cases=cases)
    moving.step(version, ("", VersionStatus.DRAFT), actor=actor, at=at, reason="")
    source = {"file": file.name, "sha256": file.sha256} if file else None
    moving.record(version, "policy.drafted", actor, at, detail=source)
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
    Whoever saves becomes an author. Raises: Missing, Invalid (not a model at all), Conflict (no
    draft any more, or somebody saved since `revision`).
    """
    version = moving.locked(public_id)
    moving.require(version, VersionStatus.DRAFT)
    if version.revision != revision:
        raise Conflict(
            _("Somebody else has changed this draft since you opened it."), code="draft_changed"
        )
    model = moving.read_model(content)
    version.content = model_to_json(model)
    version.revision += 1
    version.save(update_fields=["content", "revision"])
    if cases is not None:
        casework.replace(version_id=version.pk, cases=cases)
    _become_author(version, actor, at)
    moving.record(version, "policy.edited", actor, at, detail={"revision": version.revision})
    return moving.faults(model=model, product=moving.product_of(version))


@entry
def submit(*, public_id: str, change_note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """Freeze a draft under its hash, to be backtested and approved by somebody else.

    Raises: Missing, Conflict, NotAllowed (an author, where that is configured), Invalid (no
    note; cell errors, each with its place; cases that fail, each with its name).
    """
    note = moving.require_note(change_note, _("Say what changes and why."))
    version = moving.locked(public_id)
    moving.require(version, VersionStatus.DRAFT)
    moving.require_submitter(version, actor)
    model = moving.read_model(version.content)
    moving.require_no_faults(model, version)
    casework.require_passed(
        version_id=version.pk, model=model, product=moving.product_of(version), at=at
    )
    moving.move(
        version, VersionStatus.SUBMITTED, action="policy.submitted", actor=actor, at=at,
        reason=note, content_hash=content_hash(model), change_note=note,
        submitted_by_id=int(actor.id), submitted_at=at,
    )  # fmt: skip
    return version


@step
def record_proof(*, public_id: str, proof: Proof, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """Keep what a backtest found; a submitted version is backtested from then on.

    A version further on gets a fresher proof and stays where it is. Effects: the product's lock;
    proof, step and ledger rows. Raises: Missing, Conflict (policy_status, proof_other_hash,
    proof_repeated), Invalid (counts or hashes that cannot be).
    """
    version = activation.locked(public_id, at)
    moving.require(
        version, VersionStatus.SUBMITTED, VersionStatus.BACKTESTED, VersionStatus.APPROVED,
        VersionStatus.SCHEDULED,
    )  # fmt: skip
    if proof.candidate_hash != version.content_hash:
        raise Conflict(_("The backtest is of another content."), code="proof_other_hash")
    if version.proofs.filter(backtest_public_id=proof.backtest_public_id).exists():
        raise Conflict(_("This backtest is recorded already."), code="proof_repeated")
    _keep_proof(version, proof, actor, at)
    if version.status == VersionStatus.SUBMITTED:
        moving.move(
            version, VersionStatus.BACKTESTED, action="policy.backtested", actor=actor, at=at,
            reason=proof.backtest_public_id, detail={"backtest": proof.backtest_public_id},
        )  # fmt: skip
    else:
        moving.record(
            version, "policy.proved_again", actor, at,
            detail={"backtest": proof.backtest_public_id},
        )  # fmt: skip
    return version


@entry
def reject(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """End a version that has not been approved. Its content stays, to be copied into a new draft.

    Raises: Invalid (no note), Missing, Conflict.
    """
    reason = moving.require_note(note, _("Say what should change."))
    version = moving.locked(public_id)
    moving.require(version, VersionStatus.DRAFT, VersionStatus.SUBMITTED, VersionStatus.BACKTESTED)
    moving.move(
        version, VersionStatus.REJECTED, action="policy.rejected", actor=actor, at=at,
        reason=reason,
    )  # fmt: skip
    return version


@entry
def approve(
    *, public_id: str, approved_hash: str, note: str, actor: Actor, at: dt.datetime
) -> PolicyVersion:
    """Approve exactly the content with this hash, as somebody other than author and submitter.

    Raises: Invalid (no note; tables that no longer pass), Missing, Conflict (not backtested,
    another hash, no fitting proof), NotAllowed (own work).
    """
    reason = moving.require_note(note, _("Say what you checked."))
    version = activation.locked(public_id, at)
    moving.require(version, VersionStatus.BACKTESTED)
    if approved_hash != version.content_hash:
        raise Conflict(_("The content is not what you looked at."), code="hash_differs")
    moving.require_approver(version, actor)
    moving.require_sound(version)
    proof = moving.require_proof(version, fresh_at=at)
    moving.move(
        version, VersionStatus.APPROVED, action="policy.approved", actor=actor, at=at,
        reason=reason, detail={"backtest": proof.backtest_public_id},
        approved_by_id=int(actor.id), approved_at=at, approval_note=reason,
    )  # fmt: skip
    return version


@entry
def publish(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """Put an approved version in force; the one before it is retired in the same moment.

    Raises: Invalid (no note; tables that no longer pass), Missing, NotAllowed, Conflict (not
    approved; no proof against what is live now, on a fresh snapshot).
    """
    reason = moving.require_note(note, _("Say why it goes live now."))
    version = activation.locked(public_id, at)
    moving.require(version, VersionStatus.APPROVED)
    moving.require_publisher(version, actor)
    moving.require_sound(version)
    moving.require_proof(version, fresh_at=at)
    moving.enter_force(
        version, action="policy.published", actor=actor, at=at, since=at, reason=reason,
        published_by_id=moving.staff_id(actor),
    )  # fmt: skip
    return version


@entry
def retire(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """Take a version out of force; without a live one the product decides nothing.

    Raises: Invalid, Missing, Conflict.
    """
    reason = moving.require_note(note, _("Say why it is retired."))
    version = activation.locked(public_id, at)
    moving.require(version, VersionStatus.LIVE, VersionStatus.APPROVED)
    moving.leave_force(version, actor=actor, at=at, until=at, reason=reason)
    return version


def faults(*, model: Model, product: Product) -> tuple[CellError, ...]:
    """What stands in the way of submitting these tables for this product."""
    return moving.faults(model=model, product=product)


def _become_author(version: PolicyVersion, actor: Actor, at: dt.datetime) -> None:
    """One step an author, not one a saving: the ledger has those."""
    known = PolicyStep.objects.filter(version=version, to_status=VersionStatus.DRAFT)
    if not known.filter(actor=str(actor)).exists():
        both = (VersionStatus.DRAFT, VersionStatus.DRAFT)
        moving.step(version, both, actor=actor, at=at, reason="")


def _keep_proof(version: PolicyVersion, proof: Proof, actor: Actor, at: dt.datetime) -> None:
    try:
        with transaction.atomic():
            PolicyProof.objects.create(
                version=version, recorded_by=str(actor), recorded_at=at,
                **dataclasses.asdict(proof),
            )  # fmt: skip
    except IntegrityError as error:
        raise Invalid(
            _("The proof's counts or hashes cannot be."),
            code="proof_malformed",
            faults=[FieldFault("", "proof_malformed", type(error.__cause__).__name__)],
        ) from error
