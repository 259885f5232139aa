"""Recording changes of access and telling the customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.access import facts
from accounts.access.rules import MOVES
from backoffice.lib.transactions import step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, Entry
from compliance.notices import services as notices
from compliance.notices.facts import Draft, Pace

TEMPLATES = {
    facts.State.OPEN: "access_open",
    facts.State.LIMITED: "access_limited",
    facts.State.CLOSED: "access_closed",
}


@dataclass(frozen=True, slots=True)
class News:
    """One access that has changed. `cause` is what changed it, such as `decision:dec_…`."""

    locked: facts.Locked
    change: facts.Change
    terms: facts.Terms | None
    cause: str


@step
def announce(
    news: Sequence[News], *, actor: Actor, at: dt.datetime, pace: Pace | None = None
) -> None:
    """Effects: one ledger entry each, and a notice to whoever sees the change. Told is what is
    effective, switches included."""
    ledger.record_all(actor=actor, entries=[_entry(one) for one in news], at=at)
    told = [_draft(one) for one in news if one.change.is_told]
    notices.queue_all(drafts=told, at=at, pace=pace)


def _entry(news: News) -> Entry:
    change = news.change
    detail: dict[str, Any] = {
        "product": news.locked.product.code,
        "from": change.before,
        "to": change.after,
        "effective": change.effective,
        "reason_codes": change.reason_codes,
        "cause": news.cause,
    }
    subject = ("customer", news.locked.customer_public_id)
    return Entry(MOVES[change.before, change.after], subject, detail)


def _draft(news: News) -> Draft:
    product, change, terms = news.locked.product, news.change, news.terms
    return Draft(
        recipient=news.locked.customer_public_id,
        cause=news.cause,
        template=TEMPLATES[change.effective],
        context={
            "language": news.locked.language,
            "product_code": product.code,
            "product_names": {"zh-hans": product.name_zh, "en": product.name_en},
            "currency": product.currency,
            "limit_cents": change.limit_cents,
            "annual_rate": terms.annual_rate if terms else None,
            "max_term_months": terms.max_term_months if terms else None,
            "reason_codes": list(change.reason_codes),
        },
    )
