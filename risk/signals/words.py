"""A signal, its value and what the catalogue says of it, as people read them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.lib import money
from risk.signals.facts import Signal, SignalFamily, SignalSource

CHOICES = {
    "verified": _("verified"), "unverified": _("unverified"), "mismatch": _("mismatch"),
    "failed": _("check failed"), "match": _("match"), "typo": _("likely typo"),
    "differs": _("differs"), "invalid": _("invalid"), "missing": _("missing"),
    "poor": _("poor score"), "fair": _("fair score"), "good": _("good score"),
    "very_good": _("very good score"), "excellent": _("excellent score"),
}  # fmt: skip
UNITS: dict[str, Any] = {
    "points": _("points"), "ratio": _("share of 1"), "months": _("months"),
    "cents": _("cents (currency)"), "years": _("years"), "count": _("times"), "days": _("days"),
    "number": _("number"),
}  # fmt: skip
SOURCES: dict[SignalSource, Any] = {
    SignalSource.SCORE: _("from the score"),
    SignalSource.REPAYMENT: _("from repayment"),
    SignalSource.PROFILE: _("from the profile"),
    SignalSource.APPLICATIONS: _("from applications"),
    SignalSource.BUREAU: _("from the credit bureau"),
    SignalSource.VERIFICATION: _("from verification"),
    SignalSource.EVENTS: _("from reported events"),
    SignalSource.DEVICES: _("from the customer's devices"),
    SignalSource.LINKS: _("from what is shared with others"),
}
FAMILIES: dict[SignalFamily, Any] = {
    SignalFamily.STORED: _("Reported by the lender"),
    SignalFamily.VERIFICATION: _("Identity"),
    SignalFamily.WINDOW: _("Counted over events"),
    SignalFamily.LINKS: _("Devices and links"),
    SignalFamily.DERIVED: _("Worked out"),
}


def value_words(signal: Signal, value: Any, *, is_capped: bool = False) -> str:
    """A dash for what is not known; labels say what is counted, so units are left out.

    `is_capped`: there are at least so many.
    """
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    if isinstance(value, str) and value in CHOICES:
        return str(CHOICES[value])
    return f"≥ {_measured(signal, value)}" if is_capped else _measured(signal, value)


def fresh_words(signal: Signal) -> str:
    """How long a value may be used."""
    if signal.fresh_days is not None:
        return _now("usable for %(days)s days") % {"days": signal.fresh_days}
    if signal.family in (SignalFamily.STORED, SignalFamily.VERIFICATION):
        return _now("always current")
    return _now("worked out at every reading")


def action_words(signal: Signal) -> str:
    """What the customer can do about it."""
    return str(signal.remedy_hint) if signal.is_actionable else _now("not in the customer's hands")


def _measured(signal: Signal, value: Any) -> str:
    sign = "+" if signal.least is not None and signal.least < 0 < Decimal(value) else ""
    if signal.unit == "ratio":
        return sign + money.percent(Decimal(value))
    if signal.unit == "cents":
        return sign + money.display(int(value))
    if signal.unit:
        return f"{sign}{Decimal(value):,f}"
    return str(value)
