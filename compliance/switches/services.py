"""Turning switches on, releasing them, and the fence that makes both exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, connection
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from backoffice.lib import ids
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from compliance.reasons import queries as reasons
from compliance.switches import facts
from compliance.switches.models import Switch

# First half of the two-part advisory lock key: keeps our scopes apart from other locks.
FENCE = 0x5C0BE


@step
def fence(*, scopes: Sequence[str]) -> None:
    """Hold every scope still until this transaction ends.

    Effects: shared advisory locks. Read the mask in a *later* statement: under READ COMMITTED
    that statement then sees every switch turned on before the lock was granted. PostgreSQL
    queues locks in order, so deciders never starve the one turning a switch on.
    """
    locks = ", ".join("pg_advisory_xact_lock_shared(%s::int4, hashtext(%s))" for scope in scopes)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {locks}", [part for scope in scopes for part in (FENCE, scope)])


@entry
def turn_on(
    *,
    scope: str,
    kind: facts.Kind,
    effect: facts.Effect,
    reason_code: str,
    note: str,
    actor: Actor,
    at: dt.datetime,
    limit_cents: int | None = None,
    expected_end_at: dt.datetime | None = None,
) -> str:
    """Narrow a scope from now on; returns the switch's public id.

    Effects: waits for deciders in flight (exclusive fence), then writes the row and the ledger.
    Raises: Invalid, Missing (reason), Conflict (already on for this scope and kind). Whether the
    product of a scope exists is the door's affair: this room knows no products.
    """
    if not note.strip():
        raise Invalid(_("Say why the switch is turned on."), code="note_required")
    if not facts.is_scope(scope):
        raise Invalid(_("A switch is over the platform or one product."), code="scope_unknown")
    if limit_cents is not None and effect is not facts.Effect.LIMITED:
        raise Invalid(_("Only a limiting switch has an amount."), code="limit_not_applicable")
    if limit_cents is not None and limit_cents < 0:
        raise Invalid(_("The amount cannot be negative."), code="limit_negative")
    if expected_end_at is not None and expected_end_at <= at:
        raise Invalid(_("The expected end must be in the future."), code="end_in_past")
    reasons.refuse_retired(code=reason_code)
    reason_id = reasons.ids_by_code([reason_code])[reason_code]
    _fence_exclusively(scope)
    switch = Switch(
        public_id=ids.ordered("swi"),
        scope=scope,
        kind=kind,
        effect=effect,
        limit_cents=limit_cents,
        reason_id=reason_id,
        note=note.strip(),
        turned_on_at=at,
        turned_on_by=str(actor),
        expected_end_at=expected_end_at,
    )
    try:
        switch.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            _("A switch of this kind is already on for this scope."), code="switch_already_on"
        ) from error
    detail = {"scope": scope, "kind": kind, "effect": effect, "reason_code": reason_code}
    ledger.record(
        actor=actor, action="switch.turned_on", subject=("switch", switch.public_id),
        reason=switch.note, detail=detail, at=at,
    )  # fmt: skip
    return switch.public_id


@entry
def release(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> None:
    """Take the mask away: what lay under it is effective again, exactly as it was.

    Effects: exclusive fence, row, ledger. Raises: Invalid, Missing, Conflict.
    """
    if not note.strip():
        raise Invalid(_("Say why the switch is released."), code="note_required")
    scope = Switch.objects.filter(public_id=public_id).values_list("scope", flat=True).first()
    if scope is None:
        raise Missing(_("No such switch."), code="switch_unknown")
    _fence_exclusively(scope)
    released = Switch.objects.filter(public_id=public_id, released_at__isnull=True).update(
        released_at=Greatest(F("turned_on_at"), Value(at, output_field=DateTimeField())),
        released_by=str(actor),
        release_note=note.strip(),
    )
    if not released:
        raise Conflict(_("This switch is already released."), code="switch_already_released")
    ledger.record(
        actor=actor, action="switch.released", subject=("switch", public_id), reason=note.strip(),
        at=at,
    )  # fmt: skip


def _fence_exclusively(scope: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::int4, hashtext(%s))", [FENCE, scope])
