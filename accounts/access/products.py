"""Writing credit products. Only for services."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.access.models import Product
from backoffice.lib.errors import Conflict
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor


@entry
def offer_product(
    *,
    code: str,
    names: tuple[str, str],
    currency: str,
    amounts_cents: tuple[int, int],
    terms_months: tuple[int, int],
    annual_rates: tuple[Decimal, Decimal],
    review_days: int,
    note: str,
    actor: Actor,
    at: dt.datetime,
) -> int:
    """A new credit product; returns its row id. Shape: names in Chinese and English; bounds from
    least to greatest. Raises: Invalid (no reason), Conflict (the code is taken), IntegrityError
    (bounds out of order).
    """
    if Product.objects.filter(code=code).exists():
        raise Conflict(_("There is a product with this code."), code="product_code_taken")
    product = Product(
        code=code,
        name_zh=names[0],
        name_en=names[1],
        currency=currency,
        min_amount_cents=amounts_cents[0],
        max_amount_cents=amounts_cents[1],
        min_term_months=terms_months[0],
        max_term_months=terms_months[1],
        min_annual_rate=annual_rates[0],
        max_annual_rate=annual_rates[1],
        review_days=review_days,
    )
    save_product(product=product, note=note, actor=actor, at=at)
    return product.pk


@step
def save_product(
    *, product: Product, note: str, actor: Actor, at: dt.datetime | None = None
) -> None:
    """A new or changed product. Effects, raises: see `ledger.services.save_governed`."""
    ledger.save_governed(
        row=product, subject=("product", product.code), note=note, actor=actor, at=at
    )
