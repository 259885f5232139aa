"""Recording checks and bureau records, and keeping the standing answer true."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.customers import queries as customers
from accounts.customers import sealing as profiles
from accounts.customers import services as customer_services
from accounts.customers.facts import CustomerRef, Profile
from accounts.customers.models import Customer
from accounts.verification import rules, sealing
from accounts.verification.facts import (
    BureauProfile,
    Identity,
    Method,
    Result,
    Standing,
)
from accounts.verification.identity_cases import Compared, follow, hashed, ruling_on, rulings
from accounts.verification.matching import compare
from accounts.verification.models import BureauRecord, IdentityCase, IdentityCheck, Verification
from backoffice.lib import bulk, clock, ids
from backoffice.lib.errors import FieldFault, Invalid
from backoffice.lib.transactions import step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor

_STANDING = {
    "status": "text", "name_comparison": "text", "id_number_comparison": "text",
    "phone_comparison": "text", "bureau_record_id": "bigint", "checked_at": "timestamptz",
    "changed_at": "timestamptz",
}  # fmt: skip


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
def upsert_customers(
    *,
    profiles: Mapping[str, Profile],
    actor: Actor,
    at: dt.datetime,
    detail: Mapping[str, Any],
) -> dict[str, CustomerRef]:
    """The same for many customers by reference, in a fixed number of statements.

    What is on file already is not written again. Effects: see `write_profiles`; `detail`
    goes into the ledger entries of those created or changed. Raises: Invalid.
    """
    written = customer_services.write_profiles(
        profiles={name: _with_birth_date(given, at=at) for name, given in profiles.items()},
        actor=actor,
        at=at,
        detail=detail,
    )
    moved = [ref.id for ref in written.values() if ref.was_created or ref.was_changed]
    recompare_many(customer_ids=moved, actor=actor, at=at)
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
    customer_id = customers.resolve_id(customer_public_id)
    row = sealing.sealed_record(customer_id, bureau, record, reported_at=reported_at, at=at)
    row.save(force_insert=True)
    ledger.record(
        actor=actor, action="verification.bureau_received",
        subject=("customer", customer_public_id),
        detail={"record": row.public_id, "bureau": bureau}, at=at,
    )  # fmt: skip
    recompare(customer_id=row.customer_id, actor=actor, at=at)
    return row


@step
def record_many(
    *,
    checks: Sequence[tuple[CustomerRef, Method, Result]],
    records: Sequence[tuple[CustomerRef, BureauProfile]],
    provider: str,
    bureau: str,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Checks just performed and records just received, for many customers.

    Effects: as for one each, in a fixed number of statements.
    """
    done = [
        IdentityCheck(
            public_id=ids.ordered("chk"), customer_id=customer.id, method=method, result=result,
            provider=provider, performed_at=at, recorded_at=at,
        )
        for customer, method, result in checks
    ]  # fmt: skip
    IdentityCheck.objects.bulk_create(done)
    ledger.record_many(
        actor=actor, action="verification.checked", subject_kind="customer", at=at,
        entries=[
            (customer.public_id, {"check": row.public_id, "method": method, "result": result})
            for row, (customer, method, result) in zip(done, checks, strict=True)
        ],
    )  # fmt: skip
    received = [
        sealing.sealed_record(customer.id, bureau, record, reported_at=at, at=at)
        for customer, record in records
    ]
    BureauRecord.objects.bulk_create(received)
    ledger.record_many(
        actor=actor, action="verification.bureau_received", subject_kind="customer", at=at,
        entries=[
            (customer.public_id, {"record": row.public_id, "bureau": bureau})
            for row, (customer, _record) in zip(received, records, strict=True)
        ],
    )  # fmt: skip
    moved = {checked[0].id for checked in checks} | {received[0].id for received in records}
    recompare_many(customer_ids=moved, actor=actor, at=at)


@step
def recompare(*, customer_id: int, actor: Actor, at: dt.datetime) -> Standing:
    """Compare the profile with the newest bureau record and write the standing answer.

    Effects: locks the customer; writes only what changed, with a ledger entry.
    """
    return recompare_many(customer_ids=[customer_id], actor=actor, at=at)[customer_id]


