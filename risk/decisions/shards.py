"""The workers' part of a campaign: one batch of one shard after another.

A batch is one transaction: decisions, restrictions, access, ledger, notices and the counts that
say they are done. The locked shard row is the worker's claim: a worker that dies, or a database
that restarts, takes its batch and its claim with it, and the next worker does it as if nothing
had been. No customer is decided twice, which a unique key promises besides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from django.db import connection, transaction
from django.db.models import F

from backoffice.lib.errors import Refused
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Entry, system
from compliance.notices.facts import Pace
from risk.decisions.facts import CampaignState, Decided, Turn
from risk.decisions.models import (
    Campaign,
    CampaignFailure,
    CampaignShard,
    DecisionTrigger,
    StopCode,
)
from risk.decisions.services import decide_many
from risk.decisions.together import UNEXPECTED, code_of, spared

log = structlog.get_logger(__name__)

# Longer ones save little and hold customers and the switch fence for longer: 2000 take a fifth of
# a second.
BATCH = 2000
LEASE_SECONDS = 60
ACTOR = system("campaign")

# The first unfinished shard of each lane, in the order of the customers. The outer conditions are
# looked at again once the row is locked.
_CLAIM = """
SELECT id FROM risk_campaignshard WHERE id IN (
    SELECT DISTINCT ON (lane) id FROM risk_campaignshard
    WHERE campaign_id = %s AND finished_at IS NULL ORDER BY lane, number
) AND finished_at IS NULL AND due_at <= %s
ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_UNFINISHED = """
SELECT count(*), count(*) FILTER (WHERE due_at <= %s) FROM (
    SELECT DISTINCT ON (lane) due_at FROM risk_campaignshard
    WHERE campaign_id = %s AND finished_at IS NULL ORDER BY lane, number
) AS next_of_each_lane
"""
_TOLD_UNTIL = """
SELECT max(told_until) FROM risk_campaignshard WHERE campaign_id = %s AND lane = %s
"""
_CUSTOMERS = """
SELECT public_id, id FROM accounts_customer
WHERE id > %s AND id <= %s AND (%s = '' OR starts_with(reference, %s)) ORDER BY id LIMIT %s
"""


@dataclass
class _Tally:
    """What became of one batch. Shape of failures: public id → why."""

    customers: dict[str, int]
    changed: int = 0
    told: int = 0
    failures: dict[str, Exception] = field(default_factory=dict)

    def count(self, decided: Sequence[Decided]) -> None:
        self.changed += sum(one.change.is_changed for one in decided)
        self.told += sum(one.change.is_changed and one.change.is_told for one in decided)


class _Halted(Exception):
    """Somebody paused or ended the campaign while the batch was being decided."""


@entry
def run_batch(*, public_id: str, at: dt.datetime) -> Turn:
    """Decide the next customers of a shard nobody else has in hand.

    Effects: locks a shard, then as `decide_many`; last the campaign's counts. Ends the campaign
    when nobody is left, or when the version it applies is no longer in force.
    """
    campaign = Campaign.objects.select_related("product").get(public_id=public_id)
    if campaign.state != CampaignState.RUNNING:
        return Turn.OVER
    shard = _claim(campaign, at)
    if shard is None:
        return _nothing_to_do(campaign, at)
    try:
        with transaction.atomic():
            _decide_next(campaign, shard, at)
    except _Halted:
        return Turn.OVER
    except Refused as error:
        if error.code not in StopCode.values:
            raise
        _end(campaign, CampaignState.STOPPED, at, stop_code=error.code)
        return Turn.OVER
    return Turn.DECIDED


def _claim(campaign: Campaign, at: dt.datetime) -> CampaignShard | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [campaign.pk, at])
        row = cursor.fetchone()
    return CampaignShard.objects.get(pk=row[0]) if row else None


def _nothing_to_do(campaign: Campaign, at: dt.datetime) -> Turn:
    """Effects: ends the campaign when every shard is finished."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFINISHED, [at, campaign.pk])
        unfinished, due = cursor.fetchone()
    if unfinished:
        return Turn.TAKEN if due else Turn.WAIT
    _end(campaign, CampaignState.FINISHED, at)
    return Turn.OVER


def _decide_next(campaign: Campaign, shard: CampaignShard, at: dt.datetime) -> None:
    size = _size(campaign)
    tally = _Tally(_customers(campaign, shard, size))
    told_from = max(at, _told_until(shard))
    _decide(campaign, tally, list(tally.customers), told_from, at)
    _record_failures(campaign, tally, at)
    is_last = len(tally.customers) < size or shard.last_customer_id in tally.customers.values()
    _advance(campaign, shard, tally, is_last=is_last, told_from=told_from, at=at)
    if not _count(campaign, tally, at):
        raise _Halted


def _size(campaign: Campaign) -> int:
    """A slowed campaign takes what a lane may decide in a second."""
    speed = campaign.customers_per_second
    return min(BATCH, max(1, speed // campaign.lanes)) if speed else BATCH


def _customers(campaign: Campaign, shard: CampaignShard, size: int) -> dict[str, int]:
    """Shape: public id → row id, in order of the latter."""
    prefix = campaign.reference_prefix
    with connection.cursor() as cursor:
        cursor.execute(
            _CUSTOMERS, [shard.done_customer_id, shard.last_customer_id, prefix, prefix, size]
        )
        return dict(cursor.fetchall())


def _told_until(shard: CampaignShard) -> dt.datetime:
    """When the last notice of the shard's lane leaves: the next waits its turn behind it."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD_UNTIL, [shard.campaign_id, shard.lane])
        until: dt.datetime = cursor.fetchone()[0]
    return until


