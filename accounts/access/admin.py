"""Products, access and restrictions in the console. State is read only; verbs are actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
)

from accounts.access import facts, queries, services
from accounts.access.models import Access, Product, Restriction
from accounts.customers import queries as customers
from backoffice.console.actions import ReasonForm, carry_out
from backoffice.console.labels import STATE_COLOURS
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from backoffice.lib import clock, money
from compliance.ledger.callers import calling_staff
from compliance.reasons import queries as reasons


class RestrictForm(ReasonForm):
    """What an operator may impose: reasons that end by date or by an operator."""

    reason_code = forms.ChoiceField(
        label=_("Reason told to the customer"), widget=UnfoldAdminSelectWidget
    )
    effect = forms.ChoiceField(
        label=_("Narrows to"),
        choices=[("CLOSED", _("closed")), ("LIMITED", _("limited"))],
        widget=UnfoldAdminSelectWidget,
    )
    limit = forms.DecimalField(
        label=_("Amount at most"), required=False, min_value=0, max_digits=12, decimal_places=2,
        help_text=_("Only for limited, in the product's currency."),
        widget=UnfoldAdminDecimalFieldWidget,
    )  # fmt: skip
    ends_on = forms.DateField(
        label=_("Ends on"), required=False, widget=UnfoldAdminDateWidget,
        help_text=_("Empty: until somebody lifts it."),
    )  # fmt: skip
    field_order = ("reason_code", "effect", "limit", "ends_on", "reason")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        language = get_language() or "zh-hans"
        rows = [
            reasons.in_language(row, language=language)
            for row in reasons.catalogue().filter(is_active=True)
        ]
        self.fields["reason_code"].choices = [
            (row.code, f"{row.code} — {row.text[:40]}") for row in rows
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("limit") is not None and cleaned.get("effect") != "LIMITED":
            self.add_error("limit", _("Only LIMITED has an amount."))
        return cleaned

    def blast_radius(self) -> Sequence[str]:
        access = queries.accesses().get(pk=self.object_id)
        return [
            _now("One customer: %(reference)s, product %(product)s.")
            % {"reference": access.customer.reference, "product": access.product.code},
            _now("They are told at once, with the reason you choose."),
        ]


class LiftForm(ReasonForm):
    def blast_radius(self) -> Sequence[str]:
        row = queries.restrictions().get(pk=self.object_id)
        return [
            _now("One customer: %(reference)s, product %(product)s.")
            % {"reference": row.customer.reference, "product": row.product.code},
            _now("Access follows at once; other restrictions stay."),
        ]


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    list_display = ("code", "name_zh", "name_en", "amounts", "terms", "is_active")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Product | None = None
    ) -> Sequence[str]:
        return ("code", "currency") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("amounts"))
    def amounts(self, product: Product) -> str:
        least = money.display(product.min_amount_cents, product.currency)
        return f"{least} – {money.display(product.max_amount_cents, product.currency)}"

    @display(description=_("terms (months)"))
    def terms(self, product: Product) -> str:
        return f"{product.min_term_months} – {product.max_term_months}"


class _StateAdmin(KeysetAdmin):
    search_fields = ("customer",)
    search_help_text = _("Exact reference, customer id, name, phone, ID number or e-mail")
    list_select_related: tuple[str, ...] = ("customer", "product")

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(customer__in=customers.find(text))

    @display(description=_("product"))
    def product_code(self, row: Any) -> str:
        return str(row.product.code)


@admin.register(Access)
class AccessAdmin(_StateAdmin):
    list_display = ("customer", "product_code", "state_label", "limit", "since", "next_review_at")
    list_filter = ("state",)
    actions_detail = ("restrict",)

    @display(description=_("access"), label=STATE_COLOURS)
    def state_label(self, access: Access) -> tuple[str, str]:
        return access.state or "", access.get_state_display() or "—"

    @display(description=_("limit"))
    def limit(self, access: Access) -> str:
        return money.display(access.limit_cents, access.product.currency)

    @action(
        description=_("Restrict"),
        icon="block",
        permissions=["accounts.restrict_access"],
        variant=ActionVariant.DANGER,
        dialog={
            "title": _("Restrict this customer's access"),
            "description": "",
            "form_class": RestrictForm,
            "form_submit_text": _("Restrict"),
        },
    )
    def restrict(self, request: HttpRequest, form: RestrictForm, object_id: str) -> HttpResponse:
        access, given = queries.accesses().get(pk=object_id), form.cleaned_data
        limit = given["limit"]
        cause = facts.Cause(
            reason_code=given["reason_code"],
            effect=facts.State(given["effect"]),
            limit_cents=None if limit is None else int(limit * 100),
            ends_at=_end_of_day(given["ends_on"]),
        )
        return carry_out(
            request,
            verb=lambda: services.restrict(
                customer_public_id=access.customer.public_id,
                product_code=access.product.code,
                cause=cause,
                source=facts.Source.OPERATOR,
                note=given["reason"],
                actor=calling_staff(request),
                at=clock.now(),
            ),
            done=_now("The restriction is in force and the customer is told."),
            back_to=reverse("admin:accounts_access_change", args=[object_id]),
        )


@admin.register(Restriction)
class RestrictionAdmin(_StateAdmin):
    list_display = (
        "customer", "product_code", "reason", "effect_label", "source", "started_at", "ends_at",
        "lifted_at",
    )  # fmt: skip
    list_filter = ("source", "effect")
    list_select_related = ("customer", "product", "reason")
    actions_detail = ("lift",)

    @display(description=_("narrows to"), label=STATE_COLOURS)
    def effect_label(self, row: Restriction) -> tuple[str, str]:
        return row.effect, row.get_effect_display()

    @action(
        description=_("Lift"),
        icon="lock_open",
        permissions=["accounts.lift_restriction"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": _("Lift this restriction"),
            "description": "",
            "form_class": LiftForm,
            "form_submit_text": _("Lift"),
        },
    )
    def lift(self, request: HttpRequest, form: LiftForm, object_id: str) -> HttpResponse:
        row = queries.restrictions().get(pk=object_id)
        return carry_out(
            request,
            verb=lambda: services.lift(
                restriction_public_id=row.public_id,
                note=form.cleaned_data["reason"],
                actor=calling_staff(request),
                at=clock.now(),
            ),
            done=_now("The restriction is lifted; access follows."),
            back_to=reverse("admin:accounts_restriction_change", args=[object_id]),
        )


def _end_of_day(day: dt.date | None) -> dt.datetime | None:
    if day is None:
        return None
    return dt.datetime.combine(day, dt.time(23, 59, 59), tzinfo=clock.business_zone())


def _access(customer_id: int, public_id: str) -> dict[str, Any]:
    language = get_language() or "zh-hans"
    ids = dict(Access.objects.filter(customer_id=customer_id).values_list("product__code", "id"))
    found = [
        queries.effective(
            customer_id=customer_id, product=queries.product(code=code), language=language
        )
        for code in queries.products().values_list("code", flat=True)
        if code in ids
    ]
    return {"accesses": [(access, ids[access.product.code]) for access in found]}


def _restrictions(customer_id: int, public_id: str) -> dict[str, Any]:
    rows = queries.restrictions().filter(customer_id=customer_id)[:20]
    return {"restrictions": list(rows)}


register_section(
    Section(
        "access",
        100,
        "accounts.view_access",
        _("Effective access, and why"),
        "customers/access.html",
        _access,
    )
)
register_section(
    Section(
        "restrictions",
        200,
        "accounts.view_restriction",
        _("Restrictions"),
        "customers/restrictions.html",
        _restrictions,
    )
)
