"""The only writer of access: lock, compare causes, derive, write, record, tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts.access import facts, locking, queries, rules
from accounts.access.announcing import announce
from accounts.access.models import Access, Restriction
from backoffice.lib import ids
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from compliance.reasons import queries as reasons

lock = locking.lock  # a decider holds access still before it reads anything else


@step
def apply(
    *,
    locked: facts.Locked,
    causes: Sequence[facts.Cause],
    terms: facts.Terms | None,
    decision_public_id: str,
    actor: Actor,
    at: dt.datetime,
) -> facts.Change:
    """Make access follow a decision.

    Policy restrictions not found again are lifted (unless they run to a date), new ones start;
    those of operators and regulators stay. Effects: restrictions, access, ledger, notice.
    """
    standing = locked.standing
    held = _held(standing)
    wanted = {cause.reason_code: cause for cause in causes}
    _reconcile(standing, held=held, wanted=wanted, actor=actor, at=at)
    kept = [_as_cause(row) for row in held if row.source is not facts.Source.POLICY]
    running = [
        _as_cause(row)
        for row in held
        if row.source is facts.Source.POLICY
        and row.reason_code not in wanted
        and rules.still_holds(_as_cause(row), found_again=False, at=at)
    ]
    return _settle(
        locked,
        causes=[*kept, *running, *wanted.values()],
        terms=terms,
        cause_reference=f"decision:{decision_public_id}",
        decision_public_id=decision_public_id,
        actor=actor,
        at=at,
    )


@entry
def restrict(
    *,
    customer_public_id: str,
    product_code: str,
    cause: facts.Cause,
    source: facts.Source,
    note: str,
    actor: Actor,
    at: dt.datetime,
) -> str:
    """An operator or regulator narrows one customer's access; returns the restriction's id.

    Effects: restriction, access, ledger, notice. Raises: Invalid, Missing, Conflict (already
    restricted for this reason).
    """
    if not note.strip():
        raise Invalid(_("Say why access is restricted."), code="note_required")
    if cause.ends_at is not None and cause.ends_at <= at:
        raise Invalid(_("The end must be in the future."), code="end_in_past")
    reason_ids = reasons.ids_by_code([cause.reason_code])
    locked = lock(customer_public_id=customer_public_id, product_code=product_code)
    held = _held(locked.standing)
    if any(row.reason_code == cause.reason_code and row.source is source for row in held):
        raise Conflict(
            _("This restriction is already in force."), code="restriction_already_active"
        )
    restriction = _new_restriction(
        locked.standing, cause, reason_ids[cause.reason_code], source, actor, at
    )
    restriction.note = note.strip()
    restriction.save(force_insert=True)
    ledger.record(
        actor=actor, action="restriction.started",
        subject=("customer", customer_public_id), reason=note.strip(),
        detail={"restriction": restriction.public_id, "reason_code": cause.reason_code,
                "product": product_code, "effect": cause.effect},
        at=at,
    )  # fmt: skip
    _settle(
        locked,
        causes=[*map(_as_cause, held), cause],
        terms=locked.standing.terms,
        cause_reference=f"restriction:{restriction.public_id}",
        actor=actor,
        at=at,
    )
    return restriction.public_id


@entry
def lift(*, restriction_public_id: str, note: str, actor: Actor, at: dt.datetime) -> facts.Change:
    """End one restriction; access follows at once.

    Effects: restriction, access, ledger, notice. Raises: Invalid, Missing, Conflict (lifted).
    """
    if not note.strip():
        raise Invalid(_("Say why the restriction is lifted."), code="note_required")
    return _lift(restriction_public_id, note=note.strip(), actor=actor, at=at)


@entry
def lift_ended(*, restriction_public_id: str, actor: Actor, at: dt.datetime) -> bool:
    """End one restriction whose date has come; False when somebody was faster."""
    try:
        _lift(restriction_public_id, note="", actor=actor, at=at)
    except (Conflict, Missing):
        return False
    return True


def ended(*, at: dt.datetime, limit: int) -> list[str]:
    """Restrictions whose end has come and that are still in force, earliest first."""
    return list(
        Restriction.objects.filter(lifted_at__isnull=True, ends_at__lte=at)
        .order_by("ends_at")
        .values_list("public_id", flat=True)[:limit]
    )


def _lift(public_id: str, *, note: str, actor: Actor, at: dt.datetime) -> facts.Change:
    row = (
        Restriction.objects.filter(public_id=public_id)
        .values_list("customer__public_id", "product__code")
        .first()
    )
    if row is None:
        raise Missing(_("No such restriction."), code="restriction_unknown")
    locked = lock(customer_public_id=row[0], product_code=row[1])
    changed = Restriction.objects.filter(public_id=public_id, lifted_at__isnull=True).update(
        lifted_at=at, lifted_by=str(actor)
    )
    if not changed:
        raise Conflict(_("This restriction is already lifted."), code="restriction_already_lifted")
    ledger.record(
        actor=actor, action="restriction.lifted", subject=("customer", row[0]), reason=note,
        detail={"restriction": public_id, "product": row[1]},
        at=at,
    )  # fmt: skip
    return _settle(
        locked,
        causes=[_as_cause(held) for held in _held(locked.standing)],
        terms=locked.standing.terms,
        cause_reference=f"restriction:{public_id}:lifted",
        actor=actor,
        at=at,
    )


def _reconcile(
    standing: facts.Standing,
    *,
    held: Sequence[facts.ActiveRestriction],
    wanted: dict[str, facts.Cause],
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Bring the policy's stored restrictions in line with the causes it finds now."""
    mine = {row.reason_code: row for row in held if row.source is facts.Source.POLICY}
    gone = [
        row.public_id
        for code, row in mine.items()
        if not rules.still_holds(_as_cause(row), found_again=code in wanted, at=at)
    ]
    if gone:
        Restriction.objects.filter(public_id__in=gone, lifted_at__isnull=True).update(
            lifted_at=at, lifted_by=str(actor)
        )
    for code, cause in wanted.items():
        if code in mine and _as_cause(mine[code]) != cause:
            Restriction.objects.filter(public_id=mine[code].public_id).update(
                effect=cause.effect, limit_cents=cause.limit_cents, ends_at=cause.ends_at
            )
    new = [cause for code, cause in wanted.items() if code not in mine]
    if new:
        reason_ids = reasons.ids_by_code(cause.reason_code for cause in new)
        Restriction.objects.bulk_create(
            _new_restriction(
                standing, cause, reason_ids[cause.reason_code], facts.Source.POLICY, actor, at
            )
            for cause in new
        )


