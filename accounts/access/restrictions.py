"""Restriction rows of one locked access: read, started, changed and lifted. Only for services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest

from accounts.access import facts, queries, rules
from accounts.access.models import Restriction
from backoffice.lib import ids
from backoffice.lib.transactions import step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from compliance.reasons import queries as reasons


@step
def in_force(
    locked: facts.Locked, *, actor: Actor, at: dt.datetime
) -> tuple[facts.ActiveRestriction, ...]:
    """What narrows the access now.

    Effects: lifts those whose date has come, so that no writer counts what the next sweep ends.
    """
    standing = locked.standing
    rows = queries.active_restrictions(
        customer_id=standing.customer_id, product_id=standing.product_id
    )
    over = [row for row in rows if rules.has_ended(as_cause(row), at=at)]
    lift_rows([row.public_id for row in over], actor=actor, at=at)
    for row in over:
        record_lifted(row.public_id, locked, note="", actor=actor, at=at)
    return tuple(row for row in rows if row not in over)


@step
def follow_policy(
    locked: facts.Locked,
    *,
    held: Sequence[facts.ActiveRestriction],
    found: Mapping[str, facts.Cause],
    actor: Actor,
    at: dt.datetime,
) -> tuple[facts.Cause, ...]:
    """Bring the policy's restrictions in line with the causes it finds now; returns them.

    Effects: lifts what is over, changes what was found graver, starts what is new.
    """
    mine = {row.reason_code: row for row in held if row.source is facts.Source.POLICY}
    over, kept = [], []
    for code, row in mine.items():
        before = as_cause(row)
        after = rules.continued(held=before, found=found.get(code), at=at)
        if after is None:
            over.append(row.public_id)
            continue
        kept.append(after)
        if after != before:
            Restriction.objects.filter(public_id=row.public_id).update(
                effect=after.effect, limit_cents=after.limit_cents, ends_at=after.ends_at
            )
    lift_rows(over, actor=actor, at=at)
    new = [cause for code, cause in found.items() if code not in mine]
    start(locked.standing, causes=new, source=facts.Source.POLICY, note="", actor=actor, at=at)
    return (*kept, *new)


@step
def start(
    standing: facts.Standing,
    *,
    causes: Iterable[facts.Cause],
    source: facts.Source,
    note: str,
    actor: Actor,
    at: dt.datetime,
) -> list[str]:
    """Returns the ids of the new rows. Raises: Missing when a reason is not in the catalogue."""
    new = list(causes)
    if not new:
        return []
    reason_ids = reasons.ids_by_code(cause.reason_code for cause in new)
    rows = [
        Restriction(
            public_id=ids.ordered("rst"),
            customer_id=standing.customer_id,
            product_id=standing.product_id,
            reason_id=reason_ids[cause.reason_code],
            source=source,
            effect=cause.effect,
            limit_cents=cause.limit_cents,
            started_at=at,
            ends_at=cause.ends_at,
            started_by=str(actor),
            note=note,
        )
        for cause in new
    ]
    Restriction.objects.bulk_create(rows)
    return [row.public_id for row in rows]


@step
def lift_rows(public_ids: Sequence[str], *, actor: Actor, at: dt.datetime) -> int:
    """How many were still in force and are lifted now.

    Never before they started: whoever waited for the lock may carry an earlier time than the one
    who held it.
    """
    if not public_ids:
        return 0
    moment = Greatest(F("started_at"), Value(at, output_field=DateTimeField()))
    return Restriction.objects.filter(public_id__in=public_ids, lifted_at__isnull=True).update(
        lifted_at=moment, lifted_by=str(actor)
    )


@step
def record_lifted(
    public_id: str, locked: facts.Locked, *, note: str, actor: Actor, at: dt.datetime
) -> None:
    ledger.record(
        actor=actor, action="restriction.lifted",
        subject=("customer", locked.customer_public_id), reason=note,
        detail={"restriction": public_id, "product": locked.product.code},
        at=at,
    )  # fmt: skip


def as_cause(row: facts.ActiveRestriction) -> facts.Cause:
    return facts.Cause(row.reason_code, row.effect, row.limit_cents, row.ends_at)
