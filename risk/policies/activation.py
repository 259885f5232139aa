"""What is in force, and when it changes: schedules, their due second, and the way back.

A schedule does not depend on a scheduler. Whoever looks at a product's policies first after the
due second (a decider, a verb, the worker) makes the move; the others wait for the product's lock
and find it made.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Conflict, Invalid, Refused
from backoffice.lib.transactions import entry, step
from compliance.ledger.facts import Actor
from risk.policies import moving, queries
from risk.policies.facts import InForce
from risk.policies.models import PolicyVersion, VersionStatus

DAYS_AHEAD_AT_MOST = 366


@step
def in_force(*, product_id: int, at: dt.datetime) -> InForce:
    """What decides about the product at this time.

    Effects: puts a scheduled version in force when its moment has come. Raises: Unavailable.
    """
    found = queries.in_force(product_id=product_id, at=at)
    if found is None:
        activate_due(product_id=product_id, at=at)
        found = queries.in_force(product_id=product_id, at=at)
    if found is None:  # pragma: no cover — the lock is ours and nothing is due behind it
        raise RuntimeError("a scheduled version stayed due")
    return found


@step
def activate_due(*, product_id: int, at: dt.datetime) -> PolicyVersion | None:
    """Put the product's scheduled version in force if its moment has come.

    It is checked as if it were published now. When it no longer passes, the version before stays
    in force and this one goes back to approved with the reason. Effects: the product's lock.
    """
    moving.lock_product(product_id)
    due = PolicyVersion.objects.filter(
        product_id=product_id, status=VersionStatus.SCHEDULED, effective_at__lte=at
    ).first()
    if due is None or due.effective_at is None:
        return None
    try:
        moving.require_sound(due)
        moving.require_proof(due, fresh_at=None)
    except Refused as refusal:
        _fall_back(due, refusal, at)
        return None
    moving.enter_force(
        due,
        action="policy.activated",
        actor=queries.SCHEDULER,
        at=at,
        since=due.effective_at,
        reason="",
    )
    return due


@entry
def activate(*, product_id: int, at: dt.datetime) -> PolicyVersion | None:
    """The worker's door to `activate_due`, one product a transaction."""
    return activate_due(product_id=product_id, at=at)


@entry
def schedule(
    *, public_id: str, effective_at: dt.datetime, note: str, actor: Actor, at: dt.datetime
) -> PolicyVersion:
    """Let an approved version take effect at a moment to come.

    Raises: Invalid (no note, a moment that has passed or is too far; tables that no longer
    pass), Missing, NotAllowed, Conflict (not approved, another is scheduled, no fitting proof).
    """
    reason = moving.require_note(note, _("Say why it takes effect then."))
    if not at < effective_at <= at + dt.timedelta(days=DAYS_AHEAD_AT_MOST):
        raise Invalid(
            _("The moment must lie ahead, by a year at most."), code="effective_at_invalid"
        )
    version = locked(public_id, at)
    moving.require(version, VersionStatus.APPROVED)
    moving.require_publisher(version, actor)
    moving.require_sound(version)
    moving.require_proof(version, fresh_at=at)
    if PolicyVersion.objects.filter(
        product_id=version.product_id, status=VersionStatus.SCHEDULED
    ).exists():
        raise Conflict(
            _("Another version of this product is scheduled. Cancel that first."),
            code="schedule_taken",
        )
    moving.move(
        version, VersionStatus.SCHEDULED, action="policy.scheduled", actor=actor, at=at,
        reason=reason, detail={"effective_at": effective_at.isoformat()},
        effective_at=effective_at, published_by_id=moving.staff_id(actor),
    )  # fmt: skip
    return version


@entry
def cancel_schedule(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> PolicyVersion:
    """A scheduled version is approved again. Raises: Invalid, Missing, Conflict (already live)."""
    reason = moving.require_note(note, _("Say why it is not to take effect."))
    version = locked(public_id, at)
    moving.require(version, VersionStatus.SCHEDULED)
    moving.move(
        version, VersionStatus.APPROVED, action="policy.schedule_cancelled", actor=actor, at=at,
        reason=reason, effective_at=None, published_by_id=None,
    )  # fmt: skip
    return version


@entry
def roll_back(
    *, public_id: str, shown_hash: str, note: str, actor: Actor, at: dt.datetime
) -> PolicyVersion:
    """Put an earlier version back in force, in one act: it has been approved and in force before.

    What could do harm stops it; columns that do not say what unknown means are noted in the
    ledger. A schedule of the product is not touched. Raises: Invalid (no note; tables that no
    longer pass), Missing, NotAllowed, Conflict (not retired, never in force, another hash).
    """
    reason = moving.require_note(note, _("Say why the earlier version comes back."))
    version = locked(public_id, at)
    moving.require(version, VersionStatus.RETIRED)
    if version.live_at is None:
        raise Conflict(_("This version was never in force."), code="never_in_force")
    if shown_hash != version.content_hash:
        raise Conflict(_("The content is not what you looked at."), code="hash_differs")
    moving.require_publisher(version, actor)
    undecided = moving.require_harmless(version)
    moving.enter_force(
        version, action="policy.rolled_back", actor=actor, at=at, since=at, reason=reason,
        detail={"undecided": undecided} if undecided else None,
        published_by_id=moving.staff_id(actor),
    )  # fmt: skip
    return version


def locked(public_id: str, at: dt.datetime) -> PolicyVersion:
    """Under the product's lock, with what was due by then in force. Raises: Missing."""
    version = moving.locked(public_id)
    if activate_due(product_id=version.product_id, at=at) is not None:
        version.refresh_from_db()
    return version


def _fall_back(version: PolicyVersion, refusal: Refused, at: dt.datetime) -> None:
    places = [fault.pointer for fault in refusal.faults]
    moving.move(
        version, VersionStatus.APPROVED, action="policy.activation_failed", actor=queries.SCHEDULER,
        at=at, reason=" ".join([refusal.code, *places])[:500],
        detail={"code": refusal.code, "places": places},
        effective_at=None, published_by_id=None,
    )  # fmt: skip
