"""What only some kinds of event say, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.lib import money

NAMES = {
    "product": _("product"), "reason": _("reason"), "days_late": _("days late"),
    "score": _("credit score"), "changed": _("changed"), "happened": _("happened"),
    "source": _("source"), "outside_debt_cents": _("debts with other lenders"),
    "outside_lenders": _("other lenders with open debts"),
    "inquiries_30d": _("bureau inquiries by lenders in 30 days"),
    "monthly_income_cents": _("monthly income"),
    "debt_to_income": _("monthly debt payments to income"),
}  # fmt: skip
CHANGED = {"phone": _("phone"), "address": _("address"), "email": _("e-mail")}


def said_words(detail: Mapping[str, Any]) -> str:
    """`days late: 30`; a dash when there is nothing besides the amount."""
    parts = [f"{NAMES.get(name, name)}: {_value(name, value)}" for name, value in detail.items()]
    return " · ".join(parts) or "—"


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if name.endswith("_cents"):
        return money.display(int(value))
    if name == "debt_to_income":
        return money.percent(Decimal(value))
    return str(CHANGED.get(value, value) if name == "changed" else value)
