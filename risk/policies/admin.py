"""Policies in the console: read as tables, edited as drafts, moved on by actions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from backoffice.console.actions import ReasonForm, carry_out
from backoffice.console.labels import coloured, product_name
from backoffice.console.lists import KeysetAdmin
from backoffice.lib import clock
from backoffice.lib.errors import Refused
from compliance.ledger.callers import calling_staff
from risk.policies import comparing, editing, exchanging, queries, screens, services, starter
from risk.policies.forms import ApproveForm, DraftForm, PublishForm
from risk.policies.models import PolicyVersion, VersionStatus


@admin.register(PolicyVersion)
class PolicyVersionAdmin(KeysetAdmin):
    list_display = (
        "title", "product_label", "number", "status_label", "author", "approver", "live_at",
        "retired_at",
    )  # fmt: skip
    list_filter = ("status",)
    list_select_related = ("product", "created_by", "submitted_by", "approved_by")
    change_form_template = "policies/version.html"
    actions_list = ("new_draft", "draft_from_file")
    actions_detail = ("submit", "send_back", "approve", "publish", "retire")

    @display(description=_("status"))
    def status_label(self, version: PolicyVersion) -> SafeString:
        return coloured(version.status, version.get_status_display())

    def get_urls(self) -> list[URLPattern]:
        edit = path(
            "<int:pk>/edit/", self.admin_site.admin_view(self.edit), name="risk_policyversion_edit"
        )
        reads = [
            ("<int:pk>/xlsx/", self.workbook, "risk_policyversion_xlsx"),
            ("<int:pk>/dmn/", self.decision_model, "risk_policyversion_dmn"),
            ("compare/", self.compare, "risk_policyversion_compare"),
        ]
        return [
            edit,
            *(path(at, self.admin_site.admin_view(view), name=name) for at, view, name in reads),
            *super().get_urls(),
        ]

    def possible_actions(self, row: PolicyVersion) -> set[str]:
        """Only the moves that this version can make now."""
        moves: dict[str, set[str]] = {
            VersionStatus.DRAFT.value: {"submit"},
            VersionStatus.SUBMITTED.value: {"approve", "send_back"},
            VersionStatus.APPROVED.value: {"publish", "retire"},
            VersionStatus.LIVE.value: {"retire"},
        }
        return moves.get(row.status, set())

    @display(description=_("product"))
    def product_label(self, version: PolicyVersion) -> str:
        return product_name(version.product)

    @display(description=_("author"))
    def author(self, version: PolicyVersion) -> str:
        return _name(version.submitted_by or version.created_by)

    @display(description=_("approved by"))
    def approver(self, version: PolicyVersion) -> str:
        return _name(version.approved_by)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if version is not None:
            may_draft = request.user.has_perm("risk.draft_policyversion")
            context = {**screens.version_page(version, may_draft=may_draft), **context}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The editor's form: the whole draft comes back, is saved, and its faults are shown."""
        if not request.user.has_perm("risk.draft_policyversion"):
            raise PermissionDenied
        page = reverse("admin:risk_policyversion_change", args=[pk])
        version = queries.versions().filter(pk=pk).first()
        if request.method != "POST" or version is None:
            return HttpResponseRedirect(page)
        typed = editing.typed(version.content, request.POST)
        try:
            content, place = editing.rearranged(typed, request.POST)
            faults = services.save_draft(
                public_id=version.public_id,
                content=content,
                revision=editing.revision_in(request.POST),
                actor=calling_staff(request),
                at=clock.now(),
            )
        except Refused as error:
            return self._not_saved(request, version, typed, error)
        if faults:
            text = ngettext(
                "Saved. %(count)s fault stands in the way of submitting.",
                "Saved. %(count)s faults stand in the way of submitting.",
                len(faults),
            )
            messages.warning(request, text % {"count": len(faults)})
        else:
            messages.success(request, _now("Saved. The tables are ready to be submitted."))
        return HttpResponseRedirect(f"{page}#{place}")

    def _not_saved(
        self, request: HttpRequest, version: PolicyVersion, typed: dict[str, Any], error: Refused
    ) -> HttpResponse:
        """The page again with what was typed: a refusal must not cost anybody their work.

        It carries the revision that is stored now, so that saving again replaces it knowingly.
        """
        messages.error(request, str(error.message))
        fresh = queries.version(public_id=version.public_id)
        shown = screens.version_page(fresh, may_draft=True, content=typed)
        as_get = copy.copy(request)
        as_get.method = "GET"
        context = {**shown, "is_unsaved": True}
        return self.change_view(as_get, str(version.pk), extra_context=context)

    def workbook(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._download(request, pk, exchanging.XLSX)

    def decision_model(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._download(request, pk, exchanging.DMN)

    def _download(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        version = queries.versions().filter(pk=pk).first()
        if version is None:
            raise Http404
        return exchanging.download(request, version, kind)

    def compare(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return comparing.comparison_page(request, self.admin_site)

    @action(
        description=_("Draft from a file"),
        icon="upload_file",
        permissions=["risk.draft_policyversion"],
    )
    def draft_from_file(self, request: HttpRequest) -> HttpResponse:
        return exchanging.import_page(request, self.admin_site, calling_staff(request))

    @action(
        description=_("New draft"),
        icon="add",
        permissions=["risk.draft_policyversion"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": _("New draft"),
            "description": _("Changes nothing yet: a draft decides nobody until it is in force."),
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
            "description": _("Say what you checked. Nobody approves their own work."),
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
            "description": _("The version in force now is retired in the same moment."),
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


def _name(person: Any) -> str:
    return str(person.get_full_name()) if person else "—"
