"""Writing customers: profile, consent, and the recorded reveal of personal data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
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
from backoffice.lib import clock, ids
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor

REASON_AT_LEAST = 5


@step
def write_profile(
    *, reference: str, profile: Profile, actor: Actor, at: dt.datetime
) -> CustomerRef:
    """Create the customer with this reference, or change the fields given.

    Effects: locks and writes the row, ledger entry naming the fields. Raises: Invalid.
    """
    faults = [
        *rules.reference_faults(reference),
        *rules.profile_faults(profile, today=clock.business_date(at)),
    ]
    if faults:
        raise Invalid(_("The profile has errors."), code="profile_invalid", faults=faults)
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
        detail={"fields": sorted(_given(profile))},
        at=at,
    )
    return CustomerRef(customer.id, customer.public_id, was_created)


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


def _plain_columns(profile: Profile) -> dict[str, Any]:
    return {
        name: getattr(profile, name)
        for name in ("employment_status", "language")
        if getattr(profile, name) is not NOT_GIVEN
    }


def _given(profile: Profile) -> list[str]:
    return [
        name for name in Profile.__dataclass_fields__ if getattr(profile, name) is not NOT_GIVEN
    ]
