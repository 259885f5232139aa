"""Identity in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.customers import queries as customers
from accounts.verification import deciding, inquiries, queries, screens
from accounts.verification.facts import CaseState, InquiryKind, Ruling
from accounts.verification.forms import AskForm, RuleForm
from accounts.verification.models import IdentityCase, Verification
from backoffice.console.actions import ReasonForm, carry_out
from backoffice.console.labels import coloured, page_link
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from backoffice.lib import clock
from compliance.ledger import queries as ledger
from compliance.ledger.callers import calling_staff
from compliance.ledger.words import actor_words


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

    @display(description=_("customer"))
    def customer_link(self, row: Verification) -> SafeString:
        return page_link("accounts_customer", row.customer_id, row.customer.reference)

    @action(
        description=_("Ask outside"),
        icon="contact_support",
        permissions=["accounts.add_inquiry"],
        variant=ActionVariant.DEFAULT,
        dialog={
            "title": _("Ask a bureau or an identity provider"),
            "description": _("Name, ID number and phone are sent; the answer is compared."),
            "form_class": AskForm,
            "form_submit_text": _("Ask outside"),
        },
    )
    def ask(self, request: HttpRequest, form: AskForm, object_id: str) -> HttpResponse:
        row = Verification.objects.select_related("customer").get(customer_id=int(object_id))
        return carry_out(
            request,
            verb=lambda: inquiries.ask(
                customer_public_id=row.customer.public_id,
                kind=InquiryKind(form.cleaned_data["kind"]),
                actor=calling_staff(request),
                at=clock.now(),
            ),
            done=_now("The question is queued."),
            back_to=reverse("admin:accounts_verification_change", args=[object_id]),
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


@admin.register(IdentityCase)
class IdentityCaseAdmin(KeysetAdmin):
    """The queue: one difference a row, side by side on its page, decided with a reason."""

    list_display = (
        "public_id", "customer_link", "finding_label", "cause_label", "state_label", "opened_at",
    )  # fmt: skip
    list_filter = ("state", "finding")
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

    @display(description=_("customer"))
    def customer_link(self, row: IdentityCase) -> SafeString:
        return page_link("accounts_customer", row.customer_id, row.customer.reference)

    @display(description=_("finding"))
    def finding_label(self, row: IdentityCase) -> SafeString:
        return coloured("differs", row.get_finding_display())

    @display(description=_("cause"))
    def cause_label(self, row: IdentityCase) -> str:
        return str(row.verdict.get_cause_display())

    @display(description=_("state"))
    def state_label(self, row: IdentityCase) -> SafeString:
        return coloured(row.state, row.get_state_display())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        case = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if case is not None and self.has_view_permission(request, case):
            shown = screens.case_page(case)
            by = case.ruled_by
            shown["ruled_by"] = actor_words(by, ledger.actor_names([by])) if by else ""
        context = {**(extra_context or {}), **shown}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(
        description=_("Decide this case"),
        icon="rule",
        permissions=["accounts.decide_identitycase"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": _("Is this the same person?"),
            "description": "",
            "form_class": RuleForm,
            "form_submit_text": _("Decide this case"),
        },
    )
    def rule(self, request: HttpRequest, form: RuleForm, object_id: str) -> HttpResponse:
        case, given, decided = form.case, form.cleaned_data, []

        def verb() -> None:
            deciding.rule(
                case_public_id=case.public_id,
                seen_verdict_id=given["seen"],
                ruling=Ruling(given["ruling"]),
                reason=given["reason"],
                actor=calling_staff(request),
                at=clock.now(),
            )
            decided.append(case)

        answer = carry_out(
            request, verb=verb, done=_now("The decision is recorded."),
            back_to=reverse("admin:accounts_identitycase_change", args=[object_id]),
        )  # fmt: skip
        if decided:
            answer["HX-Redirect"] = _after(case)
        return answer

    @action(
        description=_("Show both sides"),
        icon="visibility",
        permissions=["accounts.reveal_customer"],
        variant=ActionVariant.DEFAULT,
        dialog={
            "title": _("Show personal data"),
            "description": _("What you see here is recorded with your name and reason."),
            "form_class": ReasonForm,
            "form_submit_text": _("Show"),
        },
    )
    def reveal(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        case = IdentityCase.objects.get(pk=object_id)
        shown = deciding.reveal(
            case_public_id=case.public_id,
            reason=form.cleaned_data["reason"],
            actor=calling_staff(request),
            at=clock.now(),
        )
        values = [(screens.FIELD_LABELS[name], ours, theirs) for name, ours, theirs in shown]
        response = render(request, "verification/revealed.html", {"values": values})
        response["Cache-Control"] = "no-store"
        return response


def _after(case: IdentityCase) -> str:
    """Where work goes on: the next case, else the queue."""
    following = queries.next_case(after_id=case.pk)
    if following:
        return reverse("admin:accounts_identitycase_change", args=[following.pk])
    return reverse("admin:accounts_identitycase_changelist")


def _identity(customer_id: int, public_id: str) -> dict[str, Any]:
    return {
        "verdict": queries.newest_verdict(customer_id=customer_id),
        "case": queries.undecided_case(customer_id=customer_id),
        "verification": Verification.objects.filter(customer_id=customer_id).first(),
        "checks": list(queries.checks(customer_id=customer_id)[:5]),
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
