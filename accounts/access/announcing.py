"""Recording a change of access and telling the customer."""

from __future__ import annotations

import datetime as dt

from accounts.access import facts
from accounts.access.rules import MOVES
from backoffice.lib.transactions import step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from compliance.notices import services as notices

TEMPLATES = {
    facts.State.OPEN: "access_open",
    facts.State.LIMITED: "access_limited",
    facts.State.CLOSED: "access_closed",
}


@step
def announce(
    *,
    locked: facts.Locked,
    change: facts.Change,
    terms: facts.Terms | None,
    cause: str,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Effects: one ledger entry, one notice. Told is what is effective, switches included."""
    product = locked.product
    ledger.record(
        actor=actor,
        action=MOVES[change.before, change.after],
        subject=("customer", locked.customer_public_id),
        detail={
            "product": product.code,
            "from": change.before,
            "to": change.after,
            "effective": change.effective,
            "reason_codes": change.reason_codes,
            "cause": cause,
        },
        at=at,
    )
    notices.queue(
        recipient=locked.customer_public_id,
        cause=cause,
        template=TEMPLATES[change.effective],
        context={
            "language": locked.language,
            "product_code": product.code,
            "product_names": {"zh-hans": product.name_zh, "en": product.name_en},
            "currency": product.currency,
            "limit_cents": change.limit_cents,
            "annual_rate": terms.annual_rate if terms else None,
            "max_term_months": terms.max_term_months if terms else None,
            "reason_codes": list(change.reason_codes),
        },
        at=at,
    )
