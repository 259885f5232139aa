"""Reading a customer's signals as a decision sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.verification import queries as verification
from accounts.verification.facts import Standing
from risk.signals.catalogue import SIGNALS, STORED, observed_column
from risk.signals.facts import Facts, SignalValue
from risk.signals.rules import is_stale

_STORED_NAMES = tuple(STORED)
_OBSERVED = tuple(map(observed_column, STORED))

_COLUMNS = ", ".join((*_STORED_NAMES, *_OBSERVED))
_SELECT = (
    f"SELECT customer_id, {_COLUMNS} "  # noqa: S608 — the catalogue's columns
    "FROM risk_customersignals WHERE customer_id = ANY(%s)"
)


def facts_for(*, customer_id: int, at: dt.datetime) -> Facts:
    """Every catalogued signal of one customer; unknown and stale ones are None. Two queries."""
    return facts_for_many(customer_ids=[customer_id], at=at)[customer_id]


def facts_for_many(*, customer_ids: Sequence[int], at: dt.datetime) -> dict[int, Facts]:
    """The same for several customers, by id, still with two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_SELECT, [list(customer_ids)])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    standings = verification.standings(customer_ids=customer_ids)
    return {
        customer_id: _facts(rows.get(customer_id), standings[customer_id], at)
        for customer_id in customer_ids
    }


def _facts(row: Sequence[Any] | None, standing: Standing, at: dt.datetime) -> Facts:
    stored = dict(zip((*_STORED_NAMES, *_OBSERVED), row, strict=True)) if row else {}
    values: dict[str, SignalValue] = {}
    stale = []
    for name, signal in STORED.items():
        value = stored.get(name)
        observed_at = stored.get(observed_column(name))
        if value is not None and is_stale(signal=signal, observed_at=observed_at, at=at):
            stale.append(name)
            value = None
        values[name] = Decimal(value) if isinstance(value, int) else value
    values["identity_status"] = standing.status.value
    values["name_comparison"] = standing.name.value
    values["id_number_comparison"] = standing.id_number.value
    values["phone_comparison"] = standing.phone.value
    return Facts(values={name: values[name] for name in SIGNALS}, stale=tuple(stale))
