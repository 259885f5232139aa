"""The buttons on a version's page: each a dialog with a reason and one service call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from backoffice.console.actions import ReasonForm, carry_out
from backoffice.lib import clock
from compliance.ledger.callers import calling_staff
from risk.policies import activation, services, trials
from risk.policies.forms import (
    ApproveForm,
    ChallengerForm,
    CopyForm,
    PublishForm,
    RollBackForm,
    ScheduleForm,
    ShadowForm,
)
from risk.policies.models import PolicyVersion, VersionStatus

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


def possible(version: PolicyVersion) -> set[str]:
    """Only the moves that this version can make now."""
    moves = _POSSIBLE[VersionStatus(version.status)]
    return moves - {"roll_back"} if version.live_at is None else moves


def _dialog(title: Any, description: Any, form: type[ReasonForm], button: Any) -> dict[str, Any]:
    return {
        "title": title, "description": description, "form_class": form, "form_submit_text": button,
    }  # fmt: skip


class LifecycleActions:
    """Mixed into the version's admin."""

    @action(
        description=_("Submit for approval"),
        icon="send",
        permissions=["risk.submit_policyversion"],
        variant=ActionVariant.PRIMARY,
        dialog=_dialog(
            _("Submit for approval"),
            _("The tables are frozen. Say what changes and why."),
            ReasonForm,
            _("Submit"),
        ),
    )
    def submit(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return _move(
            request, object_id, form, _now("Submitted. Somebody else must approve it."),
            lambda public_id, note, who: services.submit(
                public_id=public_id, change_note=note, **who
            ),
        )  # fmt: skip

    @action(
        description=_("Discard draft"),
        icon="delete",
        permissions=["risk.draft_policyversion"],
        dialog=_dialog(
            _("Discard this draft"),
            _("It stays to be read and copied; the product is free for another draft."),
            ReasonForm,
            _("Discard"),
        ),
    )
    def discard(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return _move(request, object_id, form, _now("Discarded."), _reject)

    @action(
        description=_("Reject"),
        icon="undo",
        permissions=["risk.approve_policyversion"],
        dialog=_dialog(
            _("Reject this version"),
            _("This version ends here. Its author can copy it into a new draft."),
            ReasonForm,
            _("Reject"),
        ),
    )
    def reject(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return _move(request, object_id, form, _now("Rejected."), _reject)

    @action(
        description=_("Approve"),
        icon="verified",
        permissions=["risk.approve_policyversion"],
        variant=ActionVariant.PRIMARY,
        dialog=_dialog(
            _("Approve this version"),
            _("Say what you checked. Nobody approves their own work."),
            ApproveForm,
            _("Approve"),
        ),
    )
    def approve(self, request: HttpRequest, form: ApproveForm, object_id: str) -> HttpResponse:
        return _move(
            request, object_id, form, _now("Approved. It can be put in force."),
            lambda public_id, note, who: services.approve(
                public_id=public_id, approved_hash=form.cleaned_data["content_hash"], note=note,
                **who,
            ),
        )  # fmt: skip

    @action(
        description=_("Put in force"),
        icon="bolt",
        permissions=["risk.publish_policyversion"],
        variant=ActionVariant.DANGER,
        dialog=_dialog(
            _("Put this version in force"),
            _("The version in force now is retired in the same moment."),
            PublishForm,
            _("Put in force"),
        ),
    )
    def publish(self, request: HttpRequest, form: PublishForm, object_id: str) -> HttpResponse:
        return _move(
            request, object_id, form, _now("In force from now on."),
            lambda public_id, note, who: services.publish(public_id=public_id, note=note, **who),
        )  # fmt: skip

    @action(
        description=_("Schedule"),
        icon="event",
        permissions=["risk.publish_policyversion"],
        dialog=_dialog(
            _("Schedule this version"),
            _("It takes effect at that second, checked once more."),
            ScheduleForm,
            _("Schedule"),
        ),
    )
    def schedule(self, request: HttpRequest, form: ScheduleForm, object_id: str) -> HttpResponse:
        return _move(
            request, object_id, form, _now("Scheduled."),
            lambda public_id, note, who: activation.schedule(
                public_id=public_id, effective_at=form.cleaned_data["effective_at"], note=note,
                **who,
            ),
        )  # fmt: skip

    @action(
        description=_("Cancel schedule"),
        icon="event_busy",
        permissions=["risk.publish_policyversion"],
        dialog=_dialog(
            _("Cancel the schedule"),
            _("The version stays approved and takes no effect."),
            ReasonForm,
            _("Cancel schedule"),
        ),
    )
    def cancel_schedule(
        self, request: HttpRequest, form: ReasonForm, object_id: str
    ) -> HttpResponse:
        return _move(
            request, object_id, form, _now("The schedule is cancelled."),
            lambda public_id, note, who: activation.cancel_schedule(
                public_id=public_id, note=note, **who
            ),
        )  # fmt: skip

    @action(
        description=_("Run as shadow"),
        icon="visibility",
        permissions=["risk.try_policyversion"],
        dialog=_dialog(
            _("Run this version as a shadow"),
            _("It answers beside the version in force, on the same facts. Nobody is touched."),
            ShadowForm,
            _("Start"),
        ),
    )
    def start_shadow(self, request: HttpRequest, form: ShadowForm, object_id: str) -> HttpResponse:
        return _move(
            request, object_id, form, _now("The shadow runs from now on."),
            lambda public_id, note, who: trials.start_shadow(public_id=public_id, note=note, **who),
        )  # fmt: skip

    @action(
        description=_("Run as challenger"),
        icon="swords",
        permissions=["risk.try_policyversion"],
        variant=ActionVariant.DANGER,
        dialog=_dialog(
            _("Run this version as a challenger"),
            _("It decides a fixed share of the customers, always the same ones."),
            ChallengerForm,
            _("Start"),
        ),
    )
    def start_challenger(
        self, request: HttpRequest, form: ChallengerForm, object_id: str
    ) -> HttpResponse:
        return _move(
            request, object_id, form, _now("The challenger decides its share from now on."),
            lambda public_id, note, who: trials.start_challenger(
                public_id=public_id, share_percent=form.cleaned_data["share_percent"], note=note,
                **who,
            ),
        )  # fmt: skip

    @action(
        description=_("Roll back to this version"),
        icon="history",
        permissions=["risk.roll_back_policyversion"],
        variant=ActionVariant.DANGER,
        dialog=_dialog(
            _("Roll back to this version"),
            _("It has been approved and in force before, and is checked against today's rules."),
            RollBackForm,
            _("Roll back"),
        ),
    )
    def roll_back(self, request: HttpRequest, form: RollBackForm, object_id: str) -> HttpResponse:
        return _move(
            request, object_id, form, _now("Rolled back. This version is in force again."),
            lambda public_id, note, who: activation.roll_back(
                public_id=public_id, shown_hash=form.cleaned_data["content_hash"], note=note, **who
            ),
        )  # fmt: skip

    @action(
        description=_("Retire"),
        icon="archive",
        permissions=["risk.publish_policyversion"],
        variant=ActionVariant.DANGER,
        dialog=_dialog(
            _("Retire this version"),
            _("Without a version in force the product decides nothing."),
            ReasonForm,
            _("Retire"),
        ),
    )
    def retire(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return _move(
            request, object_id, form, _now("Retired."),
            lambda public_id, note, who: services.retire(public_id=public_id, note=note, **who),
        )  # fmt: skip

    @action(
        description=_("Copy into a new draft"),
        icon="content_copy",
        permissions=["risk.draft_policyversion"],
        dialog=_dialog(
            _("Copy into a new draft"),
            _("Changes nothing yet: a draft decides nobody until it is in force."),
            CopyForm,
            _("Create"),
        ),
    )
    def copy_to_draft(self, request: HttpRequest, form: CopyForm, object_id: str) -> HttpResponse:
        version = PolicyVersion.objects.select_related("product").get(pk=object_id)
        return carry_out(
            request,
            verb=lambda: services.create_draft(
                product_code=version.product.code,
                title=form.cleaned_data["title"],
                content=version.content,
                actor=calling_staff(request),
                at=clock.now(),
            ),
            done=_now("The draft is there to be edited."),
            back_to=reverse("admin:risk_policyversion_changelist"),
        )


def _reject(public_id: str, note: str, who: dict[str, Any]) -> object:
    return services.reject(public_id=public_id, note=note, **who)


def _move(
    request: HttpRequest,
    object_id: str,
    form: ReasonForm,
    done: str,
    verb: Callable[[str, str, dict[str, Any]], object],
) -> HttpResponse:
    version = PolicyVersion.objects.get(pk=object_id)
    who = {"actor": calling_staff(request), "at": clock.now()}
    return carry_out(
        request,
        verb=lambda: verb(version.public_id, form.cleaned_data["reason"], who),
        done=done,
        back_to=reverse("admin:risk_policyversion_change", args=[object_id]),
    )
