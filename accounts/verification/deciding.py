"""What staff decide of a difference, each with a reason."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from accounts.customers.models import Customer
from accounts.verification import queries, services
from accounts.verification.facts import CaseState, Ruling
from accounts.verification.models import IdentityCase
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from compliance.notices import services as notices

REASON_AT_LEAST = 5
NOTICE = "identity_question"


@entry
def rule(
    *,
    case_public_id: str,
    seen_verdict_id: int,
    ruling: Ruling,
    reason: str,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Decide a case, or ask the customer first. `seen_verdict_id` is what the person looked at.

    Effects: locks the customer, then the case; ledger; the standing answer at once, or a notice
    to the customer. Raises: Missing, Invalid (no real reason), Conflict (ended, changed since).
    """
    if len(reason.strip()) < REASON_AT_LEAST:
        raise Invalid(_("Say why."), code="reason_required")
    customer, case = _locked(case_public_id)
    if case.state not in (CaseState.OPEN, CaseState.WAITING):
        raise Conflict(_("This case has ended already."), code="case_ended")
    if case.verdict_id != seen_verdict_id:
        raise Conflict(_("The data changed while you looked. Look again."), code="case_changed")
    is_question = ruling is Ruling.ASK_CUSTOMER
    case.state = CaseState.WAITING.value if is_question else CaseState.DECIDED.value
    case.ruling, case.ruled_at, case.ruled_by = ruling.value, at, str(actor)
    case.save(update_fields=["state", "ruling", "ruled_at", "ruled_by"])
    ledger.record(
        actor=actor, action="verification.case_decided", subject=("customer", customer.public_id),
        reason=reason.strip(), detail={"case": case.public_id, "ruling": ruling}, at=at,
    )  # fmt: skip
    if is_question:
        _ask(customer, case, at)
    else:
        services.recompare(customer_id=customer.id, actor=actor, at=at)


@entry
def reveal(
    *, case_public_id: str, reason: str, actor: Actor, at: dt.datetime
) -> list[tuple[str, str, str]]:
    """Both sides in clear, for one person with one reason. Shape: (field, ours, the bureau's).

    Effects: ledger entry. Raises: Invalid (no real reason), Missing.
    """
    if len(reason.strip()) < REASON_AT_LEAST:
        raise Invalid(_("Say why you need to see this."), code="reason_required")
    case = queries.case(public_id=case_public_id)
    shown = queries.sides(case)
    ledger.record(
        actor=actor, action="customer.revealed", subject=("customer", case.customer.public_id),
        reason=reason.strip(),
        detail={"fields": [name for name, *_values in shown], "case": case_public_id}, at=at,
    )  # fmt: skip
    return [(name, ours or "", theirs or "") for name, ours, theirs in shown]


def _locked(public_id: str) -> tuple[Customer, IdentityCase]:
    """In the order comparisons take: the customer, then what hangs on them."""
    customer_id = (
        IdentityCase.objects.filter(public_id=public_id)
        .values_list("customer_id", flat=True)
        .first()
    )
    if customer_id is None:
        raise Missing(_("No such case."), code="case_unknown")
    customer = (
        Customer.objects.select_for_update(no_key=True)
        .only("public_id", "language")
        .get(id=customer_id)
    )
    return customer, IdentityCase.objects.select_for_update(no_key=True).get(public_id=public_id)


def _ask(customer: Customer, case: IdentityCase, at: dt.datetime) -> None:
    """Once for the same values: asking again about them sends nothing new."""
    notices.queue(
        recipient=customer.public_id,
        cause=f"{case.public_id}:{case.verdict_id}",
        template=NOTICE,
        context={"language": customer.language, "finding": case.finding},
        at=at,
    )
