"""What the page of a campaign shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count

from compliance.ledger import queries as ledger
from risk.decisions.models import Campaign, CampaignFailure, CampaignShard, CampaignState

FAILURES_SHOWN = 50
SHARDS_SHOWN = 100
HISTORY_SHOWN = 50


def campaign_page(campaign: Campaign, *, at: dt.datetime) -> dict[str, Any]:
    """Progress, shards, failures and history. Five queries."""
    entries = ledger.about(subject=("campaign", campaign.public_id), limit=HISTORY_SHOWN)
    failures = CampaignFailure.objects.filter(campaign=campaign)
    return {
        "campaign": campaign,
        "share": share(campaign),
        "is_live": campaign.state == CampaignState.RUNNING,
        **_speed(campaign, at),
        "shards": _shards(campaign),
        "codes": list(failures.values("code").annotate(count=Count("id")).order_by("-count")),
        "failures": list(failures.select_related("customer").order_by("-id")[:FAILURES_SHOWN]),
        "entries": entries,
        "names": ledger.actor_names([campaign.started_by, *(entry.actor for entry in entries)]),
    }


def share(campaign: Campaign) -> int:
    """Percent."""
    return min(100 * campaign.customers_done // max(campaign.customers_total, 1), 100)


def _shards(campaign: Campaign) -> list[CampaignShard]:
    """What is being worked on first, then what is to come, then what is done."""
    rows = CampaignShard.objects.filter(campaign=campaign).order_by("number")
    return sorted(
        rows, key=lambda row: (row.finished_at is not None, row.customers_done == 0, row.number)
    )[:SHARDS_SHOWN]


def _speed(campaign: Campaign, at: dt.datetime) -> dict[str, Any]:
    """Customers a second since it was started or resumed, and when it will be done at that."""
    since = campaign.running_since or campaign.started_at
    seconds = ((campaign.finished_at or at) - since).total_seconds()
    done = campaign.customers_done - campaign.done_before
    if campaign.state != CampaignState.RUNNING or seconds <= 0 or done <= 0:
        return {"rate": None, "ends_at": None}
    rate = done / seconds
    left = max(campaign.customers_total - campaign.customers_done, 0)
    return {"rate": round(rate), "ends_at": at + dt.timedelta(seconds=left / rate)}
