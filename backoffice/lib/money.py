"""Money is integer minor units with a currency; this module only shows it to people.

Digits are grouped by three in every language: Django's format for Chinese has no separator.
"""

from __future__ import annotations

from decimal import Decimal

_SYMBOLS = {"CNY": "¥", "TWD": "NT$", "USD": "$"}


def display(amount_cents: int | None, currency: str = "CNY") -> str:
    """`¥12,345` or `¥12,345.60`; `—` for nothing."""
    if amount_cents is None:
        return "—"
    whole, cents = divmod(abs(amount_cents), 100)
    fraction = f".{cents:02d}" if cents else ""
    sign = "-" if amount_cents < 0 else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{whole:,}{fraction}"


def percent(fraction: Decimal) -> str:
    """`0.0720` is `7.2%`, exactly: never rounded."""
    return f"{(fraction * 100).normalize():f}%"
