"""Applying the live policy to everybody: who is decided, what is counted, what one failure does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.access.models import Access
from backoffice.lib.errors import Conflict, Invalid, Missing, Refused, Unavailable
from compliance.ledger.facts import staff, system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from risk.decisions import campaigns, rules, shards, tasks
from risk.decisions.facts import Turn
from risk.decisions.models import Campaign, CampaignFailure, Decision
from risk.policies import services as policies
from risk.policies import starter
from risk.policies.models import PolicyVersion
from risk.signals import services as signals
from risk.signals.models import CustomerSignals
from risk.tables.facts import TableError
from tests.lender import AT, Lender

SOON = AT + dt.timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "BATCH", 3)
    monkeypatch.setattr(campaigns, "nudge", lambda *_given: None)


def start(**given: Any) -> Campaign:
    values = {"product_code": "flex-credit", "note": "new policy", "actor": system("test"),
              "at": AT}  # fmt: skip
    campaign: Campaign = campaigns.start(**{**values, **given})
    return campaign


def people(lender: Lender, count: int, prefix: str = "C") -> list[str]:
    return [lender.customer(f"{prefix}-{index}") for index in range(count)]


def run(campaign: Campaign) -> int:
    """Runs to the end; returns how many batches decided somebody."""
    batches = 0
    while shards.run_batch(public_id=campaign.public_id, at=SOON) is Turn.DECIDED:
        batches += 1
    campaign.refresh_from_db()
    return batches


def progress(campaign: Campaign) -> tuple[str, int, int, int]:
    campaign.refresh_from_db()
    return (
        campaign.state, campaign.customers_total, campaign.customers_done,
        campaign.customers_failed,
    )  # fmt: skip


def test_everybody_is_decided_once_in_batches_under_the_live_policy(lender: Lender) -> None:
    customers = people(lender, 7)
    campaign = start()
    assert progress(campaign) == ("running", 7, 0, 0)
    assert run(campaign) == 3
    assert progress(campaign) == ("finished", 7, 7, 0)
    assert (campaign.finished_at, campaign.policy_version.number) == (SOON, 1)
    decided = Decision.objects.order_by("id").values_list(
        "customer__public_id", "trigger", "campaign_id", "actor"
    )
    assert list(decided) == [(c, "campaign", campaign.pk, "system:campaign") for c in customers]
    assert Access.objects.filter(state="OPEN").count() == Notice.objects.count() == 7
    assert list(
        LedgerEntry.objects.filter(subject_id=campaign.public_id)
        .order_by("id")
        .values_list("action", "reason")
    ) == [("campaign.started", "new policy"), ("campaign.finished", "")]  # fmt: skip


def test_nothing_more_is_done_once_it_is_finished(lender: Lender) -> None:
    people(lender, 2)
    campaign = start()
    run(campaign)
    assert shards.run_batch(public_id=campaign.public_id, at=SOON) is Turn.OVER
    assert Decision.objects.count() == 2
    assert LedgerEntry.objects.filter(action="campaign.finished").count() == 1


def test_a_batch_takes_as_many_statements_as_one_customer(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one and of three: decided for the first time, then moved to other terms and reasons."""
    counts = []
    for size in (1, 3):
        people(lender, 3, f"S{size}")
        monkeypatch.setattr(shards, "BATCH", size)
        campaign = start(reference_prefix=f"S{size}")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            shards.run_batch(public_id=campaign.public_id, at=SOON)
        counts.append(len(captured))
        run(campaign)
    lender.publish(starter.repayment_behaviour())
    for size in (1, 3):
        monkeypatch.setattr(shards, "BATCH", size)
        campaign = start(reference_prefix=f"S{size}")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            shards.run_batch(public_id=campaign.public_id, at=SOON)
        counts.append(len(captured))
        run(campaign)
    assert counts == [27, 27, 25, 25]


