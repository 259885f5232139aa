"""Deciding: one transaction from the switch fence to the queued notice."""

from __future__ import annotations

import datetime as dt
import time

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
    started = time.perf_counter_ns()
    locked = access.lock(customer_public_id=customer_public_id, product_code=product_code)
    if not locked.product.is_active:
        raise Conflict(_("This product is not offered."), code="product_not_offered")
    version = policies.live(product_id=locked.product.id)
    facts = signals.facts_for(customer_id=locked.standing.customer_id, at=at)
    facts_text = rules.facts_json(facts=facts, product=locked.product, at=at)
    try:
        causes, terms, answer = rules.evaluate(
            compiled=version.compiled, signals=facts.values, product=locked.product, at=at
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
    row_id = _insert(
        public_id, locked, version, change, (facts_text, canonical(answer), answer["state"]),
        (trigger.value, campaign_id, str(actor), at, (time.perf_counter_ns() - started) // 1000),
    )  # fmt: skip
    currency = locked.product.currency
    return Decided(row_id, public_id, version.content_hash, currency, answer, at, change)


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
