"""Deciding again whoever's facts changed: one batch of the queue after another.

A batch is one transaction: decisions, access, notices and the rows of the queue that say they are
done. A worker that dies, or a database that restarts, takes its batch and its claim with it.

Nothing is written about a customer whose access would not move under the version that decided
last: the standing decision says all there is to say, and a row for every event would drown it.
Once a day it is said again, so that what was known is on record no older than that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from accounts.access import queries as accesses
from accounts.access import services as access
from accounts.access.facts import Prospect
from accounts.access.rules import widens_from
from backoffice.lib.errors import Refused
from backoffice.lib.transactions import entry
from compliance.ledger.facts import system
from risk.decisions import queries
from risk.decisions.models import DecisionTrigger, StopCode
from risk.decisions.services import Considered, decide_many
from risk.decisions.together import UNEXPECTED, code_of, spared
from risk.signals import rechecks

log = structlog.get_logger(__name__)

BATCH = 200  # customers; larger ones save little and keep the first of them waiting
ACTOR = system("events")
SAID_AGAIN_AFTER = dt.timedelta(days=1)

# Nothing is in force, or on offer, that could decide anybody: access stands as it is.
_NOTHING_DECIDES = (StopCode.NO_LIVE_POLICY, StopCode.PRODUCT_NOT_OFFERED)


@dataclass
class _Sieve:
    """Lets through what changes something, unless it widens during a cool-down."""

    at: dt.datetime
    held: dict[int, dt.datetime] = field(default_factory=dict)  # customer id → until when
    through: list[Considered] = field(default_factory=list)

    def __call__(self, considered: Sequence[Considered]) -> list[bool]:
        prospects = access.prospects(findings=[each.finding for each in considered], at=self.at)
        last = queries.last_words(
            public_ids=[each.finding.locked.standing.decision_public_id for each in considered]
        )
        answers = [
            self._passes(each, prospect, last)
            for each, prospect in zip(considered, prospects, strict=True)
        ]
        self.through = [
            each for each, passes in zip(considered, answers, strict=True) if passes
        ]  # fmt: skip
        return answers

    def _passes(
        self, each: Considered, prospect: Prospect, last: Mapping[str, tuple[str, dt.datetime]]
    ) -> bool:
        locked = each.finding.locked
        if prospect is Prospect.WIDER:
            free_at = widens_from(standing=locked.standing, product=locked.product)
            if free_at is not None and self.at < free_at:
                self.held[locked.standing.customer_id] = free_at
                return False
        if prospect is not Prospect.NOTHING:
            return True
        policy_hash, decided_at = last.get(locked.standing.decision_public_id, ("", self.at))
        return policy_hash != each.policy_hash or self.at - decided_at >= SAID_AGAIN_AFTER


@dataclass
class _Outcome:
    """What became of a batch. Shape: customer's row id → until when; public id → problem."""

    held: dict[int, dt.datetime] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


@entry
def run_batch(*, at: dt.datetime) -> bool:
    """Decide the next customers who are due; False when nobody is, or others have them in hand.

    Effects: claims, then as `decide_many` for every product they were ever decided for; last the
    rows of the queue.
    """
    claimed = rechecks.claim(at=at, limit=BATCH)
    if not claimed:
        return False
    asked = rechecks.read(customer_ids=claimed, at=at)
    outcome = _Outcome()
    decided = accesses.decided(customer_ids=[one.customer_id for one in asked])
    row_ids = {name: key for customers in decided.values() for name, key in customers.items()}
    for code, customers in decided.items():
        _decide_product(code, list(customers), outcome, at)
    failed = {row_ids[public_id]: code for public_id, code in outcome.problems.items()}
    stuck = set(rechecks.conclude(asked=asked, held=outcome.held, failed=failed, at=at))
    _record_stuck(outcome, {public_id for public_id, key in row_ids.items() if key in stuck}, at)
    return True


def _decide_product(code: str, customers: list[str], outcome: _Outcome, at: dt.datetime) -> None:
    sieve = _Sieve(at)

    def decide(public_ids: list[str]) -> None:
        _decide(code, public_ids, sieve, at)

    try:
        failures = spared(customers, decide, for_all=StopCode.values, product=code)
    except Refused as refusal:
        if refusal.code in _NOTHING_DECIDES:
            log.info("customers_not_rechecked", product=code, code=refusal.code)
        else:
            outcome.problems |= dict.fromkeys(customers, refusal.code)
        return
    for customer_id, until in sieve.held.items():
        outcome.held[customer_id] = min(until, outcome.held.get(customer_id, until))
    for public_id, error in failures.items():
        outcome.problems[public_id] = code_of(error)
        if code_of(error) == UNEXPECTED:
            log.error("customer_not_rechecked", customer=public_id, error=type(error).__name__)


def _decide(code: str, public_ids: list[str], sieve: _Sieve, at: dt.datetime) -> None:
    decided = decide_many(
        customer_public_ids=public_ids,
        product_code=code,
        trigger=DecisionTrigger.EVENT,
        actor=ACTOR,
        at=at,
        sieve=sieve,
    )
    moved = [
        each.finding.locked.standing.access_id
        for each, one in zip(sieve.through, decided, strict=True)
        if one.change.is_changed
    ]
    if moved:
        access.start_cooldown(access_ids=moved, at=at)


def _record_stuck(outcome: _Outcome, stuck: set[str], at: dt.datetime) -> None:
    if stuck:
        customers = {public_id: outcome.problems[public_id] for public_id in sorted(stuck)}
        rechecks.record_stuck(customers=customers, actor=ACTOR, at=at)
