"""Applying a product's live policy to every customer, in batches that survive a killed worker.

Progress is committed with the decisions it counts: a batch is done or it never was.
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.access import queries as access
from backoffice.lib import ids
from backoffice.lib.errors import Conflict, Invalid, Refused
from backoffice.lib.outbox import nudge
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, system
from risk.decisions.models import Campaign, CampaignState, DecisionTrigger
from risk.decisions.services import decide_many
from risk.policies import queries as policies

log = structlog.get_logger(__name__)

BATCH = 50
LEASE_SECONDS = 60
PREFIX_AT_MOST = 64  # as long as a reference

_EXTENT = """
SELECT count(*), coalesce(max(id), 0) FROM accounts_customer
WHERE %s = '' OR starts_with(reference, %s)
"""
_NEXT = """
SELECT id, public_id FROM accounts_customer
WHERE id > %s AND id <= %s AND (%s = '' OR starts_with(reference, %s)) ORDER BY id LIMIT %s
"""


@entry
def start(
    *, product_code: str, note: str, actor: Actor, at: dt.datetime, reference_prefix: str = ""
) -> Campaign:
    """Begin applying the live policy to everybody (whose reference begins with the prefix).

    Effects: campaign row, ledger; after commit a worker is nudged. Raises: Invalid, Missing,
    Unavailable (no live policy), Conflict (one is running).
    """
    if not note.strip():
        raise Invalid(_("Say why the policy is applied to everybody."), code="note_required")
    if len(reference_prefix) > PREFIX_AT_MOST or not reference_prefix.isprintable():
        raise Invalid(_("No reference begins like this."), code="prefix_invalid")
    product = access.product(code=product_code)
    version = policies.live(product_id=product.id)
    total, end = extent(reference_prefix=reference_prefix)
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                public_id=ids.ordered("cam"),
                product_id=product.id,
                policy_version_id=version.id,
                note=note.strip(),
                reference_prefix=reference_prefix,
                end_customer_id=end,
                customers_total=total,
                started_by=str(actor),
                started_at=at,
            )
    except IntegrityError as error:
        raise Conflict(
            _("A campaign for this product is still running."), code="campaign_running"
        ) from error
    ledger.record(
        actor=actor, action="campaign.started", subject=("campaign", campaign.public_id),
        reason=campaign.note, detail={"product": product_code, "customers": total},
        at=at,
    )  # fmt: skip
    wake(campaign.public_id)
    return campaign


def extent(*, reference_prefix: str = "") -> tuple[int, int]:
    """How many customers a campaign would decide, and the last of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_EXTENT, [reference_prefix, reference_prefix])
        total, end = cursor.fetchone()
    return total, end


@entry
def run_batch(*, public_id: str, at: dt.datetime) -> bool:
    """Decide the next customers; False when there is nothing left to do.

    Effects: locks the campaign row, so that two workers take turns and no batch is done twice.
    """
    campaign = (
        Campaign.objects.select_related("product")
        .select_for_update(of=["self"])
        .get(public_id=public_id)
    )
    if campaign.state != CampaignState.RUNNING:
        return False
    rows = _next_customers(campaign)
    failed = _decide_batch(campaign, [public_id for _id, public_id in rows], at) if rows else 0
    campaign.customers_done += len(rows)
    campaign.customers_failed += failed
    if rows:
        campaign.last_customer_id = rows[-1][0]
        campaign.lease_until = at + dt.timedelta(seconds=LEASE_SECONDS)
    else:
        campaign.state, campaign.finished_at = CampaignState.FINISHED, at
        ledger.record(
            actor=system("campaign"), action="campaign.finished",
            subject=("campaign", public_id),
            detail={"done": campaign.customers_done, "failed": campaign.customers_failed},
            at=at,
        )  # fmt: skip
    campaign.save(
        update_fields=[
            "customers_done", "customers_failed", "last_customer_id", "lease_until", "state",
            "finished_at",
        ]
    )  # fmt: skip
    return bool(rows)


def abandoned(*, at: dt.datetime) -> list[str]:
    """Running campaigns nobody has worked on for a while."""
    return [
        campaign.public_id
        for campaign in Campaign.objects.filter(state=CampaignState.RUNNING)
        if (campaign.lease_until or campaign.started_at + dt.timedelta(seconds=10)) < at
    ]


def wake(public_id: str) -> None:
    """Effects: after commit, asks a worker to go on with the campaign."""
    nudge("risk.decisions.run_campaign", public_id)


def _next_customers(campaign: Campaign) -> list[tuple[int, str]]:
    prefix = campaign.reference_prefix
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT,
            [campaign.last_customer_id, campaign.end_customer_id, prefix, prefix, BATCH],
        )
        return list(cursor.fetchall())


def _decide_batch(campaign: Campaign, customers: list[str], at: dt.datetime) -> int:
    """How many could not be decided. Together while nobody fails, which is nearly always.

    Only what is wrong with the database itself ends the batch, which is then done again.
    """
    try:
        with transaction.atomic():
            _decide(campaign, customers, at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # somebody's trouble: found, counted and said one by one
        log.warning(
            "campaign_batch_redone", campaign=campaign.public_id, error=type(error).__name__
        )
        return sum(not _decide_one(campaign, one, at) for one in customers)
    return 0


def _decide_one(campaign: Campaign, customer_public_id: str, at: dt.datetime) -> bool:
    """One customer's failure is counted and recorded; the others go on."""
    try:
        with transaction.atomic():
            _decide(campaign, [customer_public_id], at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # one customer's trouble must not hold up everybody else
        code = error.code if isinstance(error, Refused) else "unexpected"
        if code == "unexpected":
            log.exception(
                "campaign_customer_failed",
                campaign=campaign.public_id, customer=customer_public_id,
            )  # fmt: skip
        ledger.record(
            actor=system("campaign"), action="campaign.customer_failed",
            subject=("customer", customer_public_id),
            detail={"campaign": campaign.public_id, "code": code},
            at=at,
        )  # fmt: skip
        return False
    return True


def _decide(campaign: Campaign, customers: list[str], at: dt.datetime) -> None:
    decide_many(
        customer_public_ids=customers,
        product_code=campaign.product.code,
        trigger=DecisionTrigger.CAMPAIGN,
        actor=system("campaign"),
        at=at,
        campaign_id=campaign.id,
    )
