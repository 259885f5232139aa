"""Products, access and restrictions in the console. State is read only; verbs are actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.enums import ActionVariant

from accounts.access import facts, queries, services
from accounts.access.forms import LiftForm, ProductForm, RestrictForm
from accounts.access.models import Access, Product, Restriction
from accounts.customers import queries as customers
from backoffice.console.actions import Given, reasoned
from backoffice.console.labels import (
    coloured,
    found_link,
    product_name,
    shortened,
)
from backoffice.console.lists import KeysetAdmin
from backoffice.console.story import Section, register_section
from backoffice.lib import clock, money
from compliance.ledger.callers import calling_staff, named, signed
from compliance.reasons import queries as reasons


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    """Money and rates decide what policies may give: every change says why."""

    form = ProductForm
    list_display = (
        "code", "name", "amounts", "terms", "rates", "review_days", "cooldown_minutes",
        "is_active",
    )  # fmt: skip
    ordering = ("code",)
    fieldsets = (
        (None, {"fields": ("code", "name_zh", "name_en", "is_active")}),
        (_("Bounds no policy can leave"), {"fields": (
            "currency", "min_amount_cents", "max_amount_cents", "min_term_months",
            "max_term_months", "min_annual_rate", "max_annual_rate", "review_days")}),
        (_("Events"), {"fields": ("cooldown_minutes",)}),
        (_("Why"), {"fields": ("reason",)}),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        may_write = self.has_change_permission(request, obj) if obj else True
        return self.fieldsets if may_write else self.fieldsets[:-1]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Product | None = None
    ) -> Sequence[str]:
        return ("code", "currency") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """A step: Django's form holds the transaction."""
        services.save_product(
            product=obj, note=form.cleaned_data["reason"], actor=calling_staff(request)
        )

    @display(description=_("product name"))
    def name(self, product: Product) -> str:
        return product_name(product)

    @display(description=_("amounts"))
    def amounts(self, product: Product) -> str:
        least = money.display(product.min_amount_cents, product.currency)
        return f"{least} – {money.display(product.max_amount_cents, product.currency)}"

    @display(description=_("terms (months)"))
    def terms(self, product: Product) -> str:
        return f"{product.min_term_months} – {product.max_term_months}"

    @display(description=_("yearly rates"))
    def rates(self, product: Product) -> str:
        least = money.percent(product.min_annual_rate)
        return f"{least} – {money.percent(product.max_annual_rate)}"


class _StateAdmin(KeysetAdmin):
    search_fields = ("customer",)
    search_help_text = _("Exact reference, customer id, name, phone, ID number or e-mail")
    searches_personal_data = True
    list_select_related: tuple[str, ...] = ("customer", "product")
    list_display_links = ("product_label",)

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(customer__in=customers.find(text))


@admin.register(Access)
class AccessAdmin(_StateAdmin):
    list_display = (
        "customer_link", "product_label", "state_label", "limit", "since", "next_review_at",
    )  # fmt: skip
    list_filter = ("state",)
    fields = (
        "customer_link", "product_label", "state_label", "why", "limit", "terms", "since",
        "next_review_at", "decision",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("restrict",)

    @display(description=_("stored access"))
    def state_label(self, access: Access) -> SafeString:
        return coloured(access.state or "", access.get_state_display() or _now("not decided yet"))

    @display(description=_("limit"))
    def limit(self, access: Access) -> str:
        return money.display(access.limit_cents, access.product.currency)

    @display(description=_("reasons and remedies"))
    def why(self, access: Access) -> SafeString | str:
        language = get_language() or "zh-hans"
        found = reasons.reasons(codes=access.reason_codes, language=language)
        if not found:
            return "—"
        lines = ((one.text, one.remedy) for one in found)
        return format_html_join("", "<p>{}<br>→ {}</p>", lines)

    @display(description=_("terms of the last decision"))
    def terms(self, access: Access) -> str:
        given = queries.terms_of(access)
        if given is None:
            return "—"
        return _now("up to %(limit)s, %(rate)s a year, %(months)s months at most") % {
            "limit": money.display(given.limit_cents, access.product.currency),
            "rate": money.percent(given.annual_rate),
            "months": given.max_term_months,
        }

    @display(description=_("last decision"))
    def decision(self, access: Access) -> SafeString | str:
        known = access.decision_public_id
        return found_link("risk_decision", known) if known else "—"

    @reasoned(
        _("Restrict"), icon="block", permission="accounts.restrict_access",
        variant=ActionVariant.DANGER, form=RestrictForm,
        title=_("Restrict this customer's access"),
        about=_(
            "Narrows one product for one customer, beside what the policy says, until it ends "
            "or somebody lifts it."
        ),
        done=_("The restriction is in force and the customer is told."),
    )  # fmt: skip
    def restrict(self, request: HttpRequest, access: Access, given: Given) -> None:
        limit = given["limit"]
        services.restrict(
            customer_public_id=access.customer.public_id,
            product_code=access.product.code,
            cause=facts.Cause(
                reason_code=given["reason_code"],
                effect=facts.State(given["effect"]),
                limit_cents=None if limit is None else int(limit * 100),
                ends_at=_end_of_day(given["ends_on"]),
            ),
            source=facts.Source.OPERATOR,
            note=given["reason"],
            **signed(request),
        )


@admin.register(Restriction)
class RestrictionAdmin(_StateAdmin):
    list_display = (
        "customer_link", "product_label", "reason_label", "effect_label", "limit", "source",
        "started_at", "ends_at", "lifted_at",
    )  # fmt: skip
    list_filter = ("source", "effect")
    list_select_related = ("customer", "product", "reason")
    fields = (
        "customer_link", "product_label", "effect_label", "limit", "reason_label", "remedy",
        "source", "note", "started_at", "starter", "ends_at", "lifted_at", "lifter", "public_id",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("lift",)

    def possible_actions(self, row: Restriction) -> set[str]:
        return set() if row.lifted_at else {"lift"}

    @display(description=_("narrows to"))
    def effect_label(self, row: Restriction) -> SafeString:
        return coloured(row.effect, row.get_effect_display())

    @display(description=_("limit"))
    def limit(self, row: Restriction) -> str:
        return money.display(row.limit_cents, row.product.currency)

    @display(description=_("reason"))
    def reason_label(self, row: Restriction) -> str:
        told = reasons.in_language(row.reason, language=get_language() or "zh-hans")
        return shortened(told.text, at_most=48)

    @display(description=_("remedy"))
    def remedy(self, row: Restriction) -> str:
        return reasons.in_language(row.reason, language=get_language() or "zh-hans").remedy

    @display(description=_("started by"))
    def starter(self, row: Restriction) -> str:
        return named(row.started_by)

    @display(description=_("lifted by"))
    def lifter(self, row: Restriction) -> str:
        return named(row.lifted_by)

    @reasoned(
        _("Lift"), icon="lock_open", permission="accounts.lift_restriction",
        variant=ActionVariant.PRIMARY, form=LiftForm,
        title=_("Lift this restriction"),
        about=_("Ends this one cause. What other causes narrow stays narrowed."),
        done=_("The restriction is lifted; access follows."),
    )  # fmt: skip
    def lift(self, request: HttpRequest, restriction: Restriction, given: Given) -> None:
        services.lift(
            restriction_public_id=restriction.public_id, note=given["reason"], **signed(request)
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
    language = get_language() or "zh-hans"
    told = [(row, reasons.in_language(row.reason, language=language)) for row in rows]
    return {"restrictions": told}


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
