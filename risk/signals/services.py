"""Writing signals and outcomes, one customer or a batch at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from backoffice.lib import bulk
from backoffice.lib.errors import FieldFault, Invalid
from backoffice.lib.transactions import step
from risk.signals import rechecks, rules
from risk.signals.catalogue import observed_column

Number = Decimal | int | None
News = tuple[Number, dt.datetime | None]  # a value, and when its source knew it
NO_NEWS: News = (None, None)


@step
def write(*, customer_id: int, values: Mapping[str, Number], observed_at: dt.datetime) -> None:
    """Set the given signals of one customer; the others stay.

    An observation of a signal older than the stored one is ignored: late news does not undo newer
    news. Raises: Invalid naming every wrong value.
    """
    _refuse_impossible(values)
    write_many(rows=[(customer_id, values)], observed_at=observed_at)


@step
def report(
    *, customer_id: int, values: Mapping[str, Number], observed_at: dt.datetime, at: dt.datetime
) -> None:
    """The same for news that just came in: the customer is decided again when it changes what a
    decision sees. Effects: besides, see `rechecks.ask`. Raises: Invalid.
    """
    _refuse_impossible(values)
    rechecks.ask_if_news(customer_id=customer_id, values=values, observed_at=observed_at, at=at)
    write_many(rows=[(customer_id, values)], observed_at=observed_at)


@step
def write_many(
    *, rows: Sequence[tuple[int, Mapping[str, Number]]], observed_at: dt.datetime
) -> None:
    """Set signals of many customers; every row must name the same signals, checked beforehand.

    Shape: (customer id, {signal: value}), each customer once. Effects: one statement that locks
    rows in order of id, so that two batches never wait for each other.
    """
    write_observed(rows=[(customer_id, values, observed_at) for customer_id, values in rows])


@step
def write_observed(*, rows: Sequence[tuple[int, Mapping[str, Number], dt.datetime]]) -> None:
    """The same with a time of observation for each customer.

    Shape: (customer id, {signal: value}, observed at).
    """
    write_news(
        rows=[
            (customer_id, {name: (value, observed_at) for name, value in values.items()})
            for customer_id, values, observed_at in rows
        ]
    )


@step
def write_news(*, rows: Sequence[tuple[int, Mapping[str, News]]]) -> None:
    """Set some signals of some customers, each with its own time of observation.

    Shape: (customer id, {signal: (value, observed at)}), each customer once, checked beforehand;
    signals that are not named stay. Effects: one statement that locks rows in order of id.
    """
    names = tuple(dict.fromkeys(name for _customer_id, values in rows for name in values))
    if not names:
        return
    observed = tuple(map(observed_column, names))
    updates = [_newer(name) for name in names]
    updates += [f"{column} = GREATEST(stored.{column}, excluded.{column})" for column in observed]
    bulk.insert(
        table="risk_customersignals",
        columns={
            "customer_id": "bigint",
            **dict.fromkeys(names, "numeric"),
            **dict.fromkeys(observed, "timestamptz"),
        },
        rows=[
            (
                customer_id,
                *(rules.stored_value(name, values.get(name, NO_NEWS)[0]) for name in names),
                *(values.get(name, NO_NEWS)[1] for name in names),
            )
            for customer_id, values in sorted(rows, key=lambda row: row[0])
        ],
        on_conflict=f"(customer_id) DO UPDATE SET {', '.join(updates)}",
    )


@step
def record_outcomes(*, rows: Sequence[tuple[int, str, bool, dt.datetime]], source: str) -> None:
    """What became of customers. Shape: (customer id, kind, happened, observed at).

    A repeated report of one outcome by one source replaces the earlier answer.
    """
    record_outcomes_of(rows=[(*row, source) for row in rows])


@step
def record_outcomes_of(*, rows: Sequence[tuple[int, str, bool, dt.datetime, str]]) -> None:
    """The same from several sources. Shape: (customer id, kind, happened, observed at, source)."""
    latest = {
        (customer_id, kind, observed_at, source): happened
        for customer_id, kind, happened, observed_at, source in rows
    }
    bulk.insert(
        table="risk_outcome",
        columns={
            "customer_id": "bigint", "kind": "text", "observed_at": "timestamptz",
            "source": "text", "happened": "boolean",
        },
        rows=[(*key, happened) for key, happened in sorted(latest.items())],
        on_conflict="(customer_id, kind, observed_at, source) DO UPDATE SET happened = "
        "excluded.happened WHERE stored.happened IS DISTINCT FROM excluded.happened",
    )  # fmt: skip


def _refuse_impossible(values: Mapping[str, Number]) -> None:
    faults = rules.faults_in(values)
    if faults:
        raise Invalid(
            _("Some signals are wrong."),
            code="signals_invalid",
            faults=[FieldFault(f"/{f.signal}", f.code, f.detail) for f in faults],
        )


def _newer(name: str) -> str:
    observed = observed_column(name)
    return (
        f"{name} = CASE WHEN stored.{observed} IS NULL OR excluded.{observed} >= stored.{observed} "
        f"THEN excluded.{name} ELSE stored.{name} END"
    )
