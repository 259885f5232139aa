"""What the console asks before a policy version moves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.access import queries as access
from backoffice.console.actions import ReasonForm
from backoffice.console.labels import product_name
from backoffice.lib import clock
from risk.policies import queries, screens
from risk.policies.models import PolicyVersion
from risk.policies.proofs import proof_sentences
from risk.policies.trials import SHARE_AT_MOST


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


class _VersionForm(ReasonForm):
    """About one version. Carries the hash that was on the screen: what moves is what was seen."""

    content_hash = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.version = queries.versions().get(pk=self.object_id)
        self.fields["content_hash"].initial = self.version.content_hash


class ApproveForm(_VersionForm):
    def blast_radius(self) -> list[str]:
        return [
            *proof_sentences(self.version, at=clock.now()),
            _now("You approve exactly the content with the hash %(hash)s.")
            % {"hash": self.version.content_hash[:16]},
            *screens.warning_lines(self.version),
        ]


class PublishForm(_VersionForm):
    def blast_radius(self) -> list[str]:
        name = product_name(self.version.product)
        return [
            *proof_sentences(self.version, at=clock.now()),
            _now("Every decision about %(product)s uses this version from now on.")
            % {"product": name},
            _customers_now(self.version),
        ]


class ScheduleForm(_VersionForm):
    effective_at = forms.SplitDateTimeField(
        label=_("Takes effect at"), widget=UnfoldAdminSplitDateTimeWidget
    )
    field_order = ("effective_at", "reason", "content_hash")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        zone = clock.business_zone()
        self.fields["effective_at"].help_text = _(
            "To the second, in the lender's time zone %(zone)s (UTC%(offset)s)."
        ) % {"zone": zone.key, "offset": f"{clock.now().astimezone(zone):%z}"}

    def blast_radius(self) -> list[str]:
        return [
            *proof_sentences(self.version, at=clock.now()),
            _now("Every decision about %(product)s from that second on uses this version.")
            % {"product": product_name(self.version.product)},
        ]


class RollBackForm(_VersionForm):
    def blast_radius(self) -> list[str]:
        return [
            *proof_sentences(self.version, at=clock.now()),
            _now("Every decision about %(product)s uses this version from now on.")
            % {"product": product_name(self.version.product)},
            _customers_now(self.version),
            *screens.warning_lines(self.version),
        ]


class ShadowForm(_VersionForm):
    pass


class ChallengerForm(_VersionForm):
    share_percent = forms.IntegerField(
        label=_("Share of customers (%)"), min_value=1, max_value=SHARE_AT_MOST, initial=10,
        widget=UnfoldAdminIntegerFieldWidget,
    )  # fmt: skip
    field_order = ("share_percent", "reason", "content_hash")

    def blast_radius(self) -> list[str]:
        return [
            *proof_sentences(self.version, at=clock.now()),
            _now("These customers get its answer for real, and are told."),
        ]


class CopyForm(ReasonForm):
    title = forms.CharField(label=_("Title"), max_length=120, widget=UnfoldAdminTextInputWidget)
    field_order = ("title", "reason")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["title"].initial = queries.versions().get(pk=self.object_id).title


def _customers_now(version: PolicyVersion) -> str:
    _label, count = access.switch_scopes().get(f"product:{version.product.code}", ("", 0))
    return ngettext(
        "%(count)s customer can use the product now, and is decided anew when asked for.",
        "%(count)s customers can use the product now, each decided anew when asked for.",
        count,
    ) % {"count": count}
