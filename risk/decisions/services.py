"""Deciding: one transaction from the switch fence to the queued notice."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.access import services as access
from accounts.access.facts import Change, Locked
from backoffice.lib import ids
from backoffice.lib.errors import Conflict
from backoffice.lib.transactions import step
from compliance.ledger.facts import Actor
from risk.decisions import queries, rules
from risk.decisions.facts import Decided, Replayed
from risk.decisions.models import DecisionTrigger
from risk.policies import queries as policies
from risk.policies.facts import LiveVersion
from risk.signals import queries as signals
from risk.signals.facts import Facts
from risk.signals.rules import columns
from risk.tables.facts import TableError
from risk.tables.services import canonical

log = structlog.get_logger(__name__)

_INSERT = """
INSERT INTO risk_decision
    (public_id, customer_id, product_id, policy_version_id, policy_hash, trigger, campaign_id,
     state, effective_state, effective_limit_cents, effective_reason_codes, facts, answer, actor,
     decided_at, duration_us)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s)
RETURNING id
"""


@step
def decide(
    *,
    customer_public_id: str,
    product_code: str,
    trigger: DecisionTrigger,
    actor: Actor,
    at: dt.datetime,
    campaign_id: int | None = None,
) -> Decided:
    """Apply the live policy to one customer and make access follow.

    Effects: switch fence, access lock; decision, restrictions, access, ledger, notice rows; a
    worker is nudged after commit. Raises: Missing (customer, product), Conflict (product not
    offered, contradictory policy), Unavailable (no live policy).
    """
    return decide_many(
        customer_public_ids=[customer_public_id],
        product_code=product_code,
        trigger=trigger,
        actor=actor,
        at=at,
        campaign_id=campaign_id,
    )[0]


@step
def decide_many(
    *,
    customer_public_ids: Sequence[str],
    product_code: str,
    trigger: DecisionTrigger,
    actor: Actor,
    at: dt.datetime,
    campaign_id: int | None = None,
) -> list[Decided]:
    """The same for several customers at once: one fence, one lock, one reading of the facts.

    All of them are decided or none.
    """
    started = time.perf_counter_ns()
    held = access.lock_many(customer_public_ids=customer_public_ids, product_code=product_code)
    if not held:
        return []
    product = held[0].product
    if not product.is_active:
        raise Conflict(_("This product is not offered."), code="product_not_offered")
    version = policies.live(product_id=product.id)
    seen = signals.facts_for_many(
        customer_ids=[locked.standing.customer_id for locked in held], at=at
    )
    shared_ns = (time.perf_counter_ns() - started) // len(held)
    origin = _Origin(trigger, campaign_id, actor, at)
    return [
        _decide_locked(locked, version, seen[locked.standing.customer_id], origin, shared_ns)
        for locked in held
    ]


@dataclass(frozen=True, slots=True)
class _Origin:
    """Who asked, in what course, and when."""

    trigger: DecisionTrigger
    campaign_id: int | None
    actor: Actor
    at: dt.datetime


def _decide_locked(
    locked: Locked, version: LiveVersion, facts: Facts, origin: _Origin, shared_ns: int
) -> Decided:
    started = time.perf_counter_ns()
    product, actor, at = locked.product, origin.actor, origin.at
    facts_text = rules.facts_json(facts=facts, product=product, at=at)
    try:
        causes, terms, answer = rules.evaluate(
            compiled=version.compiled, signals=columns(facts), product=product, at=at
        )
    except TableError as error:
        log.error("policy_failed", policy=version.public_id, error=str(error))
        raise Conflict(
            _("The policy gives no clear answer for this customer."), code="policy_inconclusive"
        ) from error
    public_id = ids.ordered("dec")
    change = access.apply(
        locked=locked, causes=causes, terms=terms, decision_public_id=public_id, actor=actor, at=at
    )
    duration_us = (shared_ns + time.perf_counter_ns() - started) // 1000
    row_id = _insert(
        public_id, locked, version, change, (facts_text, canonical(answer), answer["state"]),
        (origin.trigger.value, origin.campaign_id, str(actor), at, duration_us),
    )  # fmt: skip
    return Decided(row_id, public_id, version.content_hash, product.currency, answer, at, change)


def replay(*, public_id: str) -> Replayed:
    """Recompute a decision from its stored facts and policy hash.

    Raises: Missing; risk.tables.facts.TableError when the stored policy no longer has its hash.
    """
    decision = queries.decision(public_id=public_id)
    compiled = policies.compiled(decision.policy_hash)
    facts, product, at = rules.read_facts(decision.facts, columns=compiled.inputs)
    _causes, _terms, answer = rules.evaluate(
        compiled=compiled, signals=facts, product=product, at=at
    )
    return Replayed(public_id, decision.answer, canonical(answer))


def _insert(
    public_id: str,
    locked: Locked,
    version: LiveVersion,
    change: Change,
    stored: tuple[str, str, str],
    rest: tuple[str, int | None, str, dt.datetime, int],
) -> int:
    facts_text, answer, state = stored
    trigger, campaign_id, actor, at, duration_us = rest
    row = (
        public_id, locked.standing.customer_id, locked.product.id, version.id,
        version.content_hash, trigger, campaign_id, state,
        change.effective.value, change.limit_cents, canonical(list(change.reason_codes)),
        facts_text, answer, actor, at, duration_us,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, row)
        return int(cursor.fetchone()[0])
