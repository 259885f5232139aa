"""Restriction rows of locked accesses: read, started, changed and lifted. Only for services.

Every verb takes any number of customers and writes them in one statement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest

from accounts.access import facts, queries, rules
from accounts.access.models import Restriction
from backoffice.lib import bulk, ids
from backoffice.lib.transactions import step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, Entry
from compliance.reasons import queries as reasons

# What narrows each of several accesses, in their order.
InForce = list[tuple[facts.ActiveRestriction, ...]]

_CHANGE = """
UPDATE accounts_restriction AS stored
SET effect = given.effect, limit_cents = given.limit_cents, ends_at = given.ends_at
FROM {given} WHERE stored.public_id = given.public_id
"""
_CHANGED = {
    "public_id": "text", "effect": "text", "limit_cents": "bigint", "ends_at": "timestamptz",
}  # fmt: skip
_START = """
INSERT INTO accounts_restriction
    (public_id, customer_id, product_id, reason_id, source, effect, limit_cents, started_at,
     ends_at, lifted_at, lifted_by, started_by, note)
SELECT public_id, customer_id, product_id, reason_id, %(source)s::text, effect, limit_cents,
       %(at)s::timestamptz, ends_at, NULL, '', %(actor)s::text, %(note)s::text
FROM {given} ORDER BY place
"""
_STARTED = {
    "public_id": "text", "customer_id": "bigint", "product_id": "bigint", "reason_id": "bigint",
    "effect": "text", "limit_cents": "bigint", "ends_at": "timestamptz",
}  # fmt: skip


@step
def in_force(held: Sequence[facts.Locked], *, actor: Actor, at: dt.datetime) -> InForce:
    """What narrows each access now. All are of one product.

    Effects: lifts those whose date has come, so that no writer counts what the next sweep ends.
    """
    if not held:
        return []
    found = queries.active_restrictions(
        customer_ids=[locked.standing.customer_id for locked in held],
        product_id=held[0].product.id,
    )
    rows = [found.get(locked.standing.customer_id, ()) for locked in held]
    over = [
        (row.public_id, locked)
        for locked, mine in zip(held, rows, strict=True)
        for row in mine
        if rules.has_ended(row, at=at)
    ]
    if not over:
        return rows
    lift_rows([public_id for public_id, _locked in over], actor=actor, at=at)
    record_lifted(over, note="", actor=actor, at=at)
    gone = {public_id for public_id, _locked in over}
    return [tuple(row for row in mine if row.public_id not in gone) for mine in rows]


@step
def follow_policy(
    findings: Sequence[facts.Finding], held: InForce, *, actor: Actor, at: dt.datetime
) -> list[tuple[facts.Cause, ...]]:
    """Bring the policy's restrictions in line with the causes it finds now; returns them.

    Effects: lifts what is over, changes what was found graver, starts what is new.
    """
    followed = [
        rules.follow(held=mine, found=finding.causes, at=at)
        for finding, mine in zip(findings, held, strict=True)
    ]
    lift_rows([public_id for each in followed for public_id in each.over], actor=actor, at=at)
    _change([changed for each in followed for changed in each.changed])
    start(
        [
            (finding.locked.standing, cause)
            for finding, each in zip(findings, followed, strict=True)
            for cause in each.new
        ],
        source=facts.Source.POLICY, note="", actor=actor, at=at,
    )  # fmt: skip
    return [(*each.kept, *each.new) for each in followed]


def _change(changed: Sequence[tuple[str, facts.Cause]]) -> None:
    rows = [
        (public_id, cause.effect.value, cause.limit_cents, cause.ends_at)
        for public_id, cause in changed
    ]
    bulk.run(_CHANGE, name="changed_restrictions", columns=_CHANGED, rows=rows)


@step
def start(
    new: Sequence[tuple[facts.Standing, facts.Cause]],
    *,
    source: facts.Source,
    note: str,
    actor: Actor,
    at: dt.datetime,
) -> list[str]:
    """Returns the ids of the new rows. Raises: Missing when a reason is not in the catalogue."""
    if not new:
        return []
    reason_ids = reasons.ids_by_code({cause.reason_code for _standing, cause in new})
    rows = [
        (
            ids.ordered("rst"), standing.customer_id, standing.product_id,
            reason_ids[cause.reason_code], cause.effect.value, cause.limit_cents, cause.ends_at,
        )
        for standing, cause in new
    ]  # fmt: skip
    bulk.run(
        _START, name="restrictions", columns=_STARTED, rows=rows,
        source=source.value, note=note, actor=str(actor), at=at,
    )  # fmt: skip
    return [row[0] for row in rows]


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
    lifted: Sequence[tuple[str, facts.Locked]], *, note: str, actor: Actor, at: dt.datetime
) -> None:
    """Shape: (restriction id, the access it narrowed)."""
    entries = [
        Entry(
            "restriction.lifted", ("customer", locked.customer_public_id),
            {"restriction": public_id, "product": locked.product.code}, note,
        )
        for public_id, locked in lifted
    ]  # fmt: skip
    ledger.record_all(actor=actor, entries=entries, at=at)
