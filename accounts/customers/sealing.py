"""Between plain values and sealed columns. A value opens only in its own column and row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from accounts.customers.facts import INDEXED_FIELDS, NOT_GIVEN, SEALED_FIELDS, Profile
from accounts.customers.models import Customer
from accounts.customers.rules import indexed_form
from backoffice.lib import crypto


def sealed_columns(profile: Profile, *, public_id: str) -> dict[str, Any]:
    """Column values for the fields given; None clears a field and its index."""
    columns: dict[str, Any] = {}
    for name in SEALED_FIELDS:
        value = getattr(profile, name)
        if value is NOT_GIVEN:
            continue
        text = value.isoformat() if isinstance(value, dt.date) else value
        columns[f"{name}_sealed"] = (
            None if text is None else crypto.seal(text, context=context(name, public_id))
        )
        if name in INDEXED_FIELDS:
            columns[f"{name}_index"] = None if text is None else index(name, text)
    return columns


def opened(customer: Customer, name: str) -> str | None:
    """One plain value. Raises: crypto.SealBroken."""
    sealed = getattr(customer, f"{name}_sealed")
    if sealed is None:
        return None
    return crypto.unseal(sealed, context=context(name, customer.public_id))


def opened_all(customer: Customer) -> Mapping[str, str | None]:
    return {name: opened(customer, name) for name in SEALED_FIELDS}


def context(name: str, public_id: str) -> str:
    return f"customer.{name}:{public_id}"


def index(name: str, value: str) -> bytes:
    return crypto.blind_index(indexed_form(name, value), purpose=f"customer.{name}")
