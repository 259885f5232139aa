"""A broker that loses, repeats or refuses messages delays things and changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from backoffice.lib import outbox
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Delivery, Notice
from risk.decisions import campaigns
from risk.decisions.models import Campaign, Decision
from tests.journeys.test_a_worker_is_killed import states, sweep
from tests.lender import Lender
from tests.processes import Process, lose_all_messages, wait_for, worker
from tests.receiver import SECRET, Receiver, receiving

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with receiving() as found:
        settings.NOTICE_WEBHOOK_URL, settings.NOTICE_BY_EMAIL = found.url, False
        yield found


@pytest.fixture
def at_work(lender_on_disk: Lender, broker: str, receiver: Receiver) -> Iterator[Process]:
    hook = {"WEBHOOK_URL": receiver.url, "WEBHOOK_SECRET": SECRET}
    with worker(broker_url=broker, **hook) as found:
        yield found


def test_messages_lost_repeated_and_refused_all_end_in_each_thing_done_once(
    lender_on_disk: Lender, at_work: Process, broker: str, receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    customers = [lender_on_disk.customer(f"C-{number}") for number in range(3)]

    # Refused: the broker is down. The decision stands, at once, and its notice waits in a row.
    nowhere = outbox.app.connection_for_write("redis+socket:///nowhere/broker.sock")
    with monkeypatch.context() as patch, nowhere:
        send = partial(type(outbox.app).send_task, outbox.app, connection=nowhere)
        patch.setattr(outbox.app, "send_task", send)
        began = time.monotonic()
        decided = lender_on_disk.decide(customers[0])
        assert time.monotonic() - began < 3
        assert outbox._silent_until > began  # it was tried, and failed
    assert Decision.objects.get().public_id == decided.public_id
    assert states() == {"queued": 1}
    monkeypatch.setattr(outbox, "_silent_until", 0.0)

    # The next decision's nudge finds the broker again, and the worker finds both rows.
    lender_on_disk.decide(customers[1])
    wait_for(lambda: states() == {"sent": 2}, at_work.said)

    # Lost: every nudge is swallowed. The sweep finds the rows.
    with monkeypatch.context() as patch:
        patch.setattr(outbox.app, "send_task", lambda *_arguments, **_options: None)
        lender_on_disk.decide(customers[2])
        campaign = campaigns.start(
            product_code="flex-credit", note="all", actor=system("test"), at=timezone.now()
        )
    lose_all_messages(broker)
    assert states() == {"sent": 2, "queued": 1}
    assert Campaign.objects.get().customers_done == 0
    sweep("deliver notices whose nudge was lost")
    wait_for(lambda: states() == {"sent": 3}, at_work.said)

    # Repeated: every message three times, the campaign's and the sweep's alike.
    for _time in range(3):
        outbox.app.send_task("risk.decisions.run_campaign", (campaign.public_id,))
        sweep("deliver notices whose nudge was lost")
        sweep("continue campaigns whose worker died")
    wait_for(lambda: Campaign.objects.get().state == "finished", at_work.said)
    for _time in range(3):
        outbox.app.send_task("risk.decisions.run_campaign", (campaign.public_id,))
        sweep("deliver notices whose nudge was lost")
    done = "succeeded in"
    wait_for(lambda: at_work.said().count(done) >= 15, at_work.said)
    wait_for(lambda: not {"queued", "sending"} & set(states()), at_work.said)

    assert Decision.objects.filter(campaign=campaign).count() == 3
    assert Campaign.objects.get().customers_done == 3
    assert LedgerEntry.objects.filter(action="campaign.finished").count() == 1
    by_webhook = Delivery.objects.filter(channel="webhook")
    assert set(by_webhook.values_list("state", "attempts")) == {("sent", 1)}
    told = Notice.objects.values_list("public_id", flat=True)
    assert len(told) == 6  # three requests, and the campaign for each of the three
    assert sorted(receiver.ids) == sorted(told)