def _settle(
    locked: facts.Locked,
    *,
    causes: Sequence[facts.Cause],
    terms: facts.Terms | None,
    cause_reference: str,
    actor: Actor,
    at: dt.datetime,
    decision_public_id: str | None = None,
) -> facts.Change:
    """Derive, write, record, tell."""
    standing = locked.standing
    derived = rules.derive(causes=causes, terms=terms)
    shown = rules.masked(derived, locked.mask)
    before = rules.Derived(
        standing.state or facts.State.CLOSED, standing.limit_cents, standing.reason_codes
    )
    is_changed = standing.state is None or derived != before
    values: dict[str, object] = {}
    if decision_public_id is not None:
        values["decision_public_id"] = decision_public_id
        values["next_review_at"] = at + dt.timedelta(days=locked.product.review_days)
        values["terms_limit_cents"] = terms.limit_cents if terms else None
        values["annual_rate"] = terms.annual_rate if terms else None
        values["max_term_months"] = terms.max_term_months if terms else None
    if is_changed:
        values["limit_cents"] = derived.limit_cents
        values["reason_codes"] = list(derived.reason_codes)
        if derived.state is not standing.state:
            values |= {"state": derived.state, "since": at}
    if values:
        Access.objects.filter(id=standing.access_id).update(**values)
    change = facts.Change(
        before=standing.state,
        after=derived.state,
        effective=shown.state,
        limit_cents=shown.limit_cents,
        reason_codes=shown.reason_codes,
        is_changed=is_changed,
    )
    if is_changed:
        announce(
            locked=locked, change=change, terms=terms, cause=cause_reference, actor=actor, at=at
        )
    return change


def _held(standing: facts.Standing) -> tuple[facts.ActiveRestriction, ...]:
    return queries.active_restrictions(
        customer_id=standing.customer_id, product_id=standing.product_id
    )


def _as_cause(row: facts.ActiveRestriction) -> facts.Cause:
    return facts.Cause(row.reason_code, row.effect, row.limit_cents, row.ends_at)


def _new_restriction(
    standing: facts.Standing,
    cause: facts.Cause,
    reason_id: int,
    source: facts.Source,
    actor: Actor,
    at: dt.datetime,
) -> Restriction:
    return Restriction(
        public_id=ids.ordered("rst"),
        customer_id=standing.customer_id,
        product_id=standing.product_id,
        reason_id=reason_id,
        source=source,
        effect=cause.effect,
        limit_cents=cause.limit_cents,
        started_at=at,
        ends_at=cause.ends_at,
        started_by=str(actor),
    )
