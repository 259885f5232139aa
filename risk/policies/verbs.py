"""The buttons on a version's page: each a dialog with a reason and one service call."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant

from backoffice.console.actions import Given, reasoned
from backoffice.lib.errors import NotAllowed
from compliance.ledger.callers import calling_staff, signed
from risk.policies import activation, moving, queries, services, trials
from risk.policies.forms import (
    ApproveForm,
    ChallengerForm,
    CopyForm,
    PublishForm,
    RollBackForm,
    ScheduleForm,
    ShadowForm,
)
from risk.policies.models import PolicyVersion, TrialKind, VersionStatus

DETAIL_ACTIONS = (
    "submit", "discard", "approve", "reject", "publish", "schedule", "cancel_schedule",
    "start_shadow", "start_challenger", "roll_back", "retire", "copy_to_draft",
)  # fmt: skip
_POSSIBLE = {
    VersionStatus.DRAFT: {"submit", "discard"},
    VersionStatus.SUBMITTED: {"reject", "start_shadow"},
    VersionStatus.BACKTESTED: {"approve", "reject", "start_shadow"},
    VersionStatus.APPROVED: {"publish", "schedule", "retire", "start_shadow", "start_challenger"},
    VersionStatus.SCHEDULED: {"cancel_schedule", "start_shadow", "start_challenger"},
    VersionStatus.LIVE: {"retire", "copy_to_draft"},
    VersionStatus.RETIRED: {"roll_back", "copy_to_draft"},
    VersionStatus.REJECTED: {"copy_to_draft"},
}
# What nobody does about their own work: the permission, and who asks whether it is.
_ABOUT_OTHERS_WORK = {
    "submit": ("risk.submit_policyversion", moving.require_submitter),
    "approve": ("risk.approve_policyversion", moving.require_approver),
    "publish": ("risk.publish_policyversion", moving.require_publisher),
    "schedule": ("risk.publish_policyversion", moving.require_publisher),
    "start_challenger": ("risk.try_policyversion", moving.require_publisher),
    "roll_back": ("risk.roll_back_policyversion", moving.require_publisher),
}
_TRIALS = {TrialKind.SHADOW: "start_shadow", TrialKind.CHALLENGER: "start_challenger"}


def possible(version: PolicyVersion) -> set[str]:
    """Only the moves that this version can make now."""
    moves = set(_POSSIBLE[VersionStatus(version.status)])
    if version.live_at is None:
        moves.discard("roll_back")
    if moves & set(_TRIALS.values()):
        startable = queries.startable_trials(product_id=version.product_id)
        moves -= {move for kind, move in _TRIALS.items() if kind not in startable}
    if "copy_to_draft" in moves and queries.has_draft(product_id=version.product_id):
        moves.discard("copy_to_draft")
    return moves


def withheld(version: PolicyVersion, *, request: HttpRequest) -> dict[str, Any]:
    """Of the moves possible now those this person could make, were it not their own work.

    Shape: by verb, what the service would answer.
    """
    actor, found = calling_staff(request), {}
    for verb in sorted(possible(version) & _ABOUT_OTHERS_WORK.keys()):
        permission, require = _ABOUT_OTHERS_WORK[verb]
        if request.user.has_perm(permission):
            try:
                require(version, actor)
            except NotAllowed as refusal:
                found[verb] = refusal.message
    return found


class LifecycleActions:
    """Mixed into the version's admin."""

    @reasoned(
        _("Submit for approval"), icon="send", permission="risk.submit_policyversion",
        variant=ActionVariant.PRIMARY,
        about=_("The tables are frozen. Say what changes and why."),
        button=_("Submit"), done=_("Submitted. Somebody else must approve it."),
    )  # fmt: skip
    def submit(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        services.submit(public_id=version.public_id, change_note=given["reason"], **signed(request))

    @reasoned(
        _("Discard draft"), icon="delete", permission="risk.draft_policyversion",
        title=_("Discard this draft"),
        about=_("It stays to be read and copied; the product is free for another draft."),
        button=_("Discard"), done=_("Discarded."),
    )  # fmt: skip
    def discard(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        services.reject(public_id=version.public_id, note=given["reason"], **signed(request))

    @reasoned(
        _("Reject"), icon="undo", permission="risk.approve_policyversion",
        title=_("Reject this version"),
        about=_("This version ends here. Its author can copy it into a new draft."),
        done=_("Rejected."),
    )  # fmt: skip
    def reject(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        services.reject(public_id=version.public_id, note=given["reason"], **signed(request))

    @reasoned(
        _("Approve"), icon="verified", permission="risk.approve_policyversion",
        variant=ActionVariant.PRIMARY, form=ApproveForm,
        title=_("Approve this version"),
        about=_("Say what you checked. Nobody approves their own work."),
        done=_("Approved. It can be put in force."),
    )  # fmt: skip
    def approve(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        services.approve(
            public_id=version.public_id,
            approved_hash=given["content_hash"],
            note=given["reason"],
            **signed(request),
        )

    @reasoned(
        _("Put in force"), icon="bolt", permission="risk.publish_policyversion",
        variant=ActionVariant.DANGER, form=PublishForm,
        title=_("Put this version in force"),
        about=_("The version in force now is retired in the same moment."),
        done=_("In force from now on."),
    )  # fmt: skip
    def publish(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        services.publish(public_id=version.public_id, note=given["reason"], **signed(request))

    @reasoned(
        _("Schedule"), icon="event", permission="risk.publish_policyversion", form=ScheduleForm,
        title=_("Schedule this version"),
        about=_("It takes effect at that second, checked once more."),
        done=_("Scheduled."),
    )  # fmt: skip
    def schedule(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        activation.schedule(
            public_id=version.public_id,
            effective_at=given["effective_at"],
            note=given["reason"],
            **signed(request),
        )

    @reasoned(
        _("Cancel schedule"), icon="event_busy", permission="risk.publish_policyversion",
        title=_("Cancel the schedule"),
        about=_("The version stays approved and takes no effect."),
        done=_("The schedule is cancelled."),
    )  # fmt: skip
    def cancel_schedule(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        activation.cancel_schedule(
            public_id=version.public_id, note=given["reason"], **signed(request)
        )

    @reasoned(
        _("Run as shadow"), icon="visibility", permission="risk.try_policyversion",
        form=ShadowForm,
        title=_("Run this version as a shadow"),
        about=_("It answers beside the version in force, on the same facts. Nobody is touched."),
        button=_("Start"), done=_("The shadow runs from now on."),
    )  # fmt: skip
    def start_shadow(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        trials.start_shadow(public_id=version.public_id, note=given["reason"], **signed(request))

    @reasoned(
        _("Run as challenger"), icon="swords", permission="risk.try_policyversion",
        variant=ActionVariant.DANGER, form=ChallengerForm,
        title=_("Run this version as a challenger"),
        about=_("It decides a fixed share of the customers, always the same ones."),
        button=_("Start"), done=_("The challenger decides its share from now on."),
    )  # fmt: skip
    def start_challenger(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        trials.start_challenger(
            public_id=version.public_id,
            share_percent=given["share_percent"],
            note=given["reason"],
            **signed(request),
        )

    @reasoned(
        _("Roll back to this version"), icon="history", permission="risk.roll_back_policyversion",
        variant=ActionVariant.DANGER, form=RollBackForm,
        about=_("It has been approved and in force before, and is checked against today's rules."),
        button=_("Roll back"), done=_("Rolled back. This version is in force again."),
    )  # fmt: skip
    def roll_back(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        activation.roll_back(
            public_id=version.public_id,
            shown_hash=given["content_hash"],
            note=given["reason"],
            **signed(request),
        )

    @reasoned(
        _("Retire"), icon="archive", permission="risk.publish_policyversion",
        variant=ActionVariant.DANGER,
        title=_("Retire this version"),
        about=_("Without a version in force the product decides nothing."),
        done=_("Retired."),
    )  # fmt: skip
    def retire(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        services.retire(public_id=version.public_id, note=given["reason"], **signed(request))

    @reasoned(
        _("Copy into a new draft"), icon="content_copy", permission="risk.draft_policyversion",
        form=CopyForm,
        about=_("Changes nothing yet: a draft decides nobody until it is in force."),
        button=_("Create"), done=_("The draft is there to be edited."),
    )  # fmt: skip
    def copy_to_draft(self, request: HttpRequest, version: PolicyVersion, given: Given) -> None:
        services.create_draft(
            product_code=version.product.code,
            title=given["title"],
            content=version.content,
            **signed(request),
        )
