"""Policies in the console: read as tables, edited as drafts, moved on by actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access import queries as access
from backoffice.console.actions import ReasonForm, carry_out
from backoffice.console.labels import STATE_COLOURS
from backoffice.console.lists import KeysetAdmin
from backoffice.lib import clock
from backoffice.lib.errors import Refused
from compliance.ledger.callers import calling_staff
from risk.policies import editing, queries, screens, services, starter
from risk.policies.models import PolicyVersion, VersionStatus
from risk.tables.services import model_from_json


class DraftForm(ReasonForm):
    title = forms.CharField(label=_("Title"), max_length=120, widget=UnfoldAdminTextInputWidget)
    product = forms.ChoiceField(label=_("Product"), widget=UnfoldAdminSelectWidget)
    based_on = forms.ChoiceField(label=_("Based on"), widget=UnfoldAdminSelectWidget)
    field_order = ("title", "product", "based_on", "reason")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        codes = access.products().values_list("code", flat=True)
        self.fields["product"].choices = [(code, code) for code in codes]
        known = [
            (row.public_id, f"{row.product.code} v{row.number} — {row.title}")
            for row in queries.versions()[:50]
        ]
        self.fields["based_on"].choices = [("starter", _("the starter policy")), *known]


class ApproveForm(ReasonForm):
    """Carries the hash that was on the screen: what is approved is what was looked at."""

    content_hash = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        version = PolicyVersion.objects.get(pk=self.object_id)
        self.fields["content_hash"].initial = version.content_hash

    def blast_radius(self) -> list[str]:
        version = PolicyVersion.objects.get(pk=self.object_id)
        return [
            _now("You approve exactly the content with the hash %(hash)s.")
            % {"hash": version.content_hash[:16]}
        ]


class PublishForm(ReasonForm):
    def blast_radius(self) -> list[str]:
        version = PolicyVersion.objects.select_related("product").get(pk=self.object_id)
        sizes = access.switch_scopes()
        _label, count = sizes.get(f"product:{version.product.code}", ("", 0))
        return [
            _now("Every decision about %(product)s uses this version from now on.")
            % {"product": version.product.code},
            _now(
                "%(count)s customers can use the product now; "
                "each is decided anew when next asked for."
            )
            % {"count": count},
        ]


@admin.register(PolicyVersion)
class PolicyVersionAdmin(KeysetAdmin):
    list_display = (
        "title", "product", "number", "status_label", "submitted_by", "approved_by", "live_at",
    )  # fmt: skip
    list_filter = ("status",)
    list_select_related = ("product", "submitted_by", "approved_by")
    change_form_template = "policies/version.html"
    actions_list = ("new_draft",)
    actions_detail = ("submit", "send_back", "approve", "publish", "retire")

    @display(description=_("status"), label=STATE_COLOURS)
    def status_label(self, version: PolicyVersion) -> tuple[str, str]:
        return version.status, version.get_status_display()

    def get_urls(self) -> list[URLPattern]:
        edit = path(
            "<int:pk>/edit/", self.admin_site.admin_view(self.edit), name="risk_policyversion_edit"
        )
        return [edit, *super().get_urls()]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Only the moves that this version can make now."""
        status = PolicyVersion.objects.filter(pk=object_id).values_list("status", flat=True).first()
        possible: set[str] = {
            VersionStatus.DRAFT.value: {"submit"},
            VersionStatus.SUBMITTED.value: {"approve", "send_back"},
            VersionStatus.APPROVED.value: {"publish", "retire"},
            VersionStatus.LIVE.value: {"retire"},
        }.get(status or "", set())
        found = super().get_actions_detail(request, object_id)
        return [item for item in found if item.action_name.split("policyversion_")[-1] in possible]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if version is not None:
            product = access.product(code=version.product.code)
            errors = services.faults(model=model_from_json(version.content), product=product)
            is_draft = version.status == VersionStatus.DRAFT
            shown = {
                "version": version,
                "errors": editing.described(errors) if is_draft else [],
                "tables": screens.plain_tables(version.content, errors if is_draft else ()),
                "is_editable": is_draft and request.user.has_perm("risk.draft_policyversion"),
                "edit_url": reverse("admin:risk_policyversion_edit", args=[version.pk]),
            }
        context = {**(extra_context or {}), **shown}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The editor's form: the whole draft comes back, is saved, and its faults are shown."""
        if not request.user.has_perm("risk.draft_policyversion"):
            raise PermissionDenied
        back = HttpResponseRedirect(reverse("admin:risk_policyversion_change", args=[pk]))
        version = queries.versions().filter(pk=pk).first()
        if request.method != "POST" or version is None:
            return back
        try:
            content = editing.edited(version.content, request.POST)
            revision = editing.revision_in(request.POST)
            faults = services.save_draft(
                public_id=version.public_id,
                content=content,
                revision=revision,
                actor=calling_staff(request),
                at=clock.now(),
            )
        except Refused as error:
            messages.error(request, str(error.message))
            return back
        if faults:
            text = _now("Saved. %(count)s cells stand in the way of submitting.")
            messages.warning(request, text % {"count": len(faults)})
        else:
            messages.success(request, _now("Saved. The tables are ready to be submitted."))
        return back

    @action(
        description=_("New draft"),
        icon="add",
        permissions=["risk.draft_policyversion"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": _("New draft"),
            "description": "",
            "form_class": DraftForm,
            "form_submit_text": _("Create"),
        },
    )
    def new_draft(self, request: HttpRequest, form: DraftForm) -> HttpResponse:
        given = form.cleaned_data
        base = given["based_on"]
        content = (
            starter.consumer_credit()
            if base == "starter"
            else queries.version(public_id=base).content
        )
        return carry_out(
            request,
            verb=lambda: services.create_draft(
                product_code=given["product"],
                title=given["title"],
                content=content,
                actor=calling_staff(request),
                at=clock.now(),
            ),
            done=_now("The draft is there to be edited."),
            back_to=reverse("admin:risk_policyversion_changelist"),
        )

    @action(
        description=_("Submit for approval"),
        icon="send",
        permissions=["risk.submit_policyversion"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": _("Submit for approval"),
            "description": _("The tables are frozen. Say what changes and why."),
            "form_class": ReasonForm,
            "form_submit_text": _("Submit"),
        },
    )
    def submit(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._move(
            request, object_id, _now("Submitted. Somebody else must approve it."),
            lambda public_id, note, who: services.submit(
                public_id=public_id, change_note=note, **who
            ), form,
        )  # fmt: skip

    @action(
        description=_("Send back"),
        icon="undo",
        permissions=["risk.approve_policyversion"],
        dialog={
            "title": _("Send back to the author"),
            "description": _("It becomes a draft again."),
            "form_class": ReasonForm,
            "form_submit_text": _("Send back"),
        },
    )
    def send_back(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._move(
            request, object_id, _now("Sent back as a draft."),
            lambda public_id, note, who: services.send_back(
                public_id=public_id, note=note, **who
            ), form,
        )  # fmt: skip

    @action(
        description=_("Approve"),
        icon="verified",
        permissions=["risk.approve_policyversion"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": _("Approve this version"),
            "description": "",
            "form_class": ApproveForm,
            "form_submit_text": _("Approve"),
        },
    )
    def approve(self, request: HttpRequest, form: ApproveForm, object_id: str) -> HttpResponse:
        return self._move(
            request, object_id, _now("Approved. It can be put in force."),
            lambda public_id, note, who: services.approve(
                public_id=public_id, approved_hash=form.cleaned_data["content_hash"], note=note,
                **who,
            ), form,
        )  # fmt: skip

    @action(
        description=_("Put in force"),
        icon="bolt",
        permissions=["risk.publish_policyversion"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": _("Put this version in force"),
            "description": "",
            "form_class": PublishForm,
            "form_submit_text": _("Put in force"),
        },
    )
    def publish(self, request: HttpRequest, form: PublishForm, object_id: str) -> HttpResponse:
        return self._move(
            request, object_id, _now("In force from now on."),
            lambda public_id, note, who: services.publish(
                public_id=public_id, note=note, **who
            ), form,
        )  # fmt: skip

    @action(
        description=_("Retire"),
        icon="archive",
        permissions=["risk.publish_policyversion"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": _("Retire this version"),
            "description": _("Without a version in force the product decides nothing."),
            "form_class": ReasonForm,
            "form_submit_text": _("Retire"),
        },
    )
    def retire(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self._move(
            request, object_id, _now("Retired."),
            lambda public_id, note, who: services.retire(
                public_id=public_id, note=note, **who
            ), form,
        )  # fmt: skip

    def _move(
        self,
        request: HttpRequest,
        object_id: str,
        done: str,
        verb: Callable[[str, str, dict[str, Any]], Any],
        form: ReasonForm,
    ) -> HttpResponse:
        version = PolicyVersion.objects.get(pk=object_id)
        who = {"actor": calling_staff(request), "at": clock.now()}
        return carry_out(
            request,
            verb=lambda: verb(version.public_id, form.cleaned_data["reason"], who),
            done=done,
            back_to=reverse("admin:risk_policyversion_change", args=[object_id]),
        )
