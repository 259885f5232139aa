"""Campaigns in the console: started, watched, paused, resumed and cancelled."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant

from backoffice.console.actions import Given, reasoned
from backoffice.console.lists import KeysetAdmin
from backoffice.lib import clock
from compliance.ledger.callers import NamesActors, signed
from risk.decisions import campaigns, screens
from risk.decisions.facts import CAMPAIGN_MOVES, CampaignState
from risk.decisions.forms import CampaignForm, CampaignReasonForm
from risk.decisions.models import Campaign
from risk.policies.screens import version_link

_ACTIONS = {
    CampaignState.PAUSED: "pause_campaign",
    CampaignState.RUNNING: "resume_campaign",
    CampaignState.CANCELLED: "cancel_campaign",
}


@admin.register(Campaign)
class CampaignAdmin(NamesActors, KeysetAdmin):
    list_display = (
        "public_id", "product_label", "policy_label", "state_label", "progress",
        "customers_changed", "customers_failed", "starter", "started_at", "finished_at",
    )  # fmt: skip
    list_select_related = ("product", "policy_version")
    list_deferred = ("policy_version__content",)
    list_filter = ("state",)
    change_form_template = "decisions/campaign.html"
    actions_list = ("start_campaign",)
    actions_detail = ("pause_campaign", "resume_campaign", "cancel_campaign")

    def possible_actions(self, row: Campaign) -> set[str]:
        moves = CAMPAIGN_MOVES.get(CampaignState(row.state), ())
        return {_ACTIONS[to] for to in moves if to in _ACTIONS}

    @display(description=_("policy version"))
    def policy_label(self, campaign: Campaign) -> SafeString:
        return version_link(campaign.policy_version)

    @display(description=_("progress"))
    def progress(self, campaign: Campaign) -> str:
        done, total = campaign.customers_done, campaign.customers_total
        return f"{done} / {total} ({screens.share(campaign)} %)"

    def page(self, request: HttpRequest, row: Campaign) -> dict[str, Any]:
        return screens.campaign_page(row, at=clock.now())

    @reasoned(
        _("Apply the live policy to everybody"), icon="campaign", permission="risk.start_campaign",
        variant=ActionVariant.DANGER, form=CampaignForm,
        about=_("Runs in the background; its page shows how far it is."),
        button=_("Start"), done=_("The campaign has started; the workers are at it."),
    )  # fmt: skip
    def start_campaign(self, request: HttpRequest, given: Given) -> None:
        campaigns.start(
            product_code=given["product"],
            note=given["reason"],
            customers_per_second=given["customers_per_second"],
            notices_per_second=given["notices_per_second"],
            **signed(request),
        )

    @reasoned(
        _("Pause"), icon="pause", permission="risk.start_campaign", form=CampaignReasonForm,
        title=_("Pause this campaign"),
        about=_("Nobody else is decided until somebody resumes it."),
        done=_("Paused."),
    )  # fmt: skip
    def pause_campaign(self, request: HttpRequest, campaign: Campaign, given: Given) -> None:
        campaigns.pause(public_id=campaign.public_id, note=given["reason"], **signed(request))

    @reasoned(
        _("Resume"), icon="play_arrow", permission="risk.start_campaign",
        variant=ActionVariant.PRIMARY, form=CampaignReasonForm,
        title=_("Resume this campaign"), about=_("It goes on with the next customer."),
        done=_("It goes on."),
    )  # fmt: skip
    def resume_campaign(self, request: HttpRequest, campaign: Campaign, given: Given) -> None:
        campaigns.resume(public_id=campaign.public_id, note=given["reason"], **signed(request))

    @reasoned(
        _("Cancel the campaign"), icon="cancel", permission="risk.start_campaign",
        variant=ActionVariant.DANGER, form=CampaignReasonForm,
        title=_("Cancel this campaign"),
        about=_("For good: the customers who are left keep what they have."),
        done=_("Cancelled."),
    )  # fmt: skip
    def cancel_campaign(self, request: HttpRequest, campaign: Campaign, given: Given) -> None:
        campaigns.cancel(public_id=campaign.public_id, note=given["reason"], **signed(request))
