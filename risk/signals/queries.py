"""Reading a customer's signals as a decision sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from accounts.verification import queries as verification
from accounts.verification.facts import Standing
from backoffice.lib import bulk
from risk.signals.catalogue import SIGNALS, STORED, observed_column
from risk.signals.facts import Facts, SignalValue
from risk.signals.rules import stale_before

_STORED_NAMES = tuple(STORED)
_LIMITED = {f"fresh_{each.fresh_days}": each for each in STORED.values() if each.fresh_days}
# Whether each is stale is asked of the database: reading a time for every signal of every customer
# costs more than deciding them.
_STALE = ", ".join(
    f"coalesce({observed_column(name)} < %(fresh_{signal.fresh_days})s, TRUE)"
    if signal.fresh_days
    else "FALSE"
    for name, signal in STORED.items()
)
_SELECT = (
    f"SELECT customer_id, {', '.join(_STORED_NAMES)}, {_STALE} "  # noqa: S608 — the catalogue's
    "FROM risk_customersignals WHERE customer_id = ANY(%(customer_ids)s)"
)


def facts_for(*, customer_id: int, at: dt.datetime) -> Facts:
    """Every catalogued signal of one customer; unknown and stale ones are None. Two queries."""
    return facts_for_many(customer_ids=[customer_id], at=at)[customer_id]


def facts_for_many(*, customer_ids: Sequence[int], at: dt.datetime) -> dict[int, Facts]:
    """The same for several customers, by id, still with two queries."""
    limits = {name: stale_before(signal=each, at=at) for name, each in _LIMITED.items()}
    found = bulk.read(_SELECT, {"customer_ids": list(customer_ids), **limits})
    rows = {row[0]: row[1:] for row in found}
    standings = verification.standings(customer_ids=customer_ids)
    return {
        customer_id: _facts(rows.get(customer_id), standings[customer_id])
        for customer_id in customer_ids
    }


def _facts(row: Sequence[Any] | None, standing: Standing) -> Facts:
    values: dict[str, SignalValue] = dict.fromkeys(SIGNALS)
    stale = []
    if row is not None:
        count = len(_STORED_NAMES)
        for name, value, is_stale in zip(_STORED_NAMES, row[:count], row[count:], strict=True):
            if value is None:
                continue
            if is_stale:
                stale.append(name)
            else:
                values[name] = Decimal(value) if value.__class__ is int else value
    values["identity_status"] = standing.status.value
    values["name_comparison"] = standing.name.value
    values["id_number_comparison"] = standing.id_number.value
    values["phone_comparison"] = standing.phone.value
    return Facts(values=values, stale=tuple(stale))
