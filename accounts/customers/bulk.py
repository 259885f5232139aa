"""Writing many customers in a handful of statements, with the meaning of the single write.

The one difference: what would change nothing is not written again, so that the same file twice
leaves one trace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.customers import sealing
from accounts.customers.facts import SEALED_FIELDS, CustomerRef, Profile
from accounts.customers.models import Customer
from accounts.customers.services import given_fields, locked, plain_columns, refuse_faults
from backoffice.lib import bulk, ids
from backoffice.lib.transactions import step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor

_SQL_TYPES = {"BinaryField": "bytea", "DateTimeField": "timestamptz", "CharField": "text"}
_COLUMNS = {
    field.attname: _SQL_TYPES[field.get_internal_type()]
    for field in Customer._meta.concrete_fields
    if field.attname != "id"
}
_KEPT = ("public_id", "reference", "created_at")


@step
def write_profiles(
    *,
    profiles: Mapping[str, Profile],
    actor: Actor,
    at: dt.datetime,
    detail: Mapping[str, Any],
) -> dict[str, CustomerRef]:
    """Create the customers with these references, or change the fields given; by reference.

    Effects: locks and writes the rows (in the order of their ids), a ledger entry for each that
    is new or changed, carrying `detail`. Raises: Invalid at the first profile with errors.
    """
    for reference, profile in profiles.items():
        refuse_faults(reference, profile, at)
    known = _held(profiles)
    absent = [reference for reference in sorted(profiles) if reference not in known]
    created = _create(absent, profiles, at)
    known |= _held([reference for reference in absent if reference not in created])
    changed = _change(known, profiles, at)
    for action, public_ids in (
        ("customer.created", {name: ref.public_id for name, ref in created.items()}),
        ("customer.changed", changed),
    ):
        ledger.record_many(
            actor=actor,
            action=action,
            subject_kind="customer",
            entries=[
                (public_id, {"fields": sorted(given_fields(profiles[reference])), **detail})
                for reference, public_id in public_ids.items()
            ],
            at=at,
        )
    return created | {
        reference: CustomerRef(row.id, row.public_id, False, reference in changed)
        for reference, row in known.items()
    }


def _held(references: Any) -> dict[str, Customer]:
    if not references:
        return {}
    rows = locked().filter(reference__in=list(references))
    return {row.reference: row for row in rows.order_by("id")}


def _create(
    absent: Sequence[str], profiles: Mapping[str, Profile], at: dt.datetime
) -> dict[str, CustomerRef]:
    """Those this call created; another writer may have been faster with some."""
    if not absent:
        return {}
    created = bulk.insert(
        table="accounts_customer",
        columns=_COLUMNS,
        rows=[_values(_fresh(reference, profiles[reference], at)) for reference in absent],
        on_conflict="(reference) DO NOTHING",
        returning="id, public_id, reference",
    )
    return {
        reference: CustomerRef(row_id, public_id, True) for row_id, public_id, reference in created
    }


def _fresh(reference: str, profile: Profile, at: dt.datetime) -> Customer:
    public_id = ids.opaque("cus")
    return Customer(
        public_id=public_id,
        reference=reference,
        created_at=at,
        changed_at=at,
        **sealing.sealed_columns(profile, public_id=public_id),
        **plain_columns(profile),
    )


def _values(row: Customer) -> list[Any]:
    return [getattr(row, name) for name in _COLUMNS]


def _change(
    known: Mapping[str, Customer], profiles: Mapping[str, Profile], at: dt.datetime
) -> dict[str, str]:
    changed = []
    for reference, row in known.items():
        fresh = _differing(row, profiles[reference])
        if not given_fields(fresh):
            continue
        columns = {**sealing.sealed_columns(fresh, public_id=row.public_id), **plain_columns(fresh)}
        for name, value in columns.items():
            setattr(row, name, value)
        row.changed_at = at
        changed.append(row)
    # Every column of rows this transaction holds locked: one statement, whatever differs.
    bulk.insert(
        table="accounts_customer",
        columns={"id": "bigint", **_COLUMNS},
        rows=[[row.id, *_values(row)] for row in changed],
        on_conflict="(id) DO UPDATE SET "
        + bulk.replace([name for name in _COLUMNS if name not in _KEPT]),
    )
    return {row.reference: row.public_id for row in changed}


def _differing(row: Customer, profile: Profile) -> Profile:
    """Only what is not on file already."""
    kept: dict[str, Any] = {}
    for name in given_fields(profile):
        value = getattr(profile, name)
        if name in SEALED_FIELDS:
            text = value.isoformat() if isinstance(value, dt.date) else value
            is_same = sealing.opened(row, name) == text
        else:
            is_same = getattr(row, name) == value
        if not is_same:
            kept[name] = value
    return Profile(**kept)
