"""Identity in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.customers import queries as customers
from accounts.verification import queries
from accounts.verification.models import Verification
from backoffice.console.labels import STATE_COLOURS
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section


@admin.register(Verification)
class VerificationAdmin(KeysetAdmin):
    list_display = (
        "customer",
        "status_label",
        "name_label",
        "id_number_label",
        "phone_label",
        "changed_at",
    )
    list_select_related = ("customer",)
    list_filter = ("status", "phone_comparison")
    search_fields = ("customer",)
    search_help_text = _("Exact reference, customer id, name, phone, ID number or e-mail")

    def find(self, queryset: QuerySet[Verification], text: str) -> QuerySet[Verification]:
        return queryset.filter(customer__in=customers.find(text))

    @display(description=_("identity"), label=STATE_COLOURS)
    def status_label(self, row: Verification) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description=_("name"), label=STATE_COLOURS)
    def name_label(self, row: Verification) -> tuple[str, str]:
        return row.name_comparison, row.get_name_comparison_display()

    @display(description=_("ID number"), label=STATE_COLOURS)
    def id_number_label(self, row: Verification) -> tuple[str, str]:
        return row.id_number_comparison, row.get_id_number_comparison_display()

    @display(description=_("phone"), label=STATE_COLOURS)
    def phone_label(self, row: Verification) -> tuple[str, str]:
        return row.phone_comparison, row.get_phone_comparison_display()


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
