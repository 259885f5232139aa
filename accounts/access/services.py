"""The only writer of access: lock, compare causes, derive, write, record, tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts.access import facts, locking, products, queries, restrictions, rules
from accounts.access.models import Access, Restriction
from accounts.access.rules import as_cause
from accounts.access.settling import Settling, settle
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from compliance.notices.facts import Pace
from compliance.reasons import queries as reasons

# A decider holds access still before it reads anything else.
lock, lock_many = locking.lock, locking.lock_many
offer_product, save_product = products.offer_product, products.save_product


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
    """Make one customer's access follow a decision. See `apply_all`."""
    finding = facts.Finding(locked, tuple(causes), terms, decision_public_id)
    return apply_all(findings=[finding], actor=actor, at=at)[0]


@step
def apply_all(
    *,
    findings: Sequence[facts.Finding],
    actor: Actor,
    at: dt.datetime,
    pace: Pace | None = None,
) -> list[facts.Change]:
    """Make access follow decisions about one product, in as many statements as for one.

    Policy restrictions not found again are lifted (unless they run to a date), new ones start;
    those of operators and regulators stay. Effects: restrictions, access, ledger, notices (at
    this pace).
    """
    held = restrictions.in_force([finding.locked for finding in findings], actor=actor, at=at)
    found = restrictions.follow_policy(findings, held, actor=actor, at=at)
    settlings = [
        Settling(
            finding.locked,
            (*(as_cause(row) for row in rows if row.source is not facts.Source.POLICY), *mine),
            finding.terms,
            f"decision:{finding.decision_public_id}",
            finding.decision_public_id,
        )
        for finding, rows, mine in zip(findings, held, found, strict=True)
    ]
    return settle(settlings, actor=actor, at=at, pace=pace)


@step
def prospects(*, findings: Sequence[facts.Finding], at: dt.datetime) -> list[facts.Prospect]:
    """What `apply_all` would do to each of these, all of one product. Writes nothing; one query."""
    if not findings:
        return []
    held = queries.active_restrictions(
        customer_ids=[each.locked.standing.customer_id for each in findings],
        product_id=findings[0].locked.product.id,
    )
    return [
        rules.foresee(
            before=each.locked.standing,
            held=held.get(each.locked.standing.customer_id, ()),
            found=each.causes,
            terms=each.terms,
            at=at,
        )
        for each in findings
    ]


@step
def start_cooldown(*, access_ids: Sequence[int], at: dt.datetime) -> None:
    """An event has just changed these: no event widens them before their product's cool-down."""
    Access.objects.filter(id__in=access_ids).update(moved_by_event_at=at)


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
    _refuse_impossible(cause, source=source, note=note, at=at)
    reasons.refuse_retired(code=cause.reason_code)
    locked = lock(customer_public_id=customer_public_id, product_code=product_code)
    [held] = restrictions.in_force([locked], actor=actor, at=at)
    if any(row.reason_code == cause.reason_code and row.source is source for row in held):
        raise Conflict(
            _("This restriction is already in force."), code="restriction_already_active"
        )
    [public_id] = restrictions.start(
        [(locked.standing, cause)], source=source, note=note.strip(), actor=actor, at=at
    )
    ledger.record(
        actor=actor, action="restriction.started",
        subject=("customer", customer_public_id), reason=note.strip(),
        detail={"restriction": public_id, "reason_code": cause.reason_code,
                "product": product_code, "effect": cause.effect},
        at=at,
    )  # fmt: skip
    causes = (*map(as_cause, held), cause)
    settling = Settling(locked, causes, locked.standing.terms, f"restriction:{public_id}")
    settle([settling], actor=actor, at=at)
    return public_id


@entry
def lift(*, restriction_public_id: str, note: str, actor: Actor, at: dt.datetime) -> facts.Change:
    """End one restriction; access follows at once.

    Effects: restriction, access, ledger, notice. Raises: Invalid, Missing, Conflict (lifted).
    """
    if not note.strip():
        raise Invalid(_("Say why the restriction is lifted."), code="note_required")
    locked = _locked_for(restriction_public_id)
    if not restrictions.lift_rows([restriction_public_id], actor=actor, at=at):
        raise Conflict(_("This restriction is already lifted."), code="restriction_already_lifted")
    restrictions.record_lifted(
        [(restriction_public_id, locked)], note=note.strip(), actor=actor, at=at
    )
    return _settle_lifted(locked, restriction_public_id, actor=actor, at=at)


@entry
def lift_ended(*, restriction_public_id: str, actor: Actor, at: dt.datetime) -> bool:
    """End one restriction whose date has come; False when somebody was faster.

    Effects: lifts whatever else has ended for the same customer and product too.
    """
    locked = _locked_for(restriction_public_id)
    is_due = Restriction.objects.filter(
        public_id=restriction_public_id, lifted_at__isnull=True, ends_at__lte=at
    ).exists()
    if is_due:  # under the lock: a decision may have moved the end meanwhile
        _settle_lifted(locked, restriction_public_id, actor=actor, at=at)
    return is_due


def ended(*, at: dt.datetime, after: tuple[dt.datetime, int] | None, limit: int) -> list[
    tuple[dt.datetime, int, str]
]:  # fmt: skip
    """Restrictions whose end has come and that are still in force, earliest first.

    Shape: (end, row id, public id); `after` is the (end, row id) of the last one seen.
    """
    rows = Restriction.objects.filter(lifted_at__isnull=True, ends_at__lte=at)
    if after is not None:
        rows = rows.filter(ends_at__gte=after[0]).exclude(ends_at=after[0], id__lte=after[1])
    found = rows.order_by("ends_at", "id").values_list("ends_at", "id", "public_id")[:limit]
    return [(end, row_id, public_id) for end, row_id, public_id in found if end is not None]


def _locked_for(restriction_public_id: str) -> facts.Locked:
    row = (
        Restriction.objects.filter(public_id=restriction_public_id)
        .values_list("customer__public_id", "product__code")
        .first()
    )
    if row is None:
        raise Missing(_("No such restriction."), code="restriction_unknown")
    return lock(customer_public_id=row[0], product_code=row[1])


def _settle_lifted(
    locked: facts.Locked, restriction_public_id: str, *, actor: Actor, at: dt.datetime
) -> facts.Change:
    [held] = restrictions.in_force([locked], actor=actor, at=at)
    settling = Settling(
        locked,
        tuple(map(as_cause, held)),
        locked.standing.terms,
        f"restriction:{restriction_public_id}:lifted",
    )
    return settle([settling], actor=actor, at=at)[0]


def _refuse_impossible(
    cause: facts.Cause, *, source: facts.Source, note: str, at: dt.datetime
) -> None:
    if source is facts.Source.POLICY:
        raise Invalid(_("Only a decision restricts for the policy."), code="source_not_allowed")
    if not note.strip():
        raise Invalid(_("Say why access is restricted."), code="note_required")
    if cause.effect is facts.State.OPEN:
        raise Invalid(_("A restriction limits or closes."), code="effect_not_narrowing")
    if cause.limit_cents is not None and cause.effect is not facts.State.LIMITED:
        raise Invalid(_("Only LIMITED has an amount."), code="limit_not_applicable")
    if cause.limit_cents is not None and cause.limit_cents < 0:
        raise Invalid(_("The amount cannot be negative."), code="limit_negative")
    if rules.has_ended(cause, at=at):
        raise Invalid(_("The end must be in the future."), code="end_in_past")
