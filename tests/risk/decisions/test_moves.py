"""What a decision does to access when the policy, the switches or an operator have moved."""

from __future__ import annotations

import copy
import datetime as dt
import json
from typing import Any

import pytest

from accounts.access import services as access
from accounts.access.facts import Cause, Source, State
from accounts.access.models import Access, Restriction
from accounts.access.rules import MOVES
from compliance.ledger.facts import client, staff, system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from compliance.switches import services as switches
from compliance.switches.facts import Effect, Kind
from risk.decisions import services
from risk.decisions.models import Decision, DecisionTrigger
from risk.policies import starter
from risk.policies.models import PolicyVersion
from tests.lender import AT, Lender

HOUR = dt.timedelta(hours=1)


def policy(state: str, variant: int) -> dict[str, Any]:
    """Answers `state` to everybody; variants differ in amount and reason only."""
    content = starter.consumer_credit()
    reason, limit = [("SCORE_TOO_LOW", 600_000), ("PAYMENT_LATE", 700_000)][variant]
    matches = "-" if state != "OPEN" else "< 0"
    rule = {"inputs": [matches], "outputs": [f'"{reason}"', f'"{state}"', "", ""]}
    if state == "OPEN":
        rule["outputs"][1] = '"CLOSED"'
    if state == "LIMITED":
        rule["outputs"][2] = str(limit)
    content["tables"][0]["inputs"] = [{"name": "score", "type": "number", "unknown": "accepted"}]
    content["tables"][0]["rules"] = [rule]
    content["tables"][1]["rules"] = copy.deepcopy(content["tables"][1]["rules"][-1:])
    content["tables"][1]["rules"][0]["outputs"][0] = str(10 * limit)
    return content


@pytest.mark.parametrize(("before", "after"), list(MOVES), ids=str)
def test_a_policy_changed_between_two_decisions_moves_access_by_the_table(
    lender: Lender, before: State | None, after: State
) -> None:
    customer = lender.customer()
    if before is not None:
        lender.publish(policy(before.value, 0))
        lender.decide(customer)
    lender.publish(policy(after.value, 1))
    decided = lender.decide(customer, AT + HOUR)

    assert (decided.change.before, decided.change.after) == (before, after)
    assert Access.objects.get().state == after
    told = LedgerEntry.objects.filter(action__startswith="access.").order_by("id")
    assert told.count() == Notice.objects.count() == (1 if before is None else 2)
    newest = told.latest("id")
    assert newest.action == MOVES[before, after]
    assert newest.detail["cause"] == f"decision:{decided.public_id}"
    assert Notice.objects.latest("id").template == f"access_{after.lower()}"
    live = PolicyVersion.objects.get(status="live")
    row = Decision.objects.latest("id")
    assert (row.policy_hash, row.policy_version_id) == (live.content_hash, live.pk)


@pytest.mark.parametrize("trigger", DecisionTrigger)
@pytest.mark.parametrize("actor", [system("campaign"), client("c-1"), staff(3)], ids=str)
def test_a_decision_records_who_asked_and_how(
    lender: Lender, trigger: DecisionTrigger, actor: Any
) -> None:
    customer = lender.customer()
    decided = services.decide(
        customer_public_id=customer, product_code="flex-credit", trigger=trigger, actor=actor,
        at=AT,
    )  # fmt: skip
    row = Decision.objects.get()
    assert (row.public_id, row.trigger, row.actor, row.decided_at, row.campaign_id) == (
        decided.public_id, trigger.value, str(actor), AT, None,
    )  # fmt: skip
    assert row.public_id == Access.objects.get().decision_public_id
    assert row.policy_hash == decided.policy_hash == PolicyVersion.objects.get().content_hash
    assert json.loads(row.answer) == decided.answer
    assert 0 <= row.duration_us < 60_000_000
    entry = LedgerEntry.objects.get(action="access.opened")
    assert (entry.actor_kind, entry.actor_id) == (actor.kind.value, actor.id)
    assert services.replay(public_id=row.public_id).is_equal


def test_the_stored_facts_hold_every_signal_the_bounds_and_no_name(lender: Lender) -> None:
    lender.decide(lender.customer())
    text = Decision.objects.get().facts
    stored = json.loads(text)
    assert set(stored) == {"at", "product", "signals", "stale"}
    assert stored["at"] == AT.isoformat()
    assert stored["signals"]["utilisation"] == "0.3000"
    assert stored["signals"]["score"] == "720"
    assert stored["signals"]["payment_ratio_6m"] is None
    assert stored["product"]["max_annual_rate"] == "0.24000"
    assert "张小明" not in text
    assert "13812345678" not in text


def test_under_a_switch_the_policys_own_word_and_what_is_effective_are_both_kept(
    lender: Lender,
) -> None:
    customer = lender.customer()
    switch = switches.turn_on(
        scope="product:flex-credit", kind=Kind.EMERGENCY, effect=Effect.CLOSED,
        reason_code="EMERGENCY_STOP", note="bureau feed is wrong", actor=system("test"), at=AT,
    )  # fmt: skip
    lender.decide(customer)
    row = Decision.objects.get()
    assert (row.state, row.effective_state, Access.objects.get().state) == (
        "OPEN", "CLOSED", "OPEN",
    )  # fmt: skip
    assert Notice.objects.get().template == "access_closed"
    switches.release(public_id=switch, note="repaired", actor=system("test"), at=AT)
    lender.decide(customer, AT + HOUR)
    assert Decision.objects.latest("id").effective_state == "OPEN"
    assert services.replay(public_id=row.public_id).is_equal


def test_a_decision_leaves_an_operators_restriction_in_force(lender: Lender) -> None:
    customer = lender.customer()
    lender.decide(customer)
    access.restrict(
        customer_public_id=customer, product_code="flex-credit",
        cause=Cause("OPERATOR_REVIEW", State.CLOSED), source=Source.OPERATOR, note="odd papers",
        actor=staff(lender.approver.pk), at=AT,
    )  # fmt: skip
    decided = lender.decide(customer, AT + HOUR)
    assert (decided.answer["state"], decided.change.after) == ("OPEN", State.CLOSED)
    assert decided.change.reason_codes == ("OPERATOR_REVIEW",)
    row = Decision.objects.latest("id")
    assert (row.state, row.effective_state) == ("OPEN", "CLOSED")
    assert Restriction.objects.get().lifted_at is None


def test_a_decision_that_waited_behind_a_later_one_still_goes_through(lender: Lender) -> None:
    """It carries the earlier time; what the later one started cannot end before it began."""
    from risk.signals import services as signals

    customer = lender.customer(score=560)
    lender.decide(customer, AT + HOUR)
    pk = Access.objects.get().customer_id
    signals.write(customer_id=pk, values={"score": 720}, observed_at=AT + 2 * HOUR)
    decided = lender.decide(customer, AT)
    assert decided.change.after is State.OPEN
    row = Restriction.objects.get()
    assert row.lifted_at == row.started_at == AT + HOUR
