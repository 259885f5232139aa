"""A candidate on real traffic: a shadow without effect, a challenger for its share."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.lib.errors import Conflict, Invalid
from compliance.ledger.facts import staff
from risk.decisions import campaigns, comparison, rules, services, shards
from risk.decisions.facts import Turn
from risk.decisions.models import Decision, DecisionTrigger, ShadowDecision
from risk.demo import policies as contents
from risk.policies import activation, queries, starter, trials, verbs
from risk.policies.models import PolicyTrial, PolicyVersion
from tests.console import statements
from tests.lender import AT, Lender
from tests.risk.policies.versions import (
    APPROVED,
    BACKTESTED,
    DRAFT,
    LATER,
    LIVE,
    ROUTES,
    SUBMITTED,
    draft,
    publish,
    retire,
    version_in,
)
from tests.snapshots import nothing_written


def candidate(lender: Lender, status: Any) -> PolicyVersion:
    """The second demo policy: closes below 600 where the live one limits from 580."""
    version = draft(lender, contents.flex_second())
    for step in ROUTES[status]:
        step(lender, version)
    return PolicyVersion.objects.get(pk=version.pk)


def shadow(lender: Lender, version: PolicyVersion) -> PolicyTrial:
    return trials.start_shadow(
        public_id=version.public_id, note="see", actor=staff(lender.approver.pk), at=AT
    )


def challenge(lender: Lender, version: PolicyVersion, share: int = 50) -> PolicyTrial:
    return trials.start_challenger(
        public_id=version.public_id, share_percent=share, note="see",
        actor=staff(lender.approver.pk), at=AT,
    )  # fmt: skip


# ── shadow ──────────────────────────────────────────────────────────────────────────────────


def test_a_shadow_answers_beside_and_changes_nothing(lender: Lender) -> None:
    same, other = lender.customer("C-1"), lender.customer("C-2", score=590)
    shadow(lender, candidate(lender, SUBMITTED))
    for customer in (same, other):
        lender.decide(customer)
    rows = ShadowDecision.objects.order_by("id").values_list(
        "live_state", "state", "differs", "error", "live_limit_cents", "limit_cents"
    )
    assert list(rows) == [
        ("OPEN", "OPEN", False, "", 20_000_000, 20_000_000),
        ("LIMITED", "CLOSED", True, "", 1_000_000, None),
    ]
    assert list(Decision.objects.order_by("id").values_list("state", flat=True)) == [
        "OPEN", "LIMITED",
    ]  # fmt: skip


def test_a_shadow_that_breaks_is_its_own_finding(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = lender.customer()
    version = candidate(lender, SUBMITTED)
    shadow(lender, version)
    broken = queries.compiled(version.content_hash)
    plain = rules.evaluate

    def evaluate(**given: Any) -> Any:
        if given["compiled"] is broken:
            raise ZeroDivisionError
        return plain(**given)

    monkeypatch.setattr(rules, "evaluate", evaluate)
    lender.decide(customer)
    assert Decision.objects.get().state == "OPEN"
    assert ShadowDecision.objects.values_list("state", "differs", "error").get() == (
        None, True, "ZeroDivisionError",
    )  # fmt: skip


def test_a_recording_that_fails_costs_the_decision_nothing(lender: Lender) -> None:
    customer = lender.customer()
    shadow(lender, candidate(lender, SUBMITTED))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE risk_shadowdecision RENAME COLUMN differs TO gone")
    lender.decide(customer)
    assert Decision.objects.get().state == "OPEN"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM risk_shadowdecision")
        assert cursor.fetchone() == (0,)


def test_a_shadow_costs_one_statement_while_it_runs_and_none_after(lender: Lender) -> None:
    customer = lender.customer()
    version = candidate(lender, SUBMITTED)
    lender.decide(customer)
    with statements() as without:
        lender.decide(customer)
    trial = shadow(lender, version)
    lender.decide(customer)
    with statements() as beside:
        lender.decide(customer)
    # The insert and its savepoint's two ends.
    assert len(beside) == len(without) + 3
    trials.stop(public_id=trial.public_id, note="seen", actor=staff(lender.approver.pk), at=LATER)
    with statements() as after:
        lender.decide(customer)
    assert len(after) == len(without)


# ── challenger ──────────────────────────────────────────────────────────────────────────────


def test_a_challenger_decides_its_share_and_always_the_same_customers(lender: Lender) -> None:
    version = candidate(lender, APPROVED)
    challenge(lender, version)
    customers = [lender.customer(f"C-{number}") for number in range(8)]
    in_force = activation.in_force(product_id=lender.product.pk, at=AT)
    for customer in customers * 2:
        wanted = in_force.version_for(customer_public_id=customer)
        assert lender.decide(customer).policy_hash == wanted.content_hash
    assert in_force.challenger is not None
    assert in_force.challenger.version.public_id == version.public_id


def test_a_campaign_leaves_the_challenger_its_share(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "nudge", lambda *_given: None)
    challenge(lender, candidate(lender, APPROVED))
    customers = [lender.customer(f"C-{number}") for number in range(30)]
    in_force = activation.in_force(product_id=lender.product.pk, at=AT)
    campaign = campaigns.start(
        product_code=lender.product.code, note="all", actor=staff(lender.author.pk), at=AT
    )
    assert shards.run_batch(public_id=campaign.public_id, at=AT) is Turn.DECIDED
    decided = dict(
        Decision.objects.filter(campaign=campaign).values_list(
            "customer__public_id", "policy_version_id"
        )
    )
    wanted = {one: in_force.version_for(customer_public_id=one).id for one in customers}
    assert decided == wanted
    assert len(set(decided.values())) == 2


def test_decided_together_each_has_what_their_own_version_gives(lender: Lender) -> None:
    """Both ask the same; only what they give differs."""
    content = starter.consumer_credit()
    best = content["tables"][1]["rules"][0]
    best["outputs"] = ["15000000", *best["outputs"][1:]]
    version = draft(lender, content)
    for step in ROUTES[APPROVED]:
        step(lender, version)
    challenge(lender, version)
    customers = [lender.customer(f"C-{number}") for number in range(40)]
    decided = services.decide_many(
        customer_public_ids=customers, product_code=lender.product.code,
        trigger=DecisionTrigger.REQUEST, actor=staff(lender.author.pk), at=AT,
    )  # fmt: skip
    challenger = PolicyVersion.objects.get(pk=version.pk).content_hash
    given = {(one.policy_hash == challenger, one.answer["limit_cents"]) for one in decided}
    assert given == {(False, 20_000_000), (True, 15_000_000)}


@pytest.mark.parametrize("share", [1, 10, 50])
def test_the_share_is_the_share(lender: Lender, share: int) -> None:
    challenge(lender, candidate(lender, APPROVED), share)
    found = activation.in_force(product_id=lender.product.pk, at=AT).challenger
    assert found is not None
    drawn = sum(found.decides(customer_public_id=f"cus_{number}") for number in range(20_000))
    assert abs(drawn / 200 - share) < 1.5


def test_nobody_unapproved_decides_about_people(lender: Lender) -> None:
    version = candidate(lender, BACKTESTED)
    with nothing_written(), pytest.raises(Conflict) as refused:
        challenge(lender, version)
    assert refused.value.code == "policy_status"
    insert = (
        "INSERT INTO risk_policytrial (public_id, product_id, version_id, live_version_id, kind, "
        "share_percent, salt, reason, started_by, started_at, ended_by, end_reason) "
        "SELECT 'x', product_id, id, id, 'challenger', 10, repeat('a', 32), 'x', 'x', now(), '', "
        f"'' FROM risk_policyversion WHERE id = {version.pk}"
    )
    refused_here = pytest.raises(DatabaseError, match="trial_fits")
    with refused_here, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(insert)


@pytest.mark.parametrize("share", [0, 51])
def test_a_share_is_one_to_fifty_per_cent(lender: Lender, share: int) -> None:
    version = candidate(lender, APPROVED)
    with nothing_written(), pytest.raises(Invalid) as refused:
        challenge(lender, version, share)
    assert refused.value.code == "share_invalid"


# ── both ────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_not_tried(lender: Lender) -> None:
    version = candidate(lender, DRAFT)
    with nothing_written(), pytest.raises(Conflict) as refused:
        shadow(lender, version)
    assert refused.value.code == "policy_status"


def test_one_of_a_kind_runs_per_product(lender: Lender) -> None:
    version = candidate(lender, APPROVED)
    shadow(lender, version)
    challenge(lender, version)
    for start in (shadow, challenge):
        with nothing_written(), pytest.raises(Conflict) as refused:
            start(lender, version)
        assert refused.value.code == "trial_running"


def test_a_trial_ends_by_itself_when_either_side_moves_on(lender: Lender) -> None:
    version = candidate(lender, APPROVED)
    shadow(lender, version)
    challenge(lender, version)
    publish(lender, version_in(APPROVED, lender))
    assert PolicyTrial.objects.filter(ended_at__isnull=True).count() == 0
    assert PolicyVersion.objects.get(status=LIVE).number == 3


def test_the_comparison_counts_states_reasons_and_agreement(lender: Lender) -> None:
    customers = [lender.customer("C-1"), lender.customer("C-2", score=590)]
    trial = shadow(lender, candidate(lender, SUBMITTED))
    for customer in customers:
        lender.decide(customer)
    with statements() as asked:
        found = comparison.compared(trial=trial, at=LATER)
    assert len(asked) == 2
    assert dict(found.agreement) == {("OPEN", "OPEN"): 1, ("LIMITED", "CLOSED"): 1}
    assert (found.differing, found.errors, found.is_capped) == (1, 0, False)
    assert (found.live.mean_limit_cents, found.candidate.mean_limit_cents) == (
        10_500_000, 20_000_000,
    )  # fmt: skip
    assert found.live.reasons == found.candidate.reasons == {"SCORE_TOO_LOW": 1}
    assert [row.customer.reference for row in comparison.samples(trial=trial)] == ["C-2"]


def test_an_experiment_compares_what_each_side_decided(lender: Lender) -> None:
    customers = [lender.customer(f"C-{number}", score=590) for number in range(10)]
    trial = challenge(lender, candidate(lender, APPROVED))
    for customer in customers:
        lender.decide(customer)
    found = comparison.compared(trial=trial, at=LATER)
    challenged = Decision.objects.filter(policy_version_id=trial.version_id).count()
    assert found.live.states == {"LIMITED": 10 - challenged}
    assert found.candidate.states == ({"CLOSED": challenged} if challenged else {})
    assert found.live.reasons["SCORE_TOO_LOW"] == 10 - challenged


# ── what the version's page offers ──────────────────────────────────────────────────────────


def offered(version: PolicyVersion) -> set[str]:
    return verbs.possible(version) & {"start_shadow", "start_challenger"}


def test_a_trial_is_offered_only_while_it_could_begin(lender: Lender) -> None:
    version = candidate(lender, APPROVED)
    assert offered(version) == {"start_shadow", "start_challenger"}
    running = shadow(lender, version)
    assert offered(version) == {"start_challenger"}
    challenge(lender, version)
    assert offered(version) == set()
    trials.stop(public_id=running.public_id, note="seen", actor=staff(lender.approver.pk), at=LATER)
    assert offered(version) == {"start_shadow"}


def test_no_trial_is_offered_while_nothing_is_in_force(lender: Lender) -> None:
    version = candidate(lender, SUBMITTED)
    live = PolicyVersion.objects.get(product=version.product, status=LIVE)
    retire(lender, live)
    assert offered(version) == set()
