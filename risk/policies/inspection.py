"""A model beside the governed catalogue of reasons: what is wrong with it, and its words."""

from __future__ import annotations

from accounts.access.facts import Product
from compliance.reasons import queries as reasons
from risk.policies.facts import Review
from risk.policies.reading import TableReading, read_policy
from risk.policies.review import review_policy
from risk.tables.facts import Model


def review(*, model: Model, product: Product) -> Review:
    """What stops these tables from deciding about this product, and what people should know."""
    return review_policy(model, product=product, wordings=reasons.wordings())


def readings(*, model: Model, language: str, currency: str = "CNY") -> tuple[TableReading, ...]:
    """Every rule as a sentence. A row whose cells have faults says so instead."""
    titles = {
        row.code: reasons.in_language(row, language=language).text for row in reasons.catalogue()
    }
    return read_policy(model, language=language, currency=currency, reasons=titles)
