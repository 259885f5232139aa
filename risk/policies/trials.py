"""Trying a version on real traffic: as a shadow without effect, or for a share of customers."""

from __future__ import annotations

import datetime as dt
import secrets

from django.utils.translation import gettext_lazy as _

from backoffice.lib import ids
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from risk.policies import activation, moving
from risk.policies.models import PolicyTrial, PolicyVersion, TrialKind, VersionStatus

SHARE_AT_MOST = 50


@entry
def start_shadow(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyTrial:
    """Evaluate a submitted version beside the live one from now on; nobody is touched.

    Raises: Invalid (no note; tables that no longer pass), Missing, Conflict (not submitted,
    nothing in force, another shadow runs).
    """
    version = activation.locked(public_id, at)
    moving.require(
        version, VersionStatus.SUBMITTED, VersionStatus.BACKTESTED, VersionStatus.APPROVED,
        VersionStatus.SCHEDULED,
    )  # fmt: skip
    return _start(version, TrialKind.SHADOW, note, actor, at)


@entry
def start_challenger(
    *, public_id: str, share_percent: int, note: str, actor: Actor, at: dt.datetime
) -> PolicyTrial:
    """Let an approved version decide a fixed share of the customers from now on.

    Raises: as `start_shadow`; Invalid (share), NotAllowed (publisher), Conflict (not approved,
    no fitting proof).
    """
    if not 1 <= share_percent <= SHARE_AT_MOST:
        raise Invalid(
            _("A share of 1 to %(most)s per cent.") % {"most": SHARE_AT_MOST}, code="share_invalid"
        )
    version = activation.locked(public_id, at)
    moving.require(version, VersionStatus.APPROVED, VersionStatus.SCHEDULED)
    moving.require_publisher(version, actor)
    moving.require_proof(version, fresh_at=at)
    return _start(version, TrialKind.CHALLENGER, note, actor, at, share_percent=share_percent)


@entry
def stop(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyTrial:
    """Raises: Invalid (no note), Missing, Conflict (has ended)."""
    reason = moving.require_note(note, _("Say why the trial stops."))
    trial = PolicyTrial.objects.filter(public_id=public_id).first()
    if trial is None:
        raise Missing(_("No such trial."), code="trial_unknown")
    moving.lock_product(trial.product_id)
    trial.refresh_from_db()
    if trial.ended_at is not None:
        raise Conflict(_("This trial has ended already."), code="trial_ended")
    moving.end_trial(trial, actor=actor, at=at, reason=reason)
    return trial


def _start(
    version: PolicyVersion,
    kind: TrialKind,
    note: str,
    actor: Actor,
    at: dt.datetime,
    *,
    share_percent: int | None = None,
) -> PolicyTrial:
    reason = moving.require_note(note, _("Say what the trial is to find out."))
    moving.require_sound(version)
    live = moving.live_row(version.product_id)
    if live is None:
        raise Conflict(_("Nothing is in force to compare with."), code="no_live_policy")
    running = PolicyTrial.objects.filter(
        product_id=version.product_id, kind=kind, ended_at__isnull=True
    )
    if running.exists():
        raise Conflict(
            _("A trial of this kind is running for this product. Stop that first."),
            code="trial_running",
        )
    trial = PolicyTrial.objects.create(
        public_id=ids.ordered("tri"), product_id=version.product_id, version=version,
        live_version=live, kind=kind, share_percent=share_percent,
        salt=secrets.token_hex(16) if kind is TrialKind.CHALLENGER else "", reason=reason,
        started_by=str(actor), started_at=at,
    )  # fmt: skip
    ledger.record(
        actor=actor, action="policy.trial_started", subject=("policy", version.public_id),
        reason=reason,
        detail={"trial": trial.public_id, "kind": kind.value, "share": share_percent,
                "hash": version.content_hash},
        at=at,
    )  # fmt: skip
    return trial