def _decide(
    campaign: Campaign,
    tally: _Tally,
    customers: Sequence[str],
    told_from: dt.datetime,
    at: dt.datetime,
) -> None:
    """What is wrong with the campaign as a whole ends the batch, which then never was."""

    def decide(public_ids: list[str]) -> None:
        tally.count(_decide_together(campaign, public_ids, told_from, tally.told, at))

    tally.failures |= spared(
        customers, decide, for_all=StopCode.values, campaign=campaign.public_id
    )


def _decide_together(
    campaign: Campaign,
    public_ids: list[str],
    told_from: dt.datetime,
    told: int,
    at: dt.datetime,
) -> list[Decided]:
    every = _every(campaign)
    return decide_many(
        customer_public_ids=public_ids,
        product_code=campaign.product.code,
        trigger=DecisionTrigger.CAMPAIGN,
        actor=ACTOR,
        at=at,
        campaign_id=campaign.pk,
        policy_version_id=campaign.policy_version_id,
        pace=Pace(told_from + told * every, every) if every else None,
    )


def _every(campaign: Campaign) -> dt.timedelta:
    """Between two notices of one lane."""
    speed = campaign.notices_per_second
    return dt.timedelta(seconds=campaign.lanes / speed) if speed else dt.timedelta()


def _record_failures(campaign: Campaign, tally: _Tally, at: dt.datetime) -> None:
    if not tally.failures:
        return
    codes = {public_id: code_of(error) for public_id, error in tally.failures.items()}
    for public_id, error in tally.failures.items():
        if codes[public_id] == UNEXPECTED:
            # Neither the text nor the traceback: both may quote what a customer told us.
            log.error(
                "campaign_customer_failed", campaign=campaign.public_id, customer=public_id,
                error=type(error).__name__,
            )  # fmt: skip
    CampaignFailure.objects.bulk_create(
        CampaignFailure(
            campaign=campaign, customer_id=tally.customers[public_id], code=code, failed_at=at
        )
        for public_id, code in codes.items()
    )
    entries = [
        Entry(
            "campaign.customer_failed", ("customer", public_id),
            {"campaign": campaign.public_id, "code": code},
        )
        for public_id, code in codes.items()
    ]  # fmt: skip
    ledger.record_all(actor=ACTOR, entries=entries, at=at)


def _advance(
    campaign: Campaign,
    shard: CampaignShard,
    tally: _Tally,
    *,
    is_last: bool,
    told_from: dt.datetime,
    at: dt.datetime,
) -> None:
    done, speed = len(tally.customers), campaign.customers_per_second
    shard.customers_done += done
    shard.customers_changed += tally.changed
    shard.customers_told += tally.told
    shard.customers_failed += len(tally.failures)
    shard.told_until = told_from + tally.told * _every(campaign)
    shard.done_customer_id = shard.last_customer_id if is_last else max(tally.customers.values())
    shard.finished_at = at if is_last else None
    pause = dt.timedelta(seconds=done * campaign.lanes / speed) if speed else dt.timedelta()
    CampaignShard.objects.filter(
        campaign=campaign, lane=shard.lane, finished_at__isnull=True
    ).update(due_at=at + pause)  # whichever of the lane is next waits as long
    shard.due_at = at + pause
    shard.save()


def _count(campaign: Campaign, tally: _Tally, at: dt.datetime) -> bool:
    """False when the campaign is no longer running. Last of all: others wait for this row."""
    return bool(
        Campaign.objects.filter(pk=campaign.pk, state=CampaignState.RUNNING).update(
            customers_done=F("customers_done") + len(tally.customers),
            customers_changed=F("customers_changed") + tally.changed,
            customers_told=F("customers_told") + tally.told,
            customers_failed=F("customers_failed") + len(tally.failures),
            lease_until=at + dt.timedelta(seconds=LEASE_SECONDS),
        )
    )


def _end(campaign: Campaign, state: CampaignState, at: dt.datetime, *, stop_code: str = "") -> None:
    """Once, whoever comes first. Effects: campaign row, ledger."""
    ended = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.RUNNING).update(
        state=state.value, stop_code=stop_code, finished_at=max(at, campaign.started_at)
    )
    if not ended:
        return
    campaign.refresh_from_db()
    detail = {"done": campaign.customers_done, "failed": campaign.customers_failed}
    ledger.record(
        actor=ACTOR, action=f"campaign.{state.value}", subject=("campaign", campaign.public_id),
        detail=detail | ({"code": stop_code} if stop_code else {}), at=at,
    )  # fmt: skip
