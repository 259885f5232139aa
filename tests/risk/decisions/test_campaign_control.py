"""People and circumstances that meet a campaign under way: pauses, switches, lost connections."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.access.models import Access
from backoffice.lib.errors import Conflict, Invalid, Missing
from compliance.ledger.facts import staff, system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Delivery, Notice
from compliance.switches import services as switches
from compliance.switches.facts import Effect, Kind
from risk.decisions import campaigns, rules, shards
from risk.decisions.facts import Turn
from risk.decisions.models import Campaign, CampaignShard, Decision
from risk.policies import starter
from tests.lender import AT, Lender
from tests.threads import wait_for_a_waiter

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 8
SOON = AT + dt.timedelta(minutes=5)
PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CAMPAIGN_LANES = 2
    monkeypatch.setattr(shards, "BATCH", 2)
    monkeypatch.setattr(campaigns, "SHARD_AT_LEAST", 2)
    monkeypatch.setattr(campaigns, "SHARD", 3)
    monkeypatch.setattr(campaigns, "nudge", lambda *_given: None)


def start(lender: Lender, people: int = PEOPLE, **given: Any) -> Campaign:
    for index in range(people):
        lender.customer(f"C-{index}")
    values = {"product_code": "flex-credit", "note": "new policy", "actor": system("test"),
              "at": AT, "notices_per_second": 0}  # fmt: skip
    campaign: Campaign = campaigns.start(**{**values, **given})
    return campaign


def turn(campaign: Campaign, at: dt.datetime = SOON) -> Turn:
    return shards.run_batch(public_id=campaign.public_id, at=at)


def run(campaign: Campaign) -> None:
    while turn(campaign) is Turn.DECIDED:
        pass
    campaign.refresh_from_db()


def say(verb: Callable[..., None], campaign: Campaign, note: str = "because") -> None:
    verb(public_id=campaign.public_id, note=note, actor=staff(7), at=SOON)


def everybody_was_decided_once(campaign: Campaign) -> None:
    campaign.refresh_from_db()
    counts = campaign.customers_done, campaign.customers_changed, campaign.customers_told
    assert (campaign.state, counts) == ("finished", (PEOPLE, PEOPLE, PEOPLE))
    decided = Decision.objects.filter(campaign=campaign).values_list("customer_id", flat=True)
    assert len(decided) == len(set(decided)) == PEOPLE
    assert Notice.objects.count() == PEOPLE
    assert LedgerEntry.objects.filter(action="access.opened").count() == PEOPLE
    assert LedgerEntry.objects.filter(action="campaign.finished").count() == 1
    summed = [0, 0]
    for shard in CampaignShard.objects.filter(campaign=campaign):
        assert (shard.finished_at, shard.done_customer_id) == (SOON, shard.last_customer_id)
        summed = [summed[0] + shard.customers_done, summed[1] + shard.customers_told]
    assert summed == [PEOPLE, PEOPLE]


@contextmanager
def a_worker_in_mid_batch(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Future[Turn], int, threading.Event]]:
    """Another connection that holds its locks and waits inside an evaluation; its backend."""
    inside, go_on, first = threading.Event(), threading.Event(), threading.get_ident()
    evaluate, backend = rules.evaluate, [0]

    def slow(**given: Any) -> Any:
        if threading.get_ident() != first and not inside.is_set():
            backend[0] = connection.connection.info.backend_pid
            inside.set()
            assert go_on.wait(PATIENCE_SECONDS)
        return evaluate(**given)

    def work() -> Turn:
        try:
            return turn(campaign)
        finally:
            connection.close()

    monkeypatch.setattr(rules, "evaluate", slow)
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(work)
        try:
            assert inside.wait(PATIENCE_SECONDS)
            yield future, backend[0], go_on
        finally:
            go_on.set()


# ── shards ──────────────────────────────────────────────────────────────────────────────────


def test_the_customers_are_cut_into_ranges_that_cover_everybody_once(
    lender_on_disk: Lender,
) -> None:
    campaign = start(lender_on_disk)
    found = CampaignShard.objects.filter(campaign=campaign).order_by("number")
    assert [(row.number, row.lane, row.customers_total) for row in found] == [
        (0, 0, 3), (1, 1, 3), (2, 0, 2),
    ]  # fmt: skip
    ranges = [(row.first_customer_id, row.last_customer_id) for row in found]
    first = ranges[0][0]
    assert ranges == [(first, first + 2), (first + 3, first + 5), (first + 6, first + 7)]
    run(campaign)
    everybody_was_decided_once(campaign)


def test_two_workers_take_two_lanes_and_a_third_finds_everything_taken(
    lender_on_disk: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = start(lender_on_disk)
    with a_worker_in_mid_batch(campaign, monkeypatch) as (worker, _backend, go_on):
        assert turn(campaign) is Turn.DECIDED  # the other lane's shard, while the first is held
        assert turn(campaign) is Turn.DECIDED
        assert turn(campaign) is Turn.TAKEN  # what follows in the first lane must wait for it
        done = Decision.objects.filter(campaign=campaign).count()
        go_on.set()
        assert worker.result(PATIENCE_SECONDS) is Turn.DECIDED
    assert done == 3
    run(campaign)
    everybody_was_decided_once(campaign)


def test_a_database_that_goes_away_in_mid_batch_loses_and_repeats_nothing(
    lender_on_disk: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = start(lender_on_disk)
    turn(campaign)
    with a_worker_in_mid_batch(campaign, monkeypatch) as (worker, backend, go_on):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
        go_on.set()
        with pytest.raises(OperationalError):
            worker.result(PATIENCE_SECONDS)
    campaign.refresh_from_db()
    assert (campaign.customers_done, Decision.objects.count()) == (2, 2)
    run(campaign)
    everybody_was_decided_once(campaign)


# ── pause, resume, cancel ───────────────────────────────────────────────────────────────────


def test_a_pause_takes_back_the_batch_under_way_and_resuming_goes_on_with_it(
    lender_on_disk: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = start(lender_on_disk)
    turn(campaign)
    with a_worker_in_mid_batch(campaign, monkeypatch) as (worker, _backend, go_on):
        say(campaigns.pause, campaign, "complaints")
        go_on.set()
        assert worker.result(PATIENCE_SECONDS) is Turn.OVER
    assert turn(campaign) is Turn.OVER
    campaign.refresh_from_db()
    assert (campaign.state, campaign.customers_done) == ("paused", 2)
    assert Decision.objects.count() == Notice.objects.count() == 2
    with pytest.raises(Conflict) as refused:
        campaigns.start(product_code="flex-credit", note="x", actor=system("test"), at=SOON)
    assert refused.value.code == "campaign_running"

    say(campaigns.resume, campaign, "answered")
    run(campaign)
    everybody_was_decided_once(campaign)
    told = LedgerEntry.objects.filter(subject_id=campaign.public_id).order_by("id")
    assert list(told.values_list("action", "reason", "actor_id")) == [
        ("campaign.started", "new policy", "test"), ("campaign.paused", "complaints", "7"),
        ("campaign.resumed", "answered", "7"), ("campaign.finished", "", "campaign"),
    ]  # fmt: skip


def test_a_cancelled_campaign_leaves_the_rest_as_they_are(lender_on_disk: Lender) -> None:
    campaign = start(lender_on_disk)
    turn(campaign)
    say(campaigns.pause, campaign)
    say(campaigns.cancel, campaign)
    run(campaign)
    assert (campaign.state, campaign.customers_done, campaign.finished_at) == ("cancelled", 2, SOON)
    assert Access.objects.count() == 2
    assert start(lender_on_disk, 0).pk != campaign.pk


@pytest.mark.parametrize(
    ("verb", "state"),
    [(campaigns.resume, "running"), (campaigns.pause, "paused"), (campaigns.pause, "finished"),
     (campaigns.resume, "finished"), (campaigns.cancel, "finished")],
)  # fmt: skip
def test_what_cannot_be_done_now_is_refused_and_nothing_is_written(
    lender_on_disk: Lender, verb: Callable[..., None], state: str
) -> None:
    campaign = start(lender_on_disk, 2)
    if state == "paused":
        say(campaigns.pause, campaign)
    elif state == "finished":
        run(campaign)
    before = LedgerEntry.objects.count()
    with pytest.raises(Conflict) as refused:
        say(verb, campaign)
    assert refused.value.code == "campaign_state"
    with pytest.raises(Invalid):
        say(verb, campaign, note=" ")
    with pytest.raises(Missing):
        verb(public_id="cam_none", note="x", actor=system("test"), at=SOON)
    campaign.refresh_from_db()
    assert (campaign.state, LedgerEntry.objects.count()) == (state, before)


# ── speeds ──────────────────────────────────────────────────────────────────────────────────


def test_a_slowed_campaign_waits_between_its_batches(lender_on_disk: Lender) -> None:
    campaign = start(lender_on_disk, customers_per_second=2)  # one a second in each lane
    assert [turn(campaign, AT) for _lane in range(3)] == [Turn.DECIDED, Turn.DECIDED, Turn.WAIT]
    second = dt.timedelta(seconds=1)
    assert turn(campaign, AT + second - dt.timedelta(microseconds=1)) is Turn.WAIT
    ends = [turn(campaign, AT + second) for _lane in range(3)]
    assert ends == [Turn.DECIDED, Turn.DECIDED, Turn.WAIT]
    assert Decision.objects.count() == 4


def test_notices_leave_one_after_another_at_the_speed_asked_for(lender_on_disk: Lender) -> None:
    campaign = start(lender_on_disk, notices_per_second=4)  # two a second in each lane
    run(campaign)
    due = sorted(Delivery.objects.values_list("due_at", flat=True))
    half = dt.timedelta(seconds=0.5)
    assert due == sorted([SOON + n * half for n in range(5)] + [SOON + n * half for n in range(3)])
    assert Notice.objects.filter(queued_at=SOON).count() == PEOPLE


def test_a_customer_hears_of_the_campaign_before_what_came_later(lender_on_disk: Lender) -> None:
    campaign = start(lender_on_disk, 2, notices_per_second=1)
    run(campaign)
    waiting = Delivery.objects.get(due_at__gt=SOON)
    later = SOON + dt.timedelta(milliseconds=200)
    lender_on_disk.publish(starter.repayment_behaviour())
    lender_on_disk.decide(waiting.notice.recipient, later)
    mine = Delivery.objects.filter(notice__recipient=waiting.notice.recipient)
    assert list(mine.order_by("due_at").values_list("notice__queued_at", "due_at")) == [
        (SOON, later - dt.timedelta(milliseconds=1)), (later, later),
    ]  # fmt: skip


@pytest.mark.parametrize("speed", [-1, 1_000_001])
def test_a_speed_out_of_bounds_is_refused(lender_on_disk: Lender, speed: int) -> None:
    with pytest.raises(Invalid) as refused:
        start(lender_on_disk, 0, customers_per_second=speed)
    assert (refused.value.code, Campaign.objects.count()) == ("speed_invalid", 0)


# ── switches ────────────────────────────────────────────────────────────────────────────────


def turn_on() -> str:
    try:
        return switches.turn_on(
            scope="product:flex-credit", kind=Kind.EMERGENCY, effect=Effect.CLOSED, note="stop",
            reason_code="EMERGENCY_STOP", actor=system("test"), at=SOON,
        )  # fmt: skip
    finally:
        connection.close()


def test_a_switch_turned_on_waits_for_the_batch_and_lies_over_all_that_follow(
    lender_on_disk: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = start(lender_on_disk)
    with (
        ThreadPoolExecutor(max_workers=1) as pool,
        a_worker_in_mid_batch(campaign, monkeypatch) as (worker, _backend, go_on),
    ):
        switching = pool.submit(turn_on)
        wait_for_a_waiter()
        assert not switching.done()
        go_on.set()
        assert worker.result(PATIENCE_SECONDS) is Turn.DECIDED
        assert switching.result(PATIENCE_SECONDS).startswith("swi_")
    run(campaign)
    effective = Decision.objects.order_by("id").values_list("state", "effective_state")
    assert list(effective) == [("OPEN", "OPEN")] * 2 + [("OPEN", "CLOSED")] * (PEOPLE - 2)
    assert Access.objects.filter(state="OPEN").count() == PEOPLE
    assert Notice.objects.filter(template="access_closed").count() == PEOPLE - 2


def test_what_changes_out_of_sight_under_a_switch_is_recorded_and_not_told(
    lender_on_disk: Lender,
) -> None:
    run(start(lender_on_disk, 2))
    turn_on()
    content = starter.consumer_credit()
    content["tables"][1]["rules"][0]["outputs"][0] = "15000000"  # another limit, no other reason
    lender_on_disk.publish(content)
    again = start(lender_on_disk, 0)
    run(again)
    assert (again.customers_changed, again.customers_told) == (2, 0)
    assert set(Access.objects.values_list("limit_cents", flat=True)) == {15_000_000}
    assert LedgerEntry.objects.filter(action="access.terms_changed").count() == 2
    assert Notice.objects.count() == 2
