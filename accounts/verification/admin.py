"""Identity in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.customers import queries as customers
from accounts.verification import queries
from accounts.verification.models import Verification
from backoffice.console.labels import coloured, page_link
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section


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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Verification]:
        rows: QuerySet[Verification] = super().get_queryset(request)
        return rows.prefetch_related("customer")

    def find(self, queryset: QuerySet[Verification], text: str) -> QuerySet[Verification]:
        return queryset.filter(customer__in=customers.find(text))

    @display(description=_("customer"))
    def customer_link(self, row: Verification) -> SafeString:
        return page_link("accounts_customer", row.customer_id, row.customer.reference)

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


def _identity(customer_id: int, public_id: str) -> dict[str, Any]:
    return {
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
