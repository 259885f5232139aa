"""`make demo-real`: a real portfolio through the same services: import, policy, campaign, outcome.

The file is old; it is read as if it had been observed today, or every signal would be stale.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.access import queries as access_queries
from accounts.access import services as access
from accounts.staff import queries as staff_queries
from accounts.staff import services as staff_services
from accounts.staff.facts import Role
from backoffice.lib import clock
from backoffice.lib.errors import Missing, NotAllowed, Unavailable
from backoffice.lib.transactions import entry, joined
from compliance.ledger.facts import Actor, staff, system
from compliance.reasons import services as reasons
from risk.decisions import campaigns
from risk.decisions import queries as decisions
from risk.decisions.models import Campaign, CampaignState
from risk.demo.proving import prove_on_everybody
from risk.intake import running
from risk.intake.customer_mapping import read_mapping
from risk.intake.facts import Summary
from risk.intake.kinds import CUSTOMERS
from risk.policies import queries as policy_queries
from risk.policies import services as policies
from risk.policies import starter
from risk.tables.services import content_hash, model_from_json

PRODUCT, PREFIX = "taiwan-card", "TW-"
MAPPING = Path("docs/examples/taiwan.toml")
SOURCE = "uci-taiwan-2005"
ACTOR = system("demo_real")
STALLED_SECONDS, GIVE_UP_SECONDS = 15, 120


def refuse_outside_demo() -> None:
    """Raises: NotAllowed. What is made here is not for a real lender."""
    if not settings.IS_DEMO:
        raise NotAllowed("This is only for SLUICE_MODE=demo.", code="not_the_demo")


def import_portfolio(*, path: Path, progress: running.Progress) -> Summary:
    """Raises: FileRefused, MappingRefused. Effects: see `running.import_file`."""
    at = clock.now()
    mapping = read_mapping(
        (settings.ROOT / MAPPING).read_bytes(),
        at=at,
        observed_at=clock.as_moment(clock.business_date(at)),
    )
    state = settings.ROOT / ".sluice"
    state.mkdir(mode=0o700, exist_ok=True)
    options = running.Options(rejects=state / "demo-real.rejects.csv")
    return running.import_file(
        path=path,
        kind=CUSTOMERS,
        mapping=mapping,
        options=options,
        actor=ACTOR,
        progress=progress,
    )


def put_policy_in_force() -> str:
    """The starter policy for repayment behaviour, live for the product; answers its hash.

    Effects: reasons, product, two colleagues, policy version; only what is absent.
    """
    at = clock.now()
    staff_services.sync_roles()
    reasons.install_starter_reasons(actor=ACTOR)
    product_id = _product_id(at)
    content = starter.repayment_behaviour()
    wanted = content_hash(model_from_json(content))
    try:
        if policy_queries.live(product_id=product_id).content_hash == wanted:
            return wanted
    except Unavailable:
        pass
    version = _waiting(wanted) or _submit(content, at)
    prove_on_everybody(public_id=version, note="Before its first approval.", actor=ACTOR)
    _publish(version, wanted, clock.now())
    return wanted


def _waiting(wanted: str) -> str | None:
    """What a killed run has submitted, and perhaps backtested."""
    known = policy_queries.versions().filter(
        product__code=PRODUCT, content_hash=wanted, status__in=["submitted", "backtested"]
    )
    return known.values_list("public_id", flat=True).first()


@entry
def _submit(content: dict[str, Any], at: dt.datetime) -> str:
    analyst = _colleague("demo-real-analyst", "Portfolio analyst", Role.RISK_ANALYST)
    version = joined(policies.create_draft)(
        product_code=PRODUCT, title="Repayment behaviour", content=content, actor=analyst, at=at
    ).public_id
    joined(policies.submit)(
        public_id=version, actor=analyst, at=at,
        change_note="The shipped starter policy for a portfolio with repayment history.",
    )  # fmt: skip
    return version


@entry
def _publish(version: str, wanted: str, at: dt.datetime) -> None:
    """Both or neither: a run that is killed leaves no version half way."""
    approver = _colleague("demo-real-approver", "Portfolio approver", Role.POLICY_APPROVER)
    joined(policies.approve)(
        public_id=version, approved_hash=wanted, note="Compared with the shipped policy.",
        actor=approver, at=at,
    )  # fmt: skip
    joined(policies.publish)(
        public_id=version, note="First policy of the portfolio.", actor=approver, at=at
    )


def start_campaign() -> Campaign:
    """One that is running (a killed run left it) is gone on with."""
    running_now = decisions.campaigns().filter(product__code=PRODUCT, state=CampaignState.RUNNING)
    found = running_now.first()
    if found is not None:
        campaigns.wake(found)
        return found
    return campaigns.start(
        product_code=PRODUCT,
        note="Apply the starter policy to the imported portfolio.",
        actor=ACTOR,
        at=clock.now(),
        reference_prefix=PREFIX,
    )


def wait_for(
    *, public_id: str, progress: Callable[[Campaign], None], check: Callable[[], None]
) -> Campaign:
    """Until the worker has decided everybody. A lost nudge is repeated; `check` may raise.

    Raises: Unavailable when nothing has moved for two minutes.
    """
    moved_at, woken_at, done = time.monotonic(), time.monotonic(), -1
    while True:
        campaign = decisions.campaign(public_id=public_id)
        progress(campaign)
        now = time.monotonic()
        if campaign.state != CampaignState.RUNNING:
            return campaign
        if campaign.customers_done != done:
            moved_at, done = now, campaign.customers_done
        elif now - moved_at > GIVE_UP_SECONDS:
            raise Unavailable("No worker is taking up the campaign.", code="no_worker")
        elif now - max(moved_at, woken_at) > STALLED_SECONDS:
            campaigns.wake(campaign)
            woken_at = now
        check()
        time.sleep(0.25)


def _product_id(at: dt.datetime) -> int:
    try:
        return access_queries.product(code=PRODUCT).id
    except Missing:
        return access.offer_product(
            code=PRODUCT,
            names=("台湾信用卡(公开数据)", "Taiwan credit card (public data)"),
            currency="TWD",
            amounts_cents=(100_000, 100_000_000),
            terms_months=(1, 12),
            annual_rates=(Decimal("0.03"), Decimal("0.15")),
            review_days=30,
            note="The portfolio the public data came from.",
            actor=ACTOR,
            at=at,
        )


def _colleague(username: str, display_name: str, role: Role) -> Actor:
    """Without a password: nobody can log in as them."""
    known = staff_queries.staff_users().filter(username=username).first()
    if known is not None:
        return staff(known.pk)
    user = staff_services.create_staff(
        username=username,
        password=None,
        role=role,
        display_name=display_name,
        language="en",
        actor=ACTOR,
    )
    return staff(user.pk)
