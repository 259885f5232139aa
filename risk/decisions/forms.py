"""What the console's dialogs ask about decisions and campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.access import queries as access
from accounts.customers import queries as customers
from backoffice.console.actions import ReasonForm
from backoffice.console.labels import product_name
from risk.decisions import campaigns, queries
from risk.policies import queries as policies
from risk.policies.proofs import radius_sentence


class ProductForm(ReasonForm):
    product = forms.ChoiceField(label=_("Product"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["product"].choices = [
            (product.code, product_name(product)) for product in access.products()
        ]
        for name in ("customer", "product"):  # a customer's page opens the dialog about itself
            if name in self.fields and name in self.request.GET:
                self.fields[name].initial = self.request.GET[name]


class DecideForm(ProductForm):
    customer = forms.CharField(
        label=_("Customer"), max_length=64, widget=UnfoldAdminTextInputWidget,
        help_text=_("Exact reference or customer id"),
    )  # fmt: skip
    field_order = ("customer", "product", "reason")

    def clean_customer(self) -> str:
        found = customers.find(self.cleaned_data["customer"]).first()
        if found is None:
            raise forms.ValidationError(_("No such customer."))
        return found.public_id


class CampaignForm(ProductForm):
    customers_per_second = forms.IntegerField(
        label=_("Customers a second at most"), min_value=0, max_value=campaigns.SPEED_AT_MOST,
        widget=UnfoldAdminIntegerFieldWidget, help_text=_("0: as fast as it goes"),
    )  # fmt: skip
    notices_per_second = forms.IntegerField(
        label=_("Notices a second at most"), min_value=0, max_value=campaigns.SPEED_AT_MOST,
        widget=UnfoldAdminIntegerFieldWidget, help_text=_("0: all at once"),
    )  # fmt: skip
    field_order = ("product", "customers_per_second", "notices_per_second", "reason")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["customers_per_second"].initial = settings.CAMPAIGN_CUSTOMERS_PER_SECOND
        self.fields["notices_per_second"].initial = settings.CAMPAIGN_NOTICES_PER_SECOND

    def blast_radius(self) -> Sequence[str]:
        total = campaigns.extent()
        return [
            ngettext(
                "%(count)s customer is decided again under the live policy.",
                "%(count)s customers are decided again under the live policy.",
                total,
            )
            % {"count": total},
            *_backtested(),
            _now("Whoever's access changes is told, at the speed given here."),
            _now("It stops by itself when another version comes into force."),
        ]


def _backtested() -> Iterator[str]:
    """What the backtest of each product's live version found, before it went live."""
    for product in access.products():
        live = policies.versions().filter(product_id=product.id, status="live").first()
        radius = radius_sentence(live) if live else None
        if radius:
            yield f"{product_name(product)}: {radius}"


class CampaignReasonForm(ReasonForm):
    """For what is done to a campaign under way."""

    def blast_radius(self) -> Sequence[str]:
        campaign = queries.campaigns().get(pk=self.object_id)
        left = max(campaign.customers_total - campaign.customers_done, 0)
        return [
            _now("%(done)s of %(total)s customers are decided, %(left)s are left.")
            % {"done": campaign.customers_done, "total": campaign.customers_total, "left": left},
            _now("Who is decided stays decided."),
        ]
