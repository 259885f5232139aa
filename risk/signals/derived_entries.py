"""The signals worked out of others and of marks (`risk.signals.derived`): nothing is stored.

What each means is `risk.signals.formulas`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from risk.events.facts import EventKind
from risk.signals import bases
from risk.signals.facts import Signal, SignalFamily, SignalSource, SignalType

CHANGE_DAYS = (30, 90, 180)
TREND_DAYS = (30, 90)
SHARE_DAYS = (90, 365)
AGED_SOURCES = (
    SignalSource.SCORE, SignalSource.REPAYMENT, SignalSource.PROFILE, SignalSource.APPLICATIONS,
    SignalSource.BUREAU, SignalSource.VERIFICATION,
)  # fmt: skip
BANDS = ("poor", "fair", "good", "very_good", "excellent")
_AGE_LABELS = {
    SignalSource.SCORE: _("days since the score was reported"),
    SignalSource.REPAYMENT: _("days since repayment was reported"),
    SignalSource.PROFILE: _("days since the profile last changed"),
    SignalSource.APPLICATIONS: _("days since applications were reported"),
    SignalSource.BUREAU: _("days since the bureau reported"),
    SignalSource.VERIFICATION: _("days since the last identity check"),
}
_AGE_BASES = {
    SignalSource.SCORE: bases.SCORE, SignalSource.BUREAU: bases.BUREAU,
    SignalSource.VERIFICATION: bases.IDENTITY,
}  # fmt: skip
_DAYS_AT_MOST = 36_600
_PAY = _("Pay every bill on time: missed payments leave the count as time passes.")
_SCORE_FOLLOWS = _("Pay on time and use less of the limit: scores follow within months.")


def mark_of_source(source: SignalSource) -> str:
    """The mark that says when a source last spoke."""
    return f"{source.value}_told_at"


def mark_of_score(days: int) -> str:
    """The mark with the score as it was so many days ago."""
    return f"score_before_{days}d"


def _derived(
    name: str, unit: str, label: object, source: SignalSource, needs: tuple[str, ...],
    least: int, greatest: int, **given: Any,
) -> Signal:  # fmt: skip
    return Signal(
        name, SignalType.NUMBER, unit, label, source, None, SignalFamily.DERIVED,
        least=Decimal(least), greatest=Decimal(greatest), needs=needs,
        decimal_places=4 if unit == "ratio" else 0, is_actionable="remedy_hint" in given, **given,
    )  # fmt: skip


def _changes() -> Iterator[Signal]:
    for days in CHANGE_DAYS:
        yield _derived(
            f"score_change_{days}d", "points",
            format_lazy(_("change of the credit score over {days} days"), days=days),
            SignalSource.SCORE, ("score", mark_of_score(days)), -1000, 1000, basis=bases.SCORE,
            moved_by=(EventKind.SCORE,),
            remedy_hint=_SCORE_FOLLOWS,
        )  # fmt: skip


def _shares() -> Iterator[Signal]:
    for days in SHARE_DAYS:
        yield _derived(
            f"on_time_share_{days}d", "ratio",
            format_lazy(_("share of payments made on time, last {days} days"), days=days),
            SignalSource.EVENTS, (f"payments_due_{days}d", f"payments_missed_{days}d"), 0, 1,
            basis=bases.CONTRACT,
            moved_by=(EventKind.REPAYMENT_DUE, EventKind.REPAYMENT_MISSED),
            remedy_hint=_PAY,
        )  # fmt: skip


def _trends() -> Iterator[Signal]:
    for days in TREND_DAYS:
        yield _derived(
            f"utilisation_trend_{days}d", "ratio",
            format_lazy(_("net drawing as a share of the limit, last {days} days"), days=days),
            SignalSource.EVENTS,
            (f"drawn_{days}d_cents", f"repaid_{days}d_cents", "current_limit_cents"),
            -1000, 1000, basis=bases.CONTRACT,
            moved_by=(EventKind.DRAWDOWN, EventKind.REPAYMENT_PAID, EventKind.LIMIT),
            remedy_hint=_("Pay back more than is drawn."),
        )  # fmt: skip


def _ages() -> Iterator[Signal]:
    for source in AGED_SOURCES:
        yield _derived(
            f"{source.value}_age_days", "days", _AGE_LABELS[source], source,
            (mark_of_source(source),), 0, _DAYS_AT_MOST,
            basis=_AGE_BASES.get(source, bases.CONTRACT),
        )  # fmt: skip


DERIVED_ENTRIES = (
    *_changes(),
    Signal(
        "score_band", SignalType.STRING, "", _("band of the credit score"), SignalSource.SCORE,
        None, SignalFamily.DERIVED, basis=bases.SCORE, choices=BANDS, needs=("score",),
        moved_by=(EventKind.SCORE,), is_actionable=True,
        remedy_hint=_SCORE_FOLLOWS,
    ),
    *_shares(),
    *_trends(),
    _derived(
        "tenure_days", "days", _("days as a customer"), SignalSource.PROFILE, ("customer_since",),
        0, _DAYS_AT_MOST, basis=bases.CONTRACT, is_always_known=True,
    ),
    _derived(
        "identity_differences", "number", _("identity fields that differ from the bureau"),
        SignalSource.VERIFICATION,
        ("name_comparison", "id_number_comparison", "phone_comparison"), 0, 3,
        basis=bases.IDENTITY, is_always_known=True,
        remedy_hint=_("Correct the data, or take the missing step of verification."),
    ),
    *_ages(),
)  # fmt: skip