@step
def recompare_many(
    *, customer_ids: Collection[int], actor: Actor, at: dt.datetime
) -> dict[int, Standing]:
    """The same for many customers, in as many statements as for one."""
    if not customer_ids:
        return {}
    # NO KEY: decisions and other rows that only point at the customer need not wait.
    customers = list(
        Customer.objects.select_for_update(no_key=True)
        .filter(id__in=customer_ids)
        .only("public_id", *(f"{name}_sealed" for name in sealing.FIELDS))
        .order_by("id")
    )  # locked before anything below is read
    records, checks = _newest_records(customer_ids), _newest_checks(customer_ids)
    known = _standing_rows(customer_ids)
    today = clock.business_date(at)
    cases = rulings(list(records)) if records else {}
    found = [
        _found(one, records.get(one.id), checks.get(one.id), cases.get(one.id, []), today=today)
        for one in customers
    ]
    _write(found, known, actor=actor, at=at)
    if compared := [one.compared for one in found if one.compared]:
        follow(compared, cases=cases, actor=actor, at=at)
    return {one.customer.id: one.standing for one in found}


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    customer: Customer
    standing: Standing
    grounds: tuple[int | None, dt.datetime | None]  # newest record, newest check
    compared: Compared | None


def _found(
    customer: Customer,
    record: BureauRecord | None,
    last: IdentityCheck | None,
    cases: Sequence[IdentityCase],
    *,
    today: dt.date,
) -> _Found:
    ours = Identity(*(profiles.opened(customer, name) for name in sealing.FIELDS))
    theirs = sealing.opened(record)
    verdict, ruling, compared = compare(ours, theirs, today=today), None, None
    if record:
        hashes = hashed(ours, theirs)
        ruling = ruling_on(cases, hashes)
        compared = Compared(customer.id, customer.public_id, record.id, verdict, hashes)
    status = rules.status_of(
        last_result=Result(last.result) if last else None,
        name=verdict.name,
        id_number=verdict.id_number,
        ruling=ruling,
    )
    standing = Standing(status, verdict.name, verdict.id_number, verdict.phone)
    grounds = (record.id if record else None, last.performed_at if last else None)
    return _Found(customer, standing, grounds, compared)


def _write(
    found: Sequence[_Found], known: Mapping[int, tuple[Any, ...]], *, actor: Actor, at: dt.datetime
) -> None:
    changed, told = [], []
    for one in found:
        answer = tuple(getattr(one.standing, name).value for name in Standing.__dataclass_fields__)
        *before, since = known.get(one.customer.id, (None, at))
        # The same answer on newer grounds is no change of the answer.
        is_same_answer = tuple(before[: len(answer)]) == answer
        if not is_same_answer:
            told.append((one.customer.public_id, _detail(one.standing)))
        if tuple(before) != (*answer, *one.grounds):
            changed.append(
                (one.customer.id, *answer, *one.grounds, since if is_same_answer else at)
            )
    _keep(changed)
    ledger.record_many(
        actor=actor, action="verification.changed", subject_kind="customer", entries=told, at=at
    )


def _standing_rows(customer_ids: Collection[int]) -> dict[int, tuple[Any, ...]]:
    rows = Verification.objects.filter(customer_id__in=customer_ids)
    return {row[0]: row[1:] for row in rows.values_list("customer_id", *_STANDING)}


def _keep(rows: Sequence[tuple[Any, ...]]) -> None:
    bulk.insert(
        table="accounts_verification",
        columns={"customer_id": "bigint", **_STANDING},
        rows=rows,
        on_conflict=f"(customer_id) DO UPDATE SET {bulk.replace(list(_STANDING))}",
    )


def _newest_records(customer_ids: Collection[int]) -> dict[int, BureauRecord]:
    rows = (
        BureauRecord.objects.filter(customer_id__in=customer_ids)
        .order_by("customer_id", "-reported_at", "-id")
        .distinct("customer_id")
    )
    return {row.customer_id: row for row in rows}


def _newest_checks(customer_ids: Collection[int]) -> dict[int, IdentityCheck]:
    rows = (
        IdentityCheck.objects.filter(
            customer_id__in=customer_ids, method__in=filter(rules.proves_identity, Method)
        )
        .exclude(result=Result.INCONCLUSIVE)
        .order_by("customer_id", "-performed_at", "-id")
        .distinct("customer_id")
    )
    return {row.customer_id: row for row in rows}


def _detail(standing: Standing) -> dict[str, str]:
    return {
        "status": standing.status, "name": standing.name,
        "id_number": standing.id_number, "phone": standing.phone,
    }  # fmt: skip


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
