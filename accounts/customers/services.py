"""Writing customers: profile, consent, and the recorded reveal of personal data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from accounts.customers import queries, rules, sealing
from accounts.customers.facts import (
    NOT_GIVEN,
    SEALED_FIELDS,
    CustomerRef,
    Profile,
)
from accounts.customers.models import Consent, Customer
from backoffice.lib import bulk, clock, ids
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor

REASON_AT_LEAST = 5
_SQL_TYPES = {"BinaryField": "bytea", "DateTimeField": "timestamptz", "CharField": "text"}
_COLUMNS = {
    field.attname: _SQL_TYPES[field.get_internal_type()]
    for field in Customer._meta.concrete_fields
    if field.attname != "id"
}
_KEPT = ("public_id", "reference", "created_at")


@step
def write_profile(
    *, reference: str, profile: Profile, actor: Actor, at: dt.datetime
) -> CustomerRef:
    """Create the customer with this reference, or change the fields given.

    Effects: locks and writes the row, ledger entry naming the fields. Raises: Invalid.
    """
    _refuse_faults(reference, profile, at)
    existing = _locked().filter(reference=reference).first()
    customer, was_created = (existing, False) if existing else _create(reference, at)
    columns = {
        **sealing.sealed_columns(profile, public_id=customer.public_id),
        **_plain_columns(profile),
    }
    if columns:
        Customer.objects.filter(id=customer.id).update(**columns, changed_at=at)
    ledger.record(
        actor=actor,
        action="customer.created" if was_created else "customer.changed",
        subject=("customer", customer.public_id),
        detail={"fields": sorted(_given_fields(profile))},
        at=at,
    )
    return CustomerRef(customer.id, customer.public_id, was_created)


@step
def write_profiles(
    *,
    profiles: Mapping[str, Profile],
    actor: Actor,
    at: dt.datetime,
    detail: Mapping[str, Any],
) -> dict[str, CustomerRef]:
    """The same for many customers, in a fixed number of statements; answers by reference.

    The one difference: what is on file already is not written again, so that the same file
    twice leaves one trace.
    Effects: locks and writes the rows (in the order of their ids), a ledger entry for each that
    is new or changed, carrying `detail`. Raises: Invalid at the first profile with errors.
    """
    for reference, profile in profiles.items():
        _refuse_faults(reference, profile, at)
    known = _held(profiles)
    absent = [reference for reference in sorted(profiles) if reference not in known]
    created = _create_many(absent, profiles, at)
    known |= _held([reference for reference in absent if reference not in created])
    changed = _change_many(known, profiles, at)
    for action, public_ids in (
        ("customer.created", {name: ref.public_id for name, ref in created.items()}),
        ("customer.changed", changed),
    ):
        ledger.record_many(
            actor=actor,
            action=action,
            subject_kind="customer",
            entries=[
                (public_id, {"fields": sorted(_given_fields(profiles[reference])), **detail})
                for reference, public_id in public_ids.items()
            ],
            at=at,
        )
    return created | {
        reference: CustomerRef(row.id, row.public_id, False, reference in changed)
        for reference, row in known.items()
    }


@entry
def reveal(
    *, public_id: str, fields: Sequence[str], reason: str, actor: Actor, at: dt.datetime
) -> dict[str, str]:
    """Personal data in clear, for one person with one reason. Who may ask is the door's affair.

    Effects: ledger entry with the field names. Raises: Invalid (no real reason, unknown field),
    Missing.
    """
    if len(reason.strip()) < REASON_AT_LEAST:
        raise Invalid(_("Say why you need to see this."), code="reason_required")
    if not fields or not set(fields) <= set(SEALED_FIELDS):
        raise Invalid(_("Choose which fields to see."), code="fields_unknown")
    customer = queries.by_public_id(public_id)
    shown = {name: sealing.opened(customer, name) or "" for name in fields}
    ledger.record(
        actor=actor,
        action="customer.revealed",
        subject=("customer", public_id),
        reason=reason.strip(),
        detail={"fields": sorted(fields)},
        at=at,
    )
    return shown


@step
def give_consent(
    *, customer_id: int, purpose: str, document_version: str, actor: Actor, at: dt.datetime
) -> None:
    """Effects: consent row, ledger. Raises: Conflict when one is in force already."""
    public_id = Customer.objects.filter(id=customer_id).values_list("public_id", flat=True).get()
    try:
        with transaction.atomic():
            Consent.objects.create(
                customer_id=customer_id,
                purpose=purpose,
                document_version=document_version,
                granted_at=at,
            )
    except IntegrityError as error:
        raise Conflict(_("This consent is already in force."), code="consent_in_force") from error
    _record_consent("consent.granted", public_id, purpose, actor, at)


@step
def give_consents(
    *,
    customers: Sequence[tuple[CustomerRef, Sequence[str]]],
    document_version: str,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """The same for many customers. Shape: (customer, purposes).

    Effects: as many statements as there are purposes, and one more. Raises: IntegrityError when
    one is in force already: whoever writes many knows them to be new.
    """
    Consent.objects.bulk_create(
        Consent(
            customer_id=customer.id, purpose=purpose, document_version=document_version,
            granted_at=at,
        )
        for customer, purposes in customers for purpose in purposes
    )  # fmt: skip
    for given in sorted({purpose for _customer, purposes in customers for purpose in purposes}):
        ledger.record_many(
            actor=actor, action="consent.granted", subject_kind="customer", at=at,
            entries=[
                (customer.public_id, {"purpose": given})
                for customer, purposes in customers if given in purposes
            ],
        )  # fmt: skip


@step
def withdraw_consent(*, customer_id: int, purpose: str, actor: Actor, at: dt.datetime) -> None:
    """Effects: ends the consent in force, ledger. Raises: Missing when there is none."""
    public_id = Customer.objects.filter(id=customer_id).values_list("public_id", flat=True).get()
    changed = Consent.objects.filter(
        customer_id=customer_id, purpose=purpose, withdrawn_at__isnull=True
    ).update(withdrawn_at=Greatest(F("granted_at"), Value(at, output_field=DateTimeField())))
    if not changed:
        raise Missing(_("No such consent is in force."), code="consent_unknown")
    _record_consent("consent.withdrawn", public_id, purpose, actor, at)


def _record_consent(
    action: str, public_id: str, purpose: str, actor: Actor, at: dt.datetime
) -> None:
    ledger.record(
        actor=actor, action=action, subject=("customer", public_id), detail={"purpose": purpose},
        at=at,
    )  # fmt: skip


def _locked() -> QuerySet[Customer]:
    """NO KEY: rows that point at a customer (decisions, checks) need not wait for a profile."""
    return Customer.objects.select_for_update(no_key=True)


def _create(reference: str, at: dt.datetime) -> tuple[Customer, bool]:
    """The row for a new reference, and whether we made it: another writer may be faster."""
    fresh = Customer(public_id=ids.opaque("cus"), reference=reference, created_at=at, changed_at=at)
    Customer.objects.bulk_create([fresh], ignore_conflicts=True)
    customer = _locked().get(reference=reference)
    return customer, customer.public_id == fresh.public_id


def _refuse_faults(reference: str, profile: Profile, at: dt.datetime) -> None:
    faults = [
        *rules.reference_faults(reference),
        *rules.profile_faults(profile, today=clock.business_date(at)),
    ]
    if faults:
        raise Invalid(_("The profile has errors."), code="profile_invalid", faults=faults)


def _plain_columns(profile: Profile) -> dict[str, Any]:
    columns = {
        name: getattr(profile, name)
        for name in ("employment_status", "language")
        if getattr(profile, name) is not NOT_GIVEN
    }
    if profile.id_number is not NOT_GIVEN:
        columns["region_code"] = rules.region_in(profile.id_number)
    return columns


def _given_fields(profile: Profile) -> list[str]:
    return [
        name for name in Profile.__dataclass_fields__ if getattr(profile, name) is not NOT_GIVEN
    ]


def _held(references: Any) -> dict[str, Customer]:
    if not references:
        return {}
    rows = _locked().filter(reference__in=list(references))
    return {row.reference: row for row in rows.order_by("id")}


def _create_many(
    absent: Sequence[str], profiles: Mapping[str, Profile], at: dt.datetime
) -> dict[str, CustomerRef]:
    """Those this call created; another writer may have been faster with some."""
    if not absent:
        return {}
    created = bulk.insert(
        table="accounts_customer",
        columns=_COLUMNS,
        rows=[_values(_filled(reference, profiles[reference], at)) for reference in absent],
        on_conflict="(reference) DO NOTHING",
        returning="id, public_id, reference",
    )
    return {
        reference: CustomerRef(row_id, public_id, True) for row_id, public_id, reference in created
    }


def _filled(reference: str, profile: Profile, at: dt.datetime) -> Customer:
    public_id = ids.opaque("cus")
    return Customer(
        public_id=public_id,
        reference=reference,
        created_at=at,
        changed_at=at,
        **sealing.sealed_columns(profile, public_id=public_id),
        **_plain_columns(profile),
    )


def _values(row: Customer) -> list[Any]:
    return [getattr(row, name) for name in _COLUMNS]


def _change_many(
    known: Mapping[str, Customer], profiles: Mapping[str, Profile], at: dt.datetime
) -> dict[str, str]:
    changed = []
    for reference, row in known.items():
        fresh = _differing(row, profiles[reference])
        if not _given_fields(fresh):
            continue
        columns = {
            **sealing.sealed_columns(fresh, public_id=row.public_id),
            **_plain_columns(fresh),
        }
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
    for name in _given_fields(profile):
        value = getattr(profile, name)
        if name in SEALED_FIELDS:
            text = value.isoformat() if isinstance(value, dt.date) else value
            is_same = sealing.opened(row, name) == text
        else:
            is_same = getattr(row, name) == value
        if not is_same:
            kept[name] = value
    return Profile(**kept)
