"""Recording checks and bureau records, and keeping the standing answer true."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils.translation import gettext_lazy as _

from accounts.customers import queries as customers
from accounts.customers import sealing
from accounts.customers import services as customer_services
from accounts.customers.facts import CustomerRef, Profile
from accounts.customers.models import Customer
from accounts.verification import rules
from accounts.verification.facts import BureauProfile, Method, Result, Standing
from accounts.verification.models import BureauRecord, IdentityCheck, Verification
from backoffice.lib import clock, crypto, ids
from backoffice.lib.errors import FieldFault, Invalid
from backoffice.lib.transactions import step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor

_BUREAU_FIELDS = ("legal_name", "id_number", "phone")


@step
def upsert_customer(
    *, reference: str, profile: Profile, actor: Actor, at: dt.datetime
) -> CustomerRef:
    """Write a profile and compare it again with what the bureau has. Raises: Invalid."""
    written = customer_services.write_profile(
        reference=reference, profile=_with_birth_date(profile, at=at), actor=actor, at=at
    )
    recompare(customer_id=written.id, actor=actor, at=at)
    return written


@step
def record_check(
    *,
    customer_public_id: str,
    method: Method,
    result: Result,
    provider: str,
    performed_at: dt.datetime,
    actor: Actor,
    at: dt.datetime,
) -> IdentityCheck:
    """Effects: check row, ledger, standing answer. Raises: Missing, Invalid (future)."""
    _refuse_future("performed_at", performed_at, at)
    check = IdentityCheck.objects.create(
        public_id=ids.ordered("chk"),
        customer_id=customers.resolve_id(customer_public_id),
        method=method,
        result=result,
        provider=provider,
        performed_at=performed_at,
        recorded_at=at,
    )
    ledger.record(
        actor=actor, action="verification.checked", subject=("customer", customer_public_id),
        detail={"check": check.public_id, "method": method, "result": result},
        at=at,
    )  # fmt: skip
    recompare(customer_id=check.customer_id, actor=actor, at=at)
    return check


@step
def record_bureau(
    *,
    customer_public_id: str,
    bureau: str,
    record: BureauProfile,
    reported_at: dt.datetime,
    actor: Actor,
    at: dt.datetime,
) -> BureauRecord:
    """Effects: sealed record, ledger, standing answer. Raises: Missing, Invalid (future)."""
    _refuse_future("reported_at", reported_at, at)
    public_id = ids.ordered("bur")
    row = BureauRecord.objects.create(
        public_id=public_id,
        customer_id=customers.resolve_id(customer_public_id),
        bureau=bureau,
        reported_at=reported_at,
        recorded_at=at,
        **{
            f"{name}_sealed": crypto.seal(value, context=_context(name, public_id))
            for name in _BUREAU_FIELDS
            if (value := getattr(record, name)) is not None
        },
    )
    ledger.record(
        actor=actor, action="verification.bureau_received",
        subject=("customer", customer_public_id), detail={"record": public_id, "bureau": bureau},
        at=at,
    )  # fmt: skip
    recompare(customer_id=row.customer_id, actor=actor, at=at)
    return row


@step
def recompare(*, customer_id: int, actor: Actor, at: dt.datetime) -> Standing:
    """Compare the profile with the newest bureau record and write the standing answer.

    Effects: locks the customer; writes only what changed, with a ledger entry.
    """
    # NO KEY: rows pointing at the customer hold FOR KEY SHARE on it. Two checks recorded at once
    # would otherwise each wait for the other.
    customer = Customer.objects.select_for_update(no_key=True).get(id=customer_id)
    record = (
        BureauRecord.objects.filter(customer_id=customer_id).order_by("-reported_at", "-id").first()
    )
    last = (
        IdentityCheck.objects.filter(
            customer_id=customer_id, method__in=filter(rules.proves_identity, Method)
        )
        .exclude(result=Result.INCONCLUSIVE)
        .order_by("-performed_at", "-id")
        .first()
    )
    standing = _compared(
        customer, record, Result(last.result) if last else None, today=clock.business_date(at)
    )
    before = Verification.objects.filter(customer_id=customer_id).first()
    answer = {
        "status": standing.status,
        "name_comparison": standing.name,
        "id_number_comparison": standing.id_number,
        "phone_comparison": standing.phone,
    }
    grounds = {"bureau_record": record, "checked_at": last.performed_at if last else None}
    if before and all(getattr(before, name) == value for name, value in answer.items()):
        # The same answer on newer grounds is no change of the answer.
        Verification.objects.filter(customer_id=customer_id).update(**grounds)
        return standing
    Verification.objects.update_or_create(
        customer_id=customer_id, defaults={**answer, **grounds, "changed_at": at}
    )
    ledger.record(
        actor=actor, action="verification.changed", subject=("customer", customer.public_id),
        detail={
            "status": standing.status, "name": standing.name,
            "id_number": standing.id_number, "phone": standing.phone,
        },
        at=at,
    )  # fmt: skip
    return standing


def _compared(
    customer: Customer,
    record: BureauRecord | None,
    last_result: Result | None,
    *,
    today: dt.date,
) -> Standing:
    theirs = {name: _bureau_value(record, name) for name in _BUREAU_FIELDS}
    name = rules.compare_names(sealing.opened(customer, "legal_name"), theirs["legal_name"])
    id_number = rules.compare_id_numbers(
        sealing.opened(customer, "id_number"), theirs["id_number"], today=today
    )
    phone = rules.compare_phones(sealing.opened(customer, "phone"), theirs["phone"])
    status = rules.status_of(last_result=last_result, name=name, id_number=id_number)
    return Standing(status, name, id_number, phone)


def _bureau_value(record: BureauRecord | None, name: str) -> str | None:
    sealed = getattr(record, f"{name}_sealed") if record else None
    if record is None or sealed is None:
        return None
    return crypto.unseal(sealed, context=_context(name, record.public_id))


def _with_birth_date(profile: Profile, *, at: dt.datetime) -> Profile:
    """The birth date from the identity number, when it is valid and no date was given."""
    number = profile.id_number
    if isinstance(number, str) and not isinstance(profile.birth_date, dt.date):
        found = rules.birth_date_in(number)
        if found and rules.id_number_fault(number, today=clock.business_date(at)) is None:
            return dataclasses.replace(profile, birth_date=found)
    return profile


def _refuse_future(name: str, moment: dt.datetime, at: dt.datetime) -> None:
    if clock.lies_ahead(moment, at=at):
        text = _("This lies in the future.")
        fault = FieldFault(f"/{name}", "time_in_future", text)
        raise Invalid(text, code="time_in_future", faults=[fault])


def _context(name: str, public_id: str) -> str:
    return f"bureau_record.{name}:{public_id}"
