"""What the rows of a file of customers become: profiles, signals and outcomes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import connection

from accounts.customers import queries as customers
from accounts.customers.facts import NOT_GIVEN, CustomerRef, Profile
from accounts.verification import services as verification
from backoffice.lib.transactions import step
from compliance.ledger.facts import Actor
from risk.intake.facts import Row, RowFault, Written
from risk.intake.models import ImportedCustomer, ImportRun
from risk.signals import services as signals

_MEET = """
INSERT INTO risk_importedcustomer (run_id, customer_id, line)
SELECT %s, customer_id, line FROM unnest(%s::bigint[], %s::bigint[]) AS given (customer_id, line)
ON CONFLICT (run_id, customer_id) DO UPDATE SET line = excluded.line
"""


def check(*, rows: Sequence[Row], at: dt.datetime) -> Sequence[RowFault]:
    """Whatever reading found is all there is."""
    return ()


def prepare(*, rows: Sequence[Row], at: dt.datetime) -> None:
    """Customers need nothing beforehand."""


@step
def write(*, run: ImportRun, rows: Sequence[Row], actor: Actor, at: dt.datetime) -> Written:
    """Effects: customers, verification, signals, outcomes, ledger; which customers were met."""
    repeated = _repetitions(run, rows)
    written = _write_customers(run, rows, actor, at)
    _write_signals(rows, written)
    _write_outcomes(rows, written, run.source)
    _meet(run, {written[row.reference].id: row.line for row in rows})
    return Written(
        tuple(repeated),
        repeated=len(repeated),
        created=sum(ref.was_created for ref in written.values()),
        changed=sum(ref.was_changed and not ref.was_created for ref in written.values()),
    )


def _repetitions(run: ImportRun, rows: Sequence[Row]) -> list[RowFault]:
    """Warnings for rows whose customer an earlier row of the file gave."""
    known = customers.ids_by_reference({row.reference for row in rows})
    met_at = dict(
        ImportedCustomer.objects.filter(run_id=run.id, customer_id__in=known.values())
        .values_list("customer_id", "line")
    )  # fmt: skip
    met = {reference: met_at[row_id] for reference, row_id in known.items() if row_id in met_at}
    found = []
    for row in rows:
        if row.reference in met:
            found.append(_repeats(row.line, met[row.reference]))
        met[row.reference] = row.line
    return found


def _write_customers(
    run: ImportRun, rows: Sequence[Row], actor: Actor, at: dt.datetime
) -> dict[str, CustomerRef]:
    merged: dict[str, Profile] = {}
    for row in rows:
        known = merged.get(row.reference)
        merged[row.reference] = _over(known, row.profile) if known else row.profile
    return verification.upsert_customers(
        profiles=merged, actor=actor, at=at, detail={"import": run.public_id}
    )


def _over(earlier: Profile, later: Profile) -> Profile:
    """What the later row gives wins; what it leaves out stays."""
    given = {
        name: value
        for name in Profile.__dataclass_fields__
        if (value := getattr(later, name)) is not NOT_GIVEN
    }
    return dataclasses.replace(earlier, **given)


def _write_signals(rows: Sequence[Row], written: Mapping[str, CustomerRef]) -> None:
    """The newest observation of each customer; of equal ones the later row."""
    newest: dict[int, Row] = {}
    for row in rows:
        if row.signals_at is None:
            continue
        customer_id = written[row.reference].id
        known = newest.get(customer_id)
        if known is None or known.signals_at is None or row.signals_at >= known.signals_at:
            newest[customer_id] = row
    signals.write_observed(
        rows=[
            (customer_id, newest[customer_id].signals, observed_at)
            for customer_id in sorted(newest)
            if (observed_at := newest[customer_id].signals_at) is not None
        ]
    )


def _write_outcomes(rows: Sequence[Row], written: Mapping[str, CustomerRef], source: str) -> None:
    last = {
        (written[row.reference].id, seen.kind, seen.observed_at): seen.happened
        for row in rows
        for seen in row.outcomes
    }
    if last:
        signals.record_outcomes(
            rows=[
                (customer, kind, happened, at) for (customer, kind, at), happened in last.items()
            ],
            source=source,
        )


def _meet(run: ImportRun, lines: Mapping[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MEET, [run.id, list(lines), list(lines.values())])


def _repeats(line: int, earlier: int) -> RowFault:
    words = f"Line {earlier} gave the same customer; this later row was written over it."
    return RowFault(line, "", "reference_repeated", words, is_warning=True)
