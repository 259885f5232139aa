"""Policies in the console: read as tables, edited as drafts, moved on by actions."""

from __future__ import annotations

import copy
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

from backoffice.console.actions import carry_out
from backoffice.console.labels import coloured, product_name
from backoffice.console.lists import KeysetAdmin
from backoffice.lib import clock
from backoffice.lib.errors import Refused
from compliance.ledger.callers import calling_staff
from risk.policies import comparing, editing, exchanging, queries, screens, services, starter
from risk.policies.forms import DraftForm
from risk.policies.models import PolicyVersion
from risk.policies.verbs import DETAIL_ACTIONS, LifecycleActions, possible


@admin.register(PolicyVersion)
class PolicyVersionAdmin(LifecycleActions, KeysetAdmin):
    list_display = (
        "title", "product_label", "number", "status_label", "author", "approver", "effective_at",
        "live_at", "retired_at",
    )  # fmt: skip
    list_filter = ("status",)
    list_select_related = ("product", "created_by", "submitted_by", "approved_by")
    change_form_template = "policies/version.html"
    actions_list = ("new_draft", "draft_from_file")
    actions_detail = DETAIL_ACTIONS

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
        return possible(row)

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


def _name(person: Any) -> str:
    return str(person.get_full_name()) if person else "—"
