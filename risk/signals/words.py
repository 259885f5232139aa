"""A signal's value as people read it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.lib import money
from risk.signals.facts import Signal

CHOICES = {
    "verified": _("verified"), "unverified": _("unverified"), "mismatch": _("mismatch"),
    "failed": _("check failed"), "match": _("match"), "typo": _("likely typo"),
    "differs": _("differs"), "invalid": _("invalid"), "missing": _("missing"),
}  # fmt: skip


def value_words(signal: Signal, value: Any) -> str:
    """A dash for what is not known; labels say what is counted, so units are left out."""
    if value is None or value == "":
        return "—"
    if signal.unit == "ratio":
        return money.percent(Decimal(value))
    if signal.unit == "cents":
        return money.display(int(value))
    if isinstance(value, str) and value in CHOICES:
        return str(CHOICES[value])
    return str(value)
