"""Examples in the OpenAPI description: what a body or an answer looks like, of invented people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

Serializer = TypeVar("Serializer", bound=type[serializers.Serializer[Any]])

CUSTOMER = "cus_mfzwizltoq2dmnzygezdgnbvgy"
DECISION = "dec_agpkt4e5h2xbbm6oeqrmkjz7yu"
EARLIER, AT, LATER = "2026-05-31T16:00:00Z", "2026-06-01T04:00:00Z", "2026-08-30T04:00:00Z"
REASON: dict[str, Any] = {
    "code": "PHONE_MISMATCH",
    "level": "customer",
    "text": "The phone number on file differs from the credit bureau's record.",
    "remedy": "Please update your phone number and confirm it by SMS.",
    "is_appealable": True,
    "ends_by": "fact",
    "legal_basis": "",
}
TERMS: dict[str, Any] = {
    "currency": "CNY", "limit_cents": 1_000_000, "annual_rate": "0.07200", "max_term_months": 12,
}  # fmt: skip


def example(value: dict[str, Any]) -> Callable[[Serializer], Serializer]:
    """Decorates a serializer with the example of its operations."""
    shown = OpenApiExample("example", value=value, status_codes=["200", "201", "202"])
    return extend_schema_serializer(examples=[shown])
