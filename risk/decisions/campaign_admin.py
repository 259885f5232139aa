"""Campaigns in the console: started, watched, paused, resumed and cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from backoffice.console.actions import ReasonForm, carry_out
from backoffice.console.labels import coloured, page_link, product_name
from backoffice.console.lists import KeysetAdmin
from backoffice.lib import clock
from compliance.ledger import queries as ledger
from compliance.ledger.callers import calling_staff
from compliance.ledger.words import actor_words
from risk.decisions import campaigns, queries, screens
from risk.decisions.facts import CAMPAIGN_MOVES, CampaignState
from risk.decisions.forms import CampaignForm, CampaignReasonForm
from risk.decisions.models import Campaign

_ACTIONS = {
    CampaignState.PAUSED: "pause_campaign",
    CampaignState.RUNNING: "resume_campaign",
    CampaignState.CANCELLED: "cancel_campaign",
}


@admin.register(Campaign)
class CampaignAdmin(KeysetAdmin):
    list_display = (
        "public_id", "product_label", "policy_label", "state_label", "progress",
        "customers_changed", "customers_failed", "starter", "started_at", "finished_at",
    )  # fmt: skip
    list_select_related = ("product", "policy_version")
    list_filter = ("state",)
    change_form_template = "decisions/campaign.html"
    actions_list = ("start_campaign",)
    actions_detail = ("pause_campaign", "resume_campaign", "cancel_campaign")

    def possible_actions(self, row: Campaign) -> set[str]:
        moves = CAMPAIGN_MOVES.get(CampaignState(row.state), ())
        return {_ACTIONS[to] for to in moves if to in _ACTIONS}

    def prepare(self, rows: list[Any]) -> None:
        names = ledger.actor_names(row.started_by for row in rows)
        for row in rows:
            row.names = names

    @display(description=_("product"))
    def product_label(self, campaign: Campaign) -> str:
        return product_name(campaign.product)

    @display(description=_("policy version"))
    def policy_label(self, campaign: Campaign) -> SafeString:
        version = campaign.policy_version
        return page_link("risk_policyversion", version.pk, f"{version.title} v{version.number}")

    @display(description=_("started by"))
    def starter(self, campaign: Any) -> str:
        return actor_words(campaign.started_by, campaign.names)

    @display(description=_("state"))
    def state_label(self, campaign: Campaign) -> SafeString:
        return coloured(campaign.state, campaign.get_state_display())

    @display(description=_("progress"))
    def progress(self, campaign: Campaign) -> str:
        done, total = campaign.customers_done, campaign.customers_total
        return f"{done} / {total} ({screens.share(campaign)} %)"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        campaign = self.get_object(request, object_id)
        shown = screens.campaign_page(campaign, at=clock.now()) if campaign is not None else {}
        context = {**(extra_context or {}), **shown}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(
        description=_("Apply the live policy to everybody"),
        icon="campaign",
        permissions=["risk.start_campaign"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": _("Apply the live policy to everybody"),
            "description": _("Runs in the background; its page shows how far it is."),
            "form_class": CampaignForm,
            "form_submit_text": _("Start"),
        },
    )
    def start_campaign(self, request: HttpRequest, form: CampaignForm) -> HttpResponse:
        given = form.cleaned_data
        return carry_out(
            request,
            verb=lambda: campaigns.start(
                product_code=given["product"],
                note=given["reason"],
                customers_per_second=given["customers_per_second"],
                notices_per_second=given["notices_per_second"],
                actor=calling_staff(request),
                at=clock.now(),
            ),
            done=_now("The campaign has started; the workers are at it."),
            back_to=reverse("admin:risk_campaign_changelist"),
        )

    @action(
        description=_("Pause"),
        icon="pause",
        permissions=["risk.start_campaign"],
        dialog={
            "title": _("Pause this campaign"),
            "description": _("Nobody else is decided until somebody resumes it."),
            "form_class": CampaignReasonForm,
            "form_submit_text": _("Pause"),
        },
    )
    def pause_campaign(
        self, request: HttpRequest, form: ReasonForm, object_id: str
    ) -> HttpResponse:
        return self._move(request, form, object_id, campaigns.pause, _now("Paused."))

    @action(
        description=_("Resume"),
        icon="play_arrow",
        permissions=["risk.start_campaign"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": _("Resume this campaign"),
            "description": _("It goes on with the next customer."),
            "form_class": CampaignReasonForm,
            "form_submit_text": _("Resume"),
        },
    )
    def resume_campaign(
        self, request: HttpRequest, form: ReasonForm, object_id: str
    ) -> HttpResponse:
        return self._move(request, form, object_id, campaigns.resume, _now("It goes on."))

    @action(
        description=_("Cancel the campaign"),
        icon="cancel",
        permissions=["risk.start_campaign"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": _("Cancel this campaign"),
            "description": _("For good: the customers who are left keep what they have."),
            "form_class": CampaignReasonForm,
            "form_submit_text": _("Cancel the campaign"),
        },
    )
    def cancel_campaign(
        self, request: HttpRequest, form: ReasonForm, object_id: str
    ) -> HttpResponse:
        return self._move(request, form, object_id, campaigns.cancel, _now("Cancelled."))

    def _move(
        self,
        request: HttpRequest,
        form: ReasonForm,
        object_id: str,
        verb: Callable[..., None],
        done: str,
    ) -> HttpResponse:
        campaign = queries.campaigns().get(pk=object_id)
        return carry_out(
            request,
            verb=lambda: verb(
                public_id=campaign.public_id,
                note=form.cleaned_data["reason"],
                actor=calling_staff(request),
                at=clock.now(),
            ),
            done=done,
            back_to=reverse("admin:risk_campaign_change", args=[object_id]),
        )
