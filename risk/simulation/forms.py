"""What the console asks before a snapshot or a backtest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from backoffice.console.actions import ReasonForm
from backoffice.console.labels import product_name
from risk.policies import queries as policies
from risk.simulation import queries
from risk.simulation.models import SnapshotState
from risk.simulation.services import TESTABLE
from risk.simulation.words import count

SHOWN = 50


class BacktestForm(ReasonForm):
    candidate = forms.ChoiceField(label=_("Version"), widget=UnfoldAdminSelectWidget)
    snapshot = forms.ChoiceField(
        label=_("Snapshot"), required=False, widget=UnfoldAdminSelectWidget,
        help_text=_("A new one is taken first and shows this moment."),
    )  # fmt: skip
    field_order = ("candidate", "snapshot", "reason")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        rows = policies.versions().filter(status__in=TESTABLE)[:SHOWN]
        self.fields["candidate"].choices = [
            (row.public_id, f"{product_name(row.product)} v{row.number} — {row.title}")
            for row in rows
        ]
        ready = queries.snapshots().filter(state=SnapshotState.READY)[:SHOWN]
        self.fields["snapshot"].choices = [
            ("", _now("take a new one")),
            *((row.public_id, _said(row)) for row in ready),
        ]
        if "candidate" in self.request.GET:
            self.fields["candidate"].initial = self.request.GET["candidate"]

    def blast_radius(self) -> list[str]:
        return [
            _now("Nothing changes for any customer: two versions are compared on frozen data."),
            _now("A version can only be approved after a backtest of exactly its content."),
        ]


class SnapshotForm(ReasonForm):
    def blast_radius(self) -> list[str]:
        return [
            _now("All customers' signals are copied to files, without names, numbers or phones."),
        ]


def _said(row: Any) -> str:
    return _now("%(at)s, %(customers)s customers") % {
        "at": f"{row.at:%Y-%m-%d %H:%M} UTC",
        "customers": count(row.customers),
    }
