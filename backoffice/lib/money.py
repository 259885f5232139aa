"""Money is integer minor units with a currency; this module only shows it to people."""

from __future__ import annotations

from django.utils import formats

_SYMBOLS = {"CNY": "¥", "TWD": "NT$", "USD": "$"}


def display(amount_cents: int | None, currency: str = "CNY") -> str:
    """`¥12,345` or `¥12,345.60`; `—` for nothing."""
    if amount_cents is None:
        return "—"
    whole, cents = divmod(abs(amount_cents), 100)
    text = formats.number_format(whole, use_l10n=True, force_grouping=True)
    fraction = f".{cents:02d}" if cents else ""
    sign = "-" if amount_cents < 0 else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{text}{fraction}"
