"""Identity in the console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant

from accounts.customers import queries as customers
from accounts.verification import deciding, inquiries, queries, screens
from accounts.verification.facts import (
    CASE_CAUSES,
    NEED_A_LOOK,
    CaseState,
    InquiryKind,
    Ruling,
)
from accounts.verification.forms import AskForm, RuleForm
from accounts.verification.models import IdentityCase, Verification
from backoffice.console.actions import Given, reasoned, shown_once
from backoffice.console.labels import coloured
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from compliance.ledger.callers import named, signed


@admin.register(Verification)
class VerificationAdmin(KeysetAdmin):
    list_display = (
        "customer_link",
        "status_label",
        "name_label",
        "id_number_label",
        "phone_label",
        "changed_at",
    )
    list_select_related = ()  # joined, a page in the middle would read its way down to it
    list_filter = ("status", "phone_comparison")
    search_fields = ("customer",)
    searches_personal_data = True
    list_display_links = ("changed_at",)
    fields = (
        "customer_link", "status_label", "name_label", "id_number_label", "phone_label",
        "bureau_record", "checked_at", "changed_at",
    )  # fmt: skip
    readonly_fields = fields
    search_help_text = _("Exact reference, customer id, name, phone, ID number or e-mail")
    actions_detail = ("ask",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Verification]:
        rows: QuerySet[Verification] = super().get_queryset(request)
        return rows.prefetch_related("customer")

    def find(self, queryset: QuerySet[Verification], text: str) -> QuerySet[Verification]:
        return queryset.filter(customer__in=customers.find(text))

    @reasoned(
        _("Ask outside"), icon="contact_support", permission="accounts.add_inquiry", form=AskForm,
        title=_("Ask a bureau or an identity provider"),
        about=_("Name, ID number and phone are sent; the answer is compared."),
        done=_("The question is queued."),
    )  # fmt: skip
    def ask(self, request: HttpRequest, row: Verification, given: Given) -> None:
        inquiries.ask(
            customer_public_id=row.customer.public_id,
            kind=InquiryKind(given["kind"]),
            **signed(request),
        )

    @display(description=_("identity"))
    def status_label(self, row: Verification) -> SafeString:
        return coloured(row.status, row.get_status_display())

    @display(description=_("legal name"))
    def name_label(self, row: Verification) -> SafeString:
        return coloured(row.name_comparison, row.get_name_comparison_display())

    @display(description=_("ID number"))
    def id_number_label(self, row: Verification) -> SafeString:
        return coloured(row.id_number_comparison, row.get_id_number_comparison_display())

    @display(description=_("phone"))
    def phone_label(self, row: Verification) -> SafeString:
        return coloured(row.phone_comparison, row.get_phone_comparison_display())


class OfCases(admin.ChoicesFieldListFilter):
    """Only what a case can be about: a verdict may say much else."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        every, *others = super().choices(changelist)
        yield every
        for (value, _words), choice in zip(self.field.flatchoices, others, strict=False):
            if value in NEED_A_LOOK | CASE_CAUSES:
                yield choice


@admin.register(IdentityCase)
class IdentityCaseAdmin(KeysetAdmin):
    """The queue: one difference a row, side by side on its page, decided with a reason."""

    list_display = (
        "public_id", "customer_link", "finding_label", "cause", "state_label", "opened_at",
    )  # fmt: skip
    list_filter = ("state", ("finding", OfCases), ("cause", OfCases))
    list_select_related = ("customer", "verdict")
    search_fields = ("customer",)
    searches_personal_data = True
    search_help_text = _("Exact reference, customer id, name, phone, ID number or e-mail")
    change_form_template = "verification/case.html"
    actions_detail = ("rule", "reveal")

    def find(self, queryset: QuerySet[IdentityCase], text: str) -> QuerySet[IdentityCase]:
        return queryset.filter(customer__in=customers.find(text))

    def possible_actions(self, row: IdentityCase) -> set[str]:
        is_undecided = row.state in (CaseState.OPEN, CaseState.WAITING)
        return {"rule", "reveal"} if is_undecided else {"reveal"}

    @display(description=_("finding"))
    def finding_label(self, row: IdentityCase) -> SafeString:
        return coloured("differs", row.get_finding_display())

    def page(self, request: HttpRequest, row: IdentityCase) -> dict[str, Any]:
        return {**screens.case_page(row), "ruled_by": named(row.ruled_by)}

    @reasoned(
        _("Decide this case"), icon="rule", permission="accounts.decide_identitycase",
        variant=ActionVariant.PRIMARY, form=RuleForm,
        title=_("Is this the same person?"), done=_("The decision is recorded."),
    )  # fmt: skip
    def rule(self, request: HttpRequest, case: IdentityCase, given: Given) -> HttpResponse:
        deciding.rule(
            case_public_id=case.public_id,
            seen_verdict_id=given["seen"],
            ruling=Ruling(given["ruling"]),
            reason=given["reason"],
            **signed(request),
        )
        return HttpResponse(headers={"HX-Redirect": _after(case)})

    @reasoned(
        _("Show both sides"), icon="visibility", permission="accounts.reveal_customer",
        title=_("Show personal data"),
        about=_("What you see here is recorded with your name and reason."),
        button=_("Show"),
    )  # fmt: skip
    def reveal(self, request: HttpRequest, case: IdentityCase, given: Given) -> HttpResponse:
        shown = deciding.reveal(
            case_public_id=case.public_id, reason=given["reason"], **signed(request)
        )
        return shown_once(request, "verification/revealed.html", sides=screens.in_clear(shown))


def _after(case: IdentityCase) -> str:
    """Where work goes on: the next case, else the queue."""
    following = queries.next_case(after_id=case.pk)
    if following:
        return reverse("admin:accounts_identitycase_change", args=[following.pk])
    return reverse("admin:accounts_identitycase_changelist") + "?state__exact=open"


def _identity(customer_id: int, public_id: str) -> dict[str, Any]:
    return {
        "verdict": queries.newest_verdict(customer_id=customer_id),
        "case": queries.undecided_case(customer_id=customer_id),
        "verification": Verification.objects.filter(customer_id=customer_id).first(),
        "checks": list(queries.checks(customer_id=customer_id)[:5]),
        "inquiries": list(queries.inquiries(customer_id=customer_id)[:3]),
    }


register_section(
    Section(
        "identity",
        300,
        "accounts.view_verification",
        _("Identity"),
        "customers/identity.html",
        _identity,
    )
)
