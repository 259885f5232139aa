"""`{{ limit_cents|money:currency }}` and `{{ annual_rate|percent }}` in templates."""

from __future__ import annotations

from decimal import Decimal

from django import template

from backoffice.lib import money

register = template.Library()


register.filter("percent", money.percent)


@register.filter(name="money")
def money_filter(amount_cents: int | None, currency: str = "CNY") -> str:
    return money.display(amount_cents, currency)


@register.filter
def percent(fraction: Decimal | str) -> str:
    """`0.07200` is `7.2%`. Text is what a stored notice keeps."""
    return money.percent(Decimal(fraction))
