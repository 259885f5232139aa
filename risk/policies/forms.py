"""What the console asks before a policy version moves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.access import queries as access
from backoffice.console.actions import ReasonForm
from backoffice.console.labels import product_name
from risk.policies import queries, screens
from risk.policies.models import PolicyVersion


class DraftForm(ReasonForm):
    title = forms.CharField(label=_("Title"), max_length=120, widget=UnfoldAdminTextInputWidget)
    product = forms.ChoiceField(label=_("Product"), widget=UnfoldAdminSelectWidget)
    based_on = forms.ChoiceField(label=_("Based on"), widget=UnfoldAdminSelectWidget)
    field_order = ("title", "product", "based_on", "reason")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["product"].choices = [
            (product.code, product_name(product)) for product in access.products()
        ]
        known = [
            (row.public_id, f"{product_name(row.product)} v{row.number} — {row.title}")
            for row in queries.versions()[:50]
        ]
        self.fields["based_on"].choices = [("starter", _("the starter policy")), *known]


class ApproveForm(ReasonForm):
    """Carries the hash that was on the screen: what is approved is what was looked at."""

    content_hash = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        version = PolicyVersion.objects.get(pk=self.object_id)
        self.fields["content_hash"].initial = version.content_hash

    def blast_radius(self) -> list[str]:
        version = queries.versions().get(pk=self.object_id)
        return [
            _now("You approve exactly the content with the hash %(hash)s.")
            % {"hash": version.content_hash[:16]},
            *screens.warning_lines(version),
        ]


class PublishForm(ReasonForm):
    def blast_radius(self) -> list[str]:
        version = PolicyVersion.objects.select_related("product").get(pk=self.object_id)
        sizes = access.switch_scopes()
        _label, count = sizes.get(f"product:{version.product.code}", ("", 0))
        return [
            _now("Every decision about %(product)s uses this version from now on.")
            % {"product": product_name(version.product)},
            ngettext(
                "%(count)s customer can use the product now, and is decided anew when asked for.",
                "%(count)s customers can use the product now, each decided anew when asked for.",
                count,
            )
            % {"count": count},
        ]