@pytest.mark.parametrize(
    ("prefix", "wanted"),
    [("A", ["A-0", "A-1"]), ("A-1", ["A-1"]), ("%", ["%-0"]), ("a", []), ("B-0", ["B-0"])],
)
def test_a_prefix_chooses_by_the_beginning_of_the_reference_as_written(
    lender: Lender, prefix: str, wanted: list[str]
) -> None:
    for name, count in (("A", 2), ("B", 2), ("%", 1)):
        people(lender, count, name)
    campaign = start(reference_prefix=prefix)
    run(campaign)
    assert progress(campaign) == ("finished", len(wanted), len(wanted), 0)
    decided = Decision.objects.order_by("id").values_list("customer__reference", flat=True)
    assert list(decided) == wanted


def test_who_comes_after_the_start_is_left_to_the_next_campaign(lender: Lender) -> None:
    people(lender, 2)
    campaign = start()
    people(lender, 1, "NEW")
    run(campaign)
    assert progress(campaign) == ("finished", 2, 2, 0)
    assert not Decision.objects.filter(customer__reference="NEW-0").exists()


# ── one customer's trouble ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "code"),
    [(TableError("contradiction"), "policy_inconclusive"), (ZeroDivisionError(), "unexpected"),
     (ValueError("13812345678"), "unexpected")],
)  # fmt: skip
def test_one_customer_who_cannot_be_decided_is_counted_recorded_and_passed_by(
    lender: Lender, error: Exception, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = people(lender, 4)
    lender_evaluate = rules.evaluate

    def evaluate(**given: Any) -> Any:
        if given["signals"]["score"] == 1:
            raise error
        return lender_evaluate(**given)

    monkeypatch.setattr(rules, "evaluate", evaluate)
    unlucky = CustomerSignals.objects.get(customer__public_id=customers[1])
    signals.write(customer_id=unlucky.pk, values={"score": 1}, observed_at=AT)
    campaign = start()
    run(campaign)
    assert progress(campaign) == ("finished", 4, 4, 1)
    decided = Decision.objects.order_by("id").values_list("customer__public_id", flat=True)
    assert list(decided) == [customers[0], *customers[2:]]
    assert not Access.objects.filter(customer_id=unlucky.pk).exists()
    [failed] = LedgerEntry.objects.filter(action="campaign.customer_failed")
    assert (failed.subject_id, failed.detail) == (
        customers[1], {"campaign": campaign.public_id, "code": code},
    )  # fmt: skip
    [row] = CampaignFailure.objects.values_list("campaign", "customer", "code", "failed_at")
    assert row == (campaign.pk, unlucky.pk, code, SOON)


def test_a_fault_of_the_database_ends_the_batch_and_leaves_no_trace_of_it(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(lender, 2)
    campaign = start()
    before = LedgerEntry.objects.count()
    with monkeypatch.context() as broken:

        def evaluate(**_given: Any) -> Any:
            raise OperationalError("server closed the connection unexpectedly")

        broken.setattr(rules, "evaluate", evaluate)
        with pytest.raises(OperationalError):
            shards.run_batch(public_id=campaign.public_id, at=SOON)
    assert progress(campaign) == ("running", 2, 0, 0)
    assert (Decision.objects.count(), LedgerEntry.objects.count()) == (0, before)
    run(campaign)
    assert progress(campaign) == ("finished", 2, 2, 0)


@pytest.mark.parametrize(
    ("stop", "code"),
    [("product", "product_not_offered"), ("policy", "no_live_policy"),
     ("version", "policy_changed")],
)  # fmt: skip
def test_a_campaign_whose_version_is_no_longer_in_force_stops_and_says_why(
    lender: Lender, stop: str, code: str
) -> None:
    people(lender, 5)
    campaign = start()
    shards.run_batch(public_id=campaign.public_id, at=SOON)
    if stop == "product":
        type(lender.product).objects.update(is_active=False)
    elif stop == "version":
        lender.publish(starter.repayment_behaviour())
    else:
        policies.retire(public_id=PolicyVersion.objects.get().public_id, note="stop",
                        actor=staff(lender.approver.pk), at=AT)  # fmt: skip
    assert run(campaign) == 0
    assert progress(campaign) == ("stopped", 5, 3, 0)
    assert (campaign.stop_code, campaign.finished_at) == (code, SOON)
    versions = Decision.objects.values_list("policy_version__number", flat=True)
    assert list(versions) == [1, 1, 1]
    assert Access.objects.exclude(state=None).count() == Access.objects.count() == 3
    [entry] = LedgerEntry.objects.filter(action="campaign.stopped")
    assert entry.detail == {"done": 3, "failed": 0, "code": code}
    assert run(campaign) == 0  # for good, whatever comes into force later


# ── starting ────────────────────────────────────────────────────────────────────────────────


def refused(error: type[Refused], code: str, **given: Any) -> None:
    before = Campaign.objects.count(), LedgerEntry.objects.count()
    with pytest.raises(error) as caught:
        start(**given)
    assert caught.value.code == code
    assert (Campaign.objects.count(), LedgerEntry.objects.count()) == before


def test_one_campaign_a_product_runs_at_a_time(lender: Lender) -> None:
    people(lender, 1)
    campaign = start()
    refused(Conflict, "campaign_running")
    refused(Conflict, "campaign_running", reference_prefix="A")
    run(campaign)
    assert start().pk != campaign.pk


@pytest.mark.parametrize(
    ("given", "error", "code"),
    [
        ({"note": " "}, Invalid, "note_required"),
        ({"product_code": "no-such"}, Missing, "product_unknown"),
        ({"reference_prefix": "x" * 65}, Invalid, "prefix_invalid"),
        ({"reference_prefix": "a\x00"}, Invalid, "prefix_invalid"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_not_started(
    lender: Lender, given: dict[str, Any], error: type[Refused], code: str
) -> None:
    refused(error, code, **given)


def test_without_a_live_policy_no_campaign_starts(lender: Lender) -> None:
    policies.retire(public_id=PolicyVersion.objects.get().public_id, note="stop",
                    actor=staff(lender.approver.pk), at=AT)  # fmt: skip
    refused(Unavailable, "no_live_policy")


def test_a_campaign_over_nobody_ends_at_once(lender: Lender) -> None:
    campaign = start()
    assert run(campaign) == 0
    assert progress(campaign) == ("finished", 0, 0, 0)


# ── going on after a worker has gone ────────────────────────────────────────────────────────


def test_a_campaign_is_abandoned_when_nobody_has_worked_on_it_for_a_while(lender: Lender) -> None:
    people(lender, 4)
    campaign = start()

    def abandoned(seconds: float) -> bool:
        at = AT + dt.timedelta(seconds=seconds)
        return campaigns.abandoned(at=at) == [campaign]

    assert [abandoned(seconds) for seconds in (0, 10, 10.1)] == [False, False, True]
    shards.run_batch(public_id=campaign.public_id, at=AT)
    assert [abandoned(seconds) for seconds in (10.1, 60, 60.1)] == [False, False, True]
    run(campaign)
    assert not abandoned(10**6)


def test_the_sweep_asks_workers_to_go_on_with_what_was_abandoned(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(lender, 4)
    campaign = start()
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(campaigns, "nudge", lambda *given: asked.append(given))
    monkeypatch.setattr("backoffice.lib.clock.now", lambda: AT + dt.timedelta(seconds=5))
    assert (tasks.continue_campaigns(), asked) == (0, [])
    monkeypatch.setattr("backoffice.lib.clock.now", lambda: AT + dt.timedelta(minutes=5))
    task = "risk.decisions.run_campaign"
    each_lane = [(task, campaign.public_id, lane) for lane in range(4)]
    assert (tasks.continue_campaigns(), asked) == (1, each_lane)
    tasks.run_campaign(campaign.public_id)
    assert progress(campaign) == ("finished", 4, 4, 0)
    assert tasks.continue_campaigns() == 0
