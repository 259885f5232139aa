"""Policies in the console: read as tables, edited as drafts, moved on by actions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from backoffice.console.actions import Given, reasoned
from backoffice.console.labels import coloured
from backoffice.console.lists import KeysetAdmin
from compliance.ledger.callers import calling_staff, signed
from risk.policies import (
    casework,
    comparing,
    editing,
    editor,
    exchanging,
    queries,
    screens,
    services,
    starter,
)
from risk.policies.facts import Case
from risk.policies.forms import DraftForm
from risk.policies.models import PolicyVersion, VersionStatus
from risk.policies.verbs import DETAIL_ACTIONS, LifecycleActions, possible, withheld


@admin.register(PolicyVersion)
class PolicyVersionAdmin(LifecycleActions, KeysetAdmin):
    list_display = (
        "title", "product_label", "number", "status_label", "author", "approver", "effective_at",
        "live_at", "retired_at",
    )  # fmt: skip
    list_filter = ("status",)
    list_select_related = ("product", "created_by", "submitted_by", "approved_by")
    list_deferred = ("content",)
    change_form_template = "policies/version.html"
    actions_list = ("new_draft", "draft_from_file")
    actions_detail = DETAIL_ACTIONS

    @display(description=_("status"))
    def status_label(self, version: PolicyVersion) -> SafeString:
        return coloured(version.status, version.get_status_display())

    def get_urls(self) -> list[URLPattern]:
        views = {
            "<int:pk>/check/": ("check", editing.door(editing.check, *editing.TO_DRAFT)),
            "<int:pk>/save/": ("save", editing.door(editing.save, *editing.TO_DRAFT)),
            "<int:pk>/try/": ("try", editing.door(editing.attempt, *editing.TO_DRAFT)),
            "<int:pk>/customer/": ("customer", editing.door(editing.borrow, *editing.TO_BORROW)),
            "<int:pk>/xlsx/": ("xlsx", self.workbook),
            "<int:pk>/dmn/": ("dmn", self.decision_model),
            "compare/": ("compare", self.compare),
        }
        paths = [
            path(at, self.admin_site.admin_view(view), name=f"risk_policyversion_{name}")
            for at, (name, view) in views.items()
        ]
        return [*paths, *super().get_urls()]

    def possible_actions(self, row: PolicyVersion) -> set[str]:
        """Only the moves that this version can make now."""
        return possible(row)

    def withheld_actions(self, request: HttpRequest, row: PolicyVersion) -> set[str]:
        return set(withheld(row, request=request))

    @display(description=_("author"))
    def author(self, version: PolicyVersion) -> str:
        return _name(version.submitted_by or version.created_by)

    @display(description=_("approved by"))
    def approver(self, version: PolicyVersion) -> str:
        return _name(version.approved_by)

    def page(self, request: HttpRequest, row: PolicyVersion) -> dict[str, Any]:
        is_edited = row.status == VersionStatus.DRAFT and request.user.has_perm(
            "risk.draft_policyversion"
        )
        shown = screens.version_page(row, is_edited=is_edited)
        # Each reason once: several buttons may be missing for the same.
        why = list(dict.fromkeys(map(str, withheld(row, request=request).values())))
        return {**shown, **self._beside(request, row, is_edited), "withheld": why}

    def _beside(
        self, request: HttpRequest, version: PolicyVersion, is_edited: bool
    ) -> dict[str, Any]:
        """The editor with all it needs, or the cases of a version that is only read."""
        if not is_edited:
            return {"cases": editor.cases_read(version)}
        may_borrow = request.user.has_perms(editing.TO_BORROW)
        reader_id = int(request.user.pk or 0)
        page = editor.editor_page(version, reader_id=reader_id, may_borrow=may_borrow)
        return {"editor": page}

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

    @reasoned(
        _("New draft"), icon="add", permission="risk.draft_policyversion",
        variant=ActionVariant.PRIMARY, form=DraftForm,
        about=_("Changes nothing yet: a draft decides nobody until it is in force."),
        button=_("Create"), done=_("The draft is there to be edited."),
    )  # fmt: skip
    def new_draft(self, request: HttpRequest, given: Given) -> None:
        content, cases = _basis(given["based_on"])
        services.create_draft(
            product_code=given["product"],
            title=given["title"],
            content=content,
            cases=cases,
            **signed(request),
        )


def _basis(public_id: str) -> tuple[Any, tuple[Case, ...]]:
    """Tables and cases to begin with: the starter's, or those of another version."""
    if public_id == "starter":
        return starter.consumer_credit(), ()
    version = queries.version(public_id=public_id)
    return version.content, casework.stored(version_id=version.pk)


def _name(person: Any) -> str:
    return str(person.get_full_name()) if person else "—"
