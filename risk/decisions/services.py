"""Deciding: one transaction from the switch fence to the queued notice."""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from accounts.access import services as access
from accounts.access.facts import Change, Finding, Locked, Product
from backoffice.lib import bulk, ids
from backoffice.lib.errors import Conflict
from backoffice.lib.transactions import step
from compliance.ledger.facts import Actor
from compliance.notices.facts import Pace
from risk.decisions import queries, rules, shadowing
from risk.decisions.facts import Decided, Replayed
from risk.decisions.models import DecisionTrigger
from risk.policies import activation
from risk.policies import queries as policies
from risk.policies.answers import Conclusion, Known
from risk.policies.facts import InForce, LiveVersion
from risk.signals import queries as signals
from risk.signals.facts import Facts
from risk.signals.rules import columns
from risk.tables.facts import TableError

log = structlog.get_logger(__name__)

_INSERT = """
INSERT INTO risk_decision
    (public_id, customer_id, product_id, policy_version_id, policy_hash, trigger, campaign_id,
     state, effective_state, effective_limit_cents, effective_reason_codes, facts, answer, actor,
     decided_at, duration_us)
SELECT public_id, customer_id, %(product_id)s::bigint, version_id, policy_hash,
       %(trigger)s::text, %(campaign_id)s::bigint, state, effective_state, effective_limit_cents,
       effective_reason_codes, facts, answer, %(actor)s::text, %(at)s::timestamptz,
       %(duration_us)s::integer
FROM {given} ORDER BY place
RETURNING public_id, id
"""
_COLUMNS = {
    "public_id": "text", "customer_id": "bigint", "version_id": "bigint", "policy_hash": "text",
    "state": "text", "effective_state": "text", "effective_limit_cents": "bigint",
    "effective_reason_codes": "jsonb", "facts": "text", "answer": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Considered:
    """What a policy says about one locked customer, before anything is done about it."""

    finding: Finding
    policy_hash: str


# Says of each whether it is carried out.
Sieve = Callable[[Sequence[Considered]], Sequence[bool]]


class Undecided(Exception):
    """Some customers could not be decided, so nobody was. Shape: customer's public id → why."""

    def __init__(self, failures: Mapping[str, Exception]) -> None:
        super().__init__(f"{len(failures)} customers")
        self.failures = failures


@step
def decide(
    *,
    customer_public_id: str,
    product_code: str,
    trigger: DecisionTrigger,
    actor: Actor,
    at: dt.datetime,
) -> Decided:
    """Apply the live policy (or its challenger) to one customer and make access follow.

    Effects: a scheduled policy whose moment has come enters force; switch fence, access lock;
    decision, restrictions, access, ledger, notice rows; a worker is nudged after commit. Raises:
    Missing (customer, product), Conflict (product not offered, contradictory policy), Unavailable
    (no live policy).
    """
    try:
        [decided] = decide_many(
            customer_public_ids=[customer_public_id],
            product_code=product_code,
            trigger=trigger,
            actor=actor,
            at=at,
        )
    except Undecided as error:
        raise error.failures[customer_public_id] from error
    return decided


@step
def decide_many(
    *,
    customer_public_ids: Sequence[str],
    product_code: str,
    trigger: DecisionTrigger,
    actor: Actor,
    at: dt.datetime,
    campaign_id: int | None = None,
    policy_version_id: int | None = None,
    pace: Pace | None = None,
    sieve: Sieve | None = None,
) -> list[Decided]:
    """The same for any number of customers: one fence, one lock, one reading of the facts, and
    each table written in one statement. The rows are those of one decision after another.

    All of them are decided or none. A campaign names the version it was started with, and the
    pace at which customers are told; a sieve leaves out whom it will, of whom then nothing is
    written. Raises: besides, Undecided (naming every customer the policy
    gives no answer for), Conflict (the named version is not the live one).
    """
    started = time.perf_counter_ns()
    held = access.lock_many(customer_public_ids=customer_public_ids, product_code=product_code)
    if not held:
        return []
    in_force = _in_force(held[0].product, policy_version_id, at)
    seen = signals.facts_for_many(
        customer_ids=[locked.standing.customer_id for locked in held],
        at=at,
        names=in_force.inputs(),
    )
    answers = _sifted(_answers(held, in_force, seen, at), sieve)
    if not answers:
        return []
    changes = access.apply_all(
        findings=[answer.finding for answer in answers], actor=actor, at=at, pace=pace
    )
    duration_us = (time.perf_counter_ns() - started) // 1000 // len(held)
    origin = _Origin(trigger, actor, at, campaign_id, duration_us)
    made = _record(list(zip(answers, changes, strict=True)), origin)
    _cast_shadow(in_force, [answer.finding.locked for answer in answers], made, seen)
    return made


@dataclass(frozen=True, slots=True)
class _Origin:
    """Who asked, in what course, when, and how long one answer took."""

    trigger: DecisionTrigger
    actor: Actor
    at: dt.datetime
    campaign_id: int | None
    duration_us: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the policy says about one locked customer, and what it saw."""

    finding: Finding
    version: LiveVersion
    facts: str
    conclusion: Conclusion


def _in_force(product: Product, wanted_id: int | None, at: dt.datetime) -> InForce:
    if not product.is_active:
        raise Conflict(_("This product is not offered."), code="product_not_offered")
    found = activation.in_force(product_id=product.id, at=at)
    if wanted_id not in (None, found.live.id):
        raise Conflict(_("Another policy is in force now."), code="policy_changed")
    return found


def _answers(
    held: Sequence[Locked], in_force: InForce, seen: Mapping[int, Facts], at: dt.datetime
) -> list[_Answer]:
    """Raises: Undecided. What is wrong with the database is nobody's own trouble."""
    found: list[_Answer] = []
    failures: dict[str, Exception] = {}
    known: dict[int, Known] = defaultdict(dict)
    for locked in held:
        version = in_force.version_for(customer_public_id=locked.customer_public_id)
        try:
            facts = seen[locked.standing.customer_id]
            found.append(_answer(locked, version, facts, at, known[version.id]))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # found for everybody, so that the others can go on
            failures[locked.customer_public_id] = error
    if failures:
        raise Undecided(failures)
    return found


def _answer(
    locked: Locked, version: LiveVersion, facts: Facts, at: dt.datetime, known: Known
) -> _Answer:
    product = locked.product
    try:
        found = rules.evaluate(
            compiled=version.compiled, signals=columns(facts), product=product, at=at, known=known
        )
    except TableError as error:
        log.error("policy_failed", policy=version.public_id, error=str(error))
        raise Conflict(
            _("The policy gives no clear answer for this customer."), code="policy_inconclusive"
        ) from error
    finding = Finding(locked, found.causes, found.terms, ids.ordered("dec"))
    facts_text = rules.facts_json(facts=facts, product=product, at=at)
    return _Answer(finding, version, facts_text, found)


def _sifted(answers: list[_Answer], sieve: Sieve | None) -> list[_Answer]:
    if sieve is None:
        return answers
    considered = [Considered(each.finding, each.version.content_hash) for each in answers]
    return [each for each, stays in zip(answers, sieve(considered), strict=True) if stays]


def _record(
    decided: Sequence[tuple[_Answer, Change]],
    origin: _Origin,
) -> list[Decided]:
    product = decided[0][0].finding.locked.product
    rows = bulk.run(
        _INSERT, name="decisions", columns=_COLUMNS,
        rows=[_row(answer, change) for answer, change in decided],
        product_id=product.id,
        trigger=origin.trigger.value, campaign_id=origin.campaign_id, actor=str(origin.actor),
        at=origin.at, duration_us=origin.duration_us,
    )  # fmt: skip
    row_ids = dict(rows)
    return [
        Decided(
            row_ids[answer.finding.decision_public_id], answer.finding.decision_public_id,
            answer.version.content_hash, product.currency, answer.conclusion.answer, origin.at,
            change,
        )
        for answer, change in decided
    ]  # fmt: skip


def _row(answer: _Answer, change: Change) -> tuple[Any, ...]:
    finding = answer.finding
    return (
        finding.decision_public_id, finding.locked.standing.customer_id,
        answer.version.id, answer.version.content_hash, answer.conclusion.answer["state"],
        change.effective.value, change.limit_cents, rules.codes_json(change.reason_codes),
        answer.facts, answer.conclusion.text,
    )  # fmt: skip


def _cast_shadow(
    in_force: InForce, held: Sequence[Locked], made: Sequence[Decided], seen: Mapping[int, Facts]
) -> None:
    """What a candidate would have answered where the live version did."""
    if in_force.shadow is None:
        return
    beside = [
        shadowing.Seen(locked.standing.customer_id, seen[locked.standing.customer_id], decided)
        for locked, decided in zip(held, made, strict=True)
        if decided.policy_hash == in_force.live.content_hash
    ]
    product, at = held[0].product, made[0].decided_at
    shadowing.record(shadow=in_force.shadow, seen=beside, product=product, at=at)


def replay(*, public_id: str) -> Replayed:
    """Recompute a decision from its stored facts and policy hash.

    Raises: Missing; risk.tables.facts.TableError when the stored policy no longer has its hash.
    """
    decision = queries.decision(public_id=public_id)
    compiled = policies.compiled(decision.policy_hash)
    facts, product, at = rules.read_facts(decision.facts, columns=compiled.inputs)
    found = rules.evaluate(compiled=compiled, signals=facts, product=product, at=at)
    return Replayed(public_id, decision.answer, found.text)
