"""Writing signals and outcomes, one customer or a batch at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import FieldFault, Invalid
from backoffice.lib.transactions import step
from risk.signals import rules
from risk.signals.catalogue import OBSERVED_COLUMN, STORED
from risk.signals.models import Outcome

Number = Decimal | int | None


@step
def write(*, customer_id: int, values: Mapping[str, Number], observed_at: dt.datetime) -> None:
    """Set the given signals of one customer; the others stay.

    An observation older than the stored one of the same source is ignored: late news does not
    undo newer news. Raises: Invalid naming every wrong value.
    """
    faults = rules.faults_in(values)
    if faults:
        raise Invalid(
            _("Some signals are wrong."),
            code="signals_invalid",
            faults=[FieldFault(f"/{f.signal}", f.code, f.detail) for f in faults],
        )
    write_many(rows=[(customer_id, values)], observed_at=observed_at)


@step
def write_many(
    *, rows: Sequence[tuple[int, Mapping[str, Number]]], observed_at: dt.datetime
) -> None:
    """Set signals of many customers; every row must name the same signals, checked beforehand.

    Shape: (customer id, {signal: value}), each customer once. Effects: one statement that locks
    rows in order of id, so that two batches never wait for each other.
    """
    if not rows:
        return
    names = tuple(rows[0][1])
    if not names:
        return
    observed = tuple(dict.fromkeys(OBSERVED_COLUMN[STORED[name].source] for name in names))
    columns = ("customer_id", *names, *observed)
    parameters: list[Any] = []
    for customer_id, values in sorted(rows, key=lambda row: row[0]):
        parameters.append(customer_id)
        parameters.extend(rules.stored_value(name, values[name]) for name in names)
        parameters.extend(observed_at for _column in observed)
    one_row = "(" + ", ".join(_placeholder(column) for column in columns) + ")"
    updates = [_newer(name, OBSERVED_COLUMN[STORED[name].source]) for name in names]
    updates += [f"{column} = GREATEST(s.{column}, excluded.{column})" for column in observed]
    statement = (  # every name is one of the catalogue's columns; every value a parameter
        f"INSERT INTO risk_customersignals AS s ({', '.join(columns)}) "  # noqa: S608
        f"VALUES {', '.join([one_row] * len(rows))} "
        f"ON CONFLICT (customer_id) DO UPDATE SET {', '.join(updates)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@step
def record_outcomes(*, rows: Sequence[tuple[int, str, bool, dt.datetime]], source: str) -> None:
    """What became of customers. Shape: (customer id, kind, happened, observed at).

    A repeated report of one outcome by one source replaces the earlier answer.
    """
    latest = {
        (customer_id, kind, observed_at): happened
        for customer_id, kind, happened, observed_at in rows
    }
    Outcome.objects.bulk_create(
        [
            Outcome(
                customer_id=customer_id,
                kind=kind,
                happened=happened,
                observed_at=observed_at,
                source=source,
            )
            for (customer_id, kind, observed_at), happened in sorted(latest.items())
        ],
        update_conflicts=True,
        unique_fields=["customer", "kind", "observed_at", "source"],
        update_fields=["happened"],
    )


def _placeholder(column: str) -> str:
    if column == "customer_id":
        return "%s::bigint"
    if column.endswith("_at"):
        return "%s::timestamptz"
    return "%s::numeric"


def _newer(name: str, observed: str) -> str:
    return (
        f"{name} = CASE WHEN s.{observed} IS NULL OR excluded.{observed} >= s.{observed} "
        f"THEN excluded.{name} ELSE s.{name} END"
    )
