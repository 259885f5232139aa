"""What a comparison found is kept, and a difference becomes a case, until it is gone or decided.

A part of `services`: called with the customers' rows locked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from accounts.verification.facts import (
    NEED_A_LOOK,
    CaseState,
    Cause,
    Finding,
    Identity,
    Ruling,
    Verdict,
)
from accounts.verification.matching import comparable
from accounts.verification.models import IdentityCase, IdentityVerdict
from backoffice.lib import crypto, ids
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor

_FIELDS = ("legal_name", "id_number", "phone")
_HASHES = tuple(f"{name}_{side}" for name in _FIELDS for side in ("ours", "theirs"))
_UNDECIDED = (CaseState.OPEN, CaseState.WAITING)


@dataclass(frozen=True, slots=True)
class Compared:
    """One customer's comparison with one record; the hashes stand for the normal forms."""

    customer_id: int
    public_id: str
    record_id: int
    verdict: Verdict
    hashes: tuple[bytes | None, ...]


def hashed(ours: Identity, theirs: Identity) -> tuple[bytes | None, ...]:
    """Keyed fingerprints of the normal forms, in the order of the columns."""
    sides = [(side.name, side.id_number, side.phone) for side in (ours, theirs)]
    return tuple(
        crypto.blind_index(comparable(name, text), purpose=f"identity.{name}") if text else None
        for name, *texts in zip(_FIELDS, *sides, strict=True)
        for text in texts
    )


def rulings(customer_ids: Collection[int]) -> dict[int, list[IdentityCase]]:
    """Undecided and decided cases with their verdicts, newest first. One query."""
    found: dict[int, list[IdentityCase]] = {}
    rows = IdentityCase.objects.filter(customer_id__in=customer_ids).exclude(
        state=CaseState.SETTLED
    )
    for case in rows.select_related("verdict").order_by("-id"):
        found.setdefault(case.customer_id, []).append(case)
    return found


def ruling_on(cases: Sequence[IdentityCase], hashes: tuple[bytes | None, ...]) -> Ruling | None:
    """What was last decided of exactly these values."""
    for case in cases:
        if case.state == CaseState.DECIDED and _hashes(case.verdict) == hashes:
            return Ruling(case.ruling)
    return None


def follow(
    compared: Sequence[Compared],
    *,
    cases: Mapping[int, list[IdentityCase]],
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Effects: a verdict row where something is new, cases opened, moved or settled, ledger.

    A fixed number of statements, however many customers.
    """
    verdicts = _kept_verdicts(compared, at)
    fresh, moved, settled = [], [], []
    for one in compared:
        known = cases.get(one.customer_id, [])
        undecided = next((case for case in known if case.state in _UNDECIDED), None)
        verdict = verdicts[one.customer_id]
        if one.verdict.finding not in NEED_A_LOOK or ruling_on(known, one.hashes):
            settled += [(one, undecided)] if undecided else []
        elif undecided is None:
            fresh.append(_opened(one, verdict, at))
        elif undecided.verdict_id != verdict.id:
            undecided.verdict = verdict
            undecided.finding, undecided.cause = _said(one)
            undecided.state = CaseState.OPEN.value
            moved.append(undecided)
    IdentityCase.objects.bulk_create(fresh)
    if moved:
        IdentityCase.objects.bulk_update(moved, ["verdict", "finding", "cause", "state"])
    _settle(settled, actor, at)


def _kept_verdicts(compared: Sequence[Compared], at: dt.datetime) -> dict[int, IdentityVerdict]:
    """The newest verdict of each; one more row only where anything differs from the last."""
    newest = {
        row.customer_id: row
        for row in IdentityVerdict.objects.filter(
            customer_id__in=[one.customer_id for one in compared]
        )
        .order_by("customer_id", "-id")
        .distinct("customer_id")
    }
    fresh = [
        IdentityVerdict(
            customer_id=one.customer_id, bureau_record_id=one.record_id,
            finding=one.verdict.finding, cause=one.verdict.cause, compared_at=at,
            **dict(zip(_HASHES, one.hashes, strict=True)),
        )
        for one in compared
        if not _is_same(newest.get(one.customer_id), one)
    ]  # fmt: skip
    IdentityVerdict.objects.bulk_create(fresh)
    return newest | {row.customer_id: row for row in fresh}


def _is_same(row: IdentityVerdict | None, one: Compared) -> bool:
    if row is None:
        return False
    found = (Finding(row.finding), Cause(row.cause))
    return found == (one.verdict.finding, one.verdict.cause) and _hashes(row) == one.hashes


def _hashes(row: IdentityVerdict) -> tuple[bytes | None, ...]:
    values = (getattr(row, name) for name in _HASHES)
    return tuple(None if value is None else bytes(value) for value in values)


def _opened(one: Compared, verdict: IdentityVerdict, at: dt.datetime) -> IdentityCase:
    finding, cause = _said(one)
    return IdentityCase(
        public_id=ids.ordered("idc"), customer_id=one.customer_id, verdict=verdict,
        finding=finding, cause=cause, state=CaseState.OPEN, opened_at=at,
    )  # fmt: skip


def _said(one: Compared) -> tuple[str, str]:
    return one.verdict.finding.value, one.verdict.cause.value


def _settle(
    settled: Sequence[tuple[Compared, IdentityCase]], actor: Actor, at: dt.datetime
) -> None:
    if not settled:
        return
    IdentityCase.objects.filter(id__in=[case.id for _one, case in settled]).update(
        state=CaseState.SETTLED
    )
    ledger.record_many(
        actor=actor, action="verification.case_settled", subject_kind="customer", at=at,
        entries=[(one.public_id, {"case": case.public_id}) for one, case in settled],
    )  # fmt: skip
