"""Workers die without a word, in the middle of things. Nothing is lost, nothing counts twice."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.customers.models import Customer
from backoffice.lib import outbox
from backoffice.schedule import SCHEDULE
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Delivery, Notice
from risk.decisions import campaigns
from risk.decisions.models import Campaign, Decision
from tests.lender import AT, Lender
from tests.processes import wait_for, worker
from tests.receiver import SECRET, receiving

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

CUSTOMERS = 400


def sweep(what: str) -> None:
    """What the scheduler does on its own every few seconds."""
    outbox.app.send_task(str(SCHEDULE[what]["task"]), SCHEDULE[what].get("args", ()))


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Delivery.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_killed_in_mid_delivery_every_notice_is_sent_and_counted_once(
    lender_on_disk: Lender, broker: str, settings: object
) -> None:
    settings.NOTICE_BY_EMAIL = False  # type: ignore[attr-defined]
    with receiving() as receiver:
        hook = {"WEBHOOK_URL": receiver.url, "WEBHOOK_SECRET": SECRET}
        settings.NOTICE_WEBHOOK_URL = receiver.url  # type: ignore[attr-defined]
        for number in range(5):
            lender_on_disk.decide(lender_on_disk.customer(f"C-{number}"))
        receiver.is_open.clear()
        with worker(broker_url=broker, **hook) as first:
            wait_for(lambda: receiver.received, first.said)
            first.kill()
        assert states() == {"sending": 1, "queued": 4}
        receiver.is_open.set()

        Delivery.objects.filter(state="sending").update(due_at=timezone.now())  # its lease ends
        with worker(broker_url=broker, **hook) as second:
            sweep("deliver notices whose nudge was lost")
            wait_for(lambda: states() == {"sent": 5}, second.said)
        notices = set(Notice.objects.values_list("public_id", flat=True))
        assert len(notices) == 5
        assert set(receiver.ids) == notices
        [interrupted] = {one for one in receiver.ids if receiver.ids.count(one) > 1}
        assert receiver.ids.count(interrupted) == 2  # the same id: the receiver can tell
        assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [1, 1, 1, 1, 2]


def test_killed_in_mid_campaign_every_customer_is_decided_once(
    lender_on_disk: Lender, broker: str
) -> None:
    Customer.objects.bulk_create(
        Customer(public_id=f"cus_{n}", reference=f"C-{n}", created_at=AT, changed_at=AT)
        for n in range(CUSTOMERS)
    )
    campaign = campaigns.start(
        product_code="flex-credit", note="new policy", actor=system("test"), at=timezone.now(),
        customers_per_second=100,  # slow enough to be met in the middle
    )  # fmt: skip

    def done() -> int:
        return Campaign.objects.values_list("customers_done", flat=True).get()

    with worker(broker_url=broker) as first:
        wait_for(lambda: done() > 0, first.said)
        first.kill()
    stopped_at = done()
    assert 0 < stopped_at < CUSTOMERS
    assert Decision.objects.count() == stopped_at  # a batch is done or it never was

    Campaign.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    with worker(broker_url=broker) as second:
        sweep("continue campaigns whose worker died")
        wait_for(lambda: Campaign.objects.get().state == "finished", second.said)
    campaign.refresh_from_db()
    assert (campaign.customers_done, campaign.customers_failed) == (CUSTOMERS, 0)
    assert Decision.objects.count() == CUSTOMERS
    assert Decision.objects.values("customer").distinct().count() == CUSTOMERS
    assert Notice.objects.values("recipient").distinct().count() == CUSTOMERS
    assert Notice.objects.count() == CUSTOMERS
    assert LedgerEntry.objects.filter(action="access.refused").count() == CUSTOMERS
