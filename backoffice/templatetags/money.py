"""`{{ limit_cents|money:currency }}` in templates."""

from __future__ import annotations

from django import template

from backoffice.lib import money

register = template.Library()


@register.filter(name="money")
def money_filter(amount_cents: int | None, currency: str = "CNY") -> str:
    return money.display(amount_cents, currency)
