"""What the console asks before access is narrowed or a restriction lifted, and of a product."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
)

from accounts.access import queries
from accounts.access.facts import COOLDOWN_MINUTES_AT_MOST
from accounts.access.models import Product
from backoffice.console.actions import ReasonForm, reason_field
from backoffice.console.labels import product_name, shortened
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
            (row.code, f"{shortened(row.text, at_most=60)} ({row.code})") for row in rows
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("limit") is not None and cleaned.get("effect") != "LIMITED":
            self.add_error("limit", _("Only a limiting restriction has an amount."))
        return cleaned

    def blast_radius(self) -> Sequence[str]:
        access = queries.accesses().get(pk=self.object_id)
        return [
            _now("One customer: %(reference)s, product %(product)s.")
            % {"reference": access.customer.reference, "product": product_name(access.product)},
            _now("They are told at once, with the reason you choose."),
        ]


class LiftForm(ReasonForm):
    def blast_radius(self) -> Sequence[str]:
        row = queries.restrictions().get(pk=self.object_id)
        return [
            _now("One customer: %(reference)s, product %(product)s.")
            % {"reference": row.customer.reference, "product": product_name(row.product)},
            _now("Access follows at once; other restrictions stay."),
        ]


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """Says at the field what the database would refuse, and asks why."""

    reason = reason_field(label=_("Reason"))

    class Meta:
        model = Product
        fields = (
            "code", "name_zh", "name_en", "currency", "min_amount_cents", "max_amount_cents",
            "min_term_months", "max_term_months", "min_annual_rate", "max_annual_rate",
            "review_days", "cooldown_minutes", "is_active",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        self._require(_CODE, "code", _("Small letters, digits and hyphens, a letter first."))
        self._require(_CURRENCY, "currency", _("Three capital letters, such as CNY."))
        for name in ("min_amount_cents", "min_term_months", "review_days"):
            if name in given and given[name] <= 0:
                self.add_error(name, _("Must be above zero."))
        if given.get("cooldown_minutes", 0) > COOLDOWN_MINUTES_AT_MOST:
            self.add_error("cooldown_minutes", _("At most 43,200 minutes, which is 30 days."))
        for least, most in _PAIRS:
            low, high = given.get(least), given.get(most)
            if low is not None and high is not None and high < low:
                self.add_error(most, _("Must not be below the lower bound."))
        for name in ("min_annual_rate", "max_annual_rate"):
            if given.get(name) is not None and not 0 <= given[name] < 10:
                self.add_error(name, _("A share between 0 and 10: 0.24 is 24% a year."))
        return given

    def _require(self, shape: re.Pattern[str], name: str, message: Any) -> None:
        if name in self.cleaned_data and not shape.match(self.cleaned_data[name]):
            self.add_error(name, message)


_CODE = re.compile(r"^[a-z][a-z0-9-]{1,39}$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")
_PAIRS = (
    ("min_amount_cents", "max_amount_cents"),
    ("min_term_months", "max_term_months"),
    ("min_annual_rate", "max_annual_rate"),
)
