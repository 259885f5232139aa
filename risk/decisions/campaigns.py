"""Applying a published policy version to every customer: what people start, pause and end.

The customers are cut into shards, ranges of ids that workers take (`risk.decisions.shards`). A
campaign applies the version it was started with and no other, save that a challenger keeps its
share.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.access import queries as access
from backoffice.lib import ids
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.outbox import nudge
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from risk.decisions.facts import CAMPAIGN_MOVES, CampaignState
from risk.decisions.models import Campaign, CampaignShard
from risk.policies import activation

SHARD = 10_000  # customers; small enough that no lane is left alone for long at the end
SHARD_AT_LEAST = 1000
TAKEN_UP_SECONDS = 10  # the time a worker has to begin
PREFIX_AT_MOST = 64  # as long as a reference
SPEED_AT_MOST = 1_000_000

_COUNT = """
SELECT count(*) FROM accounts_customer WHERE %s = '' OR starts_with(reference, %s)
"""
_RANGES = """
SELECT number, min(id), max(id), count(*) FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS number
    FROM accounts_customer WHERE %s = '' OR starts_with(reference, %s)
) AS numbered GROUP BY number ORDER BY number
"""


@entry
def start(
    *,
    product_code: str,
    note: str,
    actor: Actor,
    at: dt.datetime,
    reference_prefix: str = "",
    customers_per_second: int | None = None,
    notices_per_second: int | None = None,
) -> Campaign:
    """Begin applying the live policy to everybody (whose reference begins with the prefix).

    Units: speeds of the whole campaign, 0 as fast as it goes, None as configured. Effects:
    campaign and shard rows, ledger; after commit workers are nudged. Raises: Invalid, Missing,
    Unavailable (no live policy), Conflict (one is not finished).
    """
    if not note.strip():
        raise Invalid(_("Say why the policy is applied to everybody."), code="note_required")
    if len(reference_prefix) > PREFIX_AT_MOST or not reference_prefix.isprintable():
        raise Invalid(_("No reference begins like this."), code="prefix_invalid")
    speeds = {
        "customers_per_second": _speed(
            customers_per_second, settings.CAMPAIGN_CUSTOMERS_PER_SECOND
        ),
        "notices_per_second": _speed(notices_per_second, settings.CAMPAIGN_NOTICES_PER_SECOND),
    }
    product = access.product(code=product_code)
    version = activation.in_force(product_id=product.id, at=at).live
    ranges = _ranges(reference_prefix)
    campaign = _created(
        Campaign(
            public_id=ids.ordered("cam"),
            product_id=product.id,
            policy_version_id=version.id,
            note=note.strip(),
            reference_prefix=reference_prefix,
            end_customer_id=ranges[-1][2] if ranges else 0,
            lanes=settings.CAMPAIGN_LANES,
            customers_total=sum(count for _number, _first, _last, count in ranges),
            started_by=str(actor),
            started_at=at,
            running_since=at,
            lease_until=at + dt.timedelta(seconds=TAKEN_UP_SECONDS),
            **speeds,
        )
    )
    _plan(campaign, ranges, at)
    ledger.record(
        actor=actor, action="campaign.started", subject=("campaign", campaign.public_id),
        reason=campaign.note, at=at,
        detail={"product": product_code, "customers": campaign.customers_total},
    )  # fmt: skip
    wake(campaign)
    return campaign


def extent(*, reference_prefix: str = "") -> int:
    """How many customers a campaign would decide."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [reference_prefix, reference_prefix])
        return int(cursor.fetchone()[0])


@entry
def pause(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> None:
    """Stop for a while. Once this has returned, no batch of it commits until it is resumed.

    Effects: campaign row (the batches under way are taken back, or waited for in their last
    moment), ledger. Raises: Invalid (no reason), Missing, Conflict.
    """
    campaign = _locked(public_id, note)
    _move(campaign, CampaignState.PAUSED, "campaign.paused", note, actor, at)


@entry
def resume(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> None:
    """Go on where it was. Effects: campaign row, ledger; after commit workers are nudged."""
    campaign = _locked(public_id, note)
    campaign.lease_until = at + dt.timedelta(seconds=TAKEN_UP_SECONDS)
    campaign.running_since, campaign.done_before = at, campaign.customers_done
    _move(campaign, CampaignState.RUNNING, "campaign.resumed", note, actor, at)
    wake(campaign)


@entry
def cancel(*, public_id: str, note: str, actor: Actor, at: dt.datetime) -> None:
    """End it for good; who was decided stays decided. Effects, raises: as `pause`."""
    campaign = _locked(public_id, note)
    campaign.finished_at = max(at, campaign.started_at)
    _move(campaign, CampaignState.CANCELLED, "campaign.cancelled", note, actor, at)


def abandoned(*, at: dt.datetime) -> list[Campaign]:
    """Running campaigns nobody has worked on for a while."""
    return list(Campaign.objects.filter(state=CampaignState.RUNNING).exclude(lease_until__gte=at))


def wake(campaign: Campaign) -> None:
    """Effects: after commit, asks as many workers as the campaign has lanes to go on with it."""
    for worker in range(campaign.lanes):
        nudge("risk.decisions.run_campaign", campaign.public_id, worker)


def _created(campaign: Campaign) -> Campaign:
    try:
        with transaction.atomic():
            campaign.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            _("A campaign for this product is not finished."), code="campaign_running"
        ) from error
    return campaign


def _speed(given: int | None, configured: int) -> int:
    speed = configured if given is None else given
    if not 0 <= speed <= SPEED_AT_MOST:
        raise Invalid(_("Speeds are from 0 to 1,000,000 a second."), code="speed_invalid")
    return speed


def _ranges(prefix: str) -> list[tuple[int, int, int, int]]:
    """Shape: (number, first id, last id, customers)."""
    even = -(-extent(reference_prefix=prefix) // settings.CAMPAIGN_LANES)
    size = min(max(even, SHARD_AT_LEAST), SHARD)
    with connection.cursor() as cursor:
        cursor.execute(_RANGES, [size, prefix, prefix])
        return list(cursor.fetchall())


def _plan(campaign: Campaign, ranges: list[tuple[int, int, int, int]], at: dt.datetime) -> None:
    CampaignShard.objects.bulk_create(
        CampaignShard(
            campaign=campaign,
            number=number,
            lane=number % campaign.lanes,
            first_customer_id=first,
            last_customer_id=last,
            done_customer_id=first - 1,
            customers_total=count,
            due_at=at,
            told_until=at,
        )
        for number, first, last, count in ranges
    )


def _locked(public_id: str, note: str) -> Campaign:
    if not note.strip():
        raise Invalid(_("Say why."), code="note_required")
    found = Campaign.objects.select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such campaign."), code="campaign_unknown")
    return found


def _move(
    campaign: Campaign, to: CampaignState, action: str, note: str, actor: Actor, at: dt.datetime
) -> None:
    if to not in CAMPAIGN_MOVES.get(CampaignState(campaign.state), ()):
        raise Conflict(_("The campaign is no longer in a state for this."), code="campaign_state")
    campaign.state = to.value
    campaign.save(
        update_fields=["state", "lease_until", "finished_at", "running_since", "done_before"]
    )
    ledger.record(
        actor=actor, action=action, subject=("campaign", campaign.public_id), reason=note.strip(),
        detail={"done": campaign.customers_done, "failed": campaign.customers_failed}, at=at,
    )  # fmt: skip
