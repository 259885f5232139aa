"""News comes in over the API; a worker decides again, access moves and the customer is told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.access import services as access
from accounts.access.models import Access
from accounts.customers.models import Customer
from backoffice.lib import outbox
from compliance.notices.models import Delivery, Notice
from risk.decisions.models import Decision
from risk.signals import services as signals
from risk.signals.models import Recheck
from tests.api_client import LenderApp
from tests.journeys.test_a_worker_is_killed import sweep
from tests.lender import GOOD_SIGNALS, Lender
from tests.processes import Process, lose_all_messages, wait_for, worker
from tests.threads import at_once

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

SWEEP = "decide again whose facts changed, nudge lost or cool-down over"


@pytest.fixture
def at_work(lender_on_disk: Lender, broker: str) -> Any:
    with worker(broker_url=broker) as found:
        yield found


def is_quiet() -> bool:
    return not Recheck.objects.exists()


def state() -> str | None:
    return Access.objects.get().state


def by_events() -> int:
    return Decision.objects.filter(trigger="event").count()


def test_news_over_the_api_moves_access_and_a_storm_of_it_makes_one_decision(
    lender_on_disk: Lender, at_work: Process, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lender, app = lender_on_disk, LenderApp()
    customer = lender.customer()
    key = Customer.objects.get().pk
    signals.write(customer_id=key, values=GOOD_SIGNALS, observed_at=timezone.now())
    lender.decide(customer, timezone.now())
    assert state() == "OPEN"

    def send(score: int) -> None:
        event = {
            "event_id": uuid.uuid4().hex, "kind": "score", "customer_id": customer,
            "occurred_at": timezone.now().isoformat(), "score": score,
        }  # fmt: skip
        for _time in range(2):  # told twice, it counts once
            [result] = app.post("events", {"events": [event]}).json()["results"]
            assert result["status"] == "accepted"

    # Bad news closes at once, and the customer hears why.
    send(score=500)
    wait_for(lambda: state() == "CLOSED", at_work.said)
    wait_for(lambda: not Delivery.objects.filter(state__in=["queued", "sending"]), at_work.said)
    assert Notice.objects.latest("id").context["reason_codes"] == ["SCORE_TOO_LOW"]
    assert (by_events(), is_quiet()) == (1, True)

    # Good news waits for the cool-down; when that is over the sweep finds the row.
    send(score=720)
    wait_for(lambda: Recheck.objects.filter(state="held").exists(), at_work.said)
    assert state() == "CLOSED"
    an_hour_ago = timezone.now() - dt.timedelta(hours=1)
    Access.objects.update(moved_by_event_at=an_hour_ago)
    Recheck.objects.update(due_at=timezone.now())
    sweep(SWEEP)
    wait_for(lambda: state() == "OPEN", at_work.said)
    assert by_events() == 2

    # A hundred changes at once are one decision.
    with transaction.atomic():
        for score in range(400, 500):
            signals.report(
                customer_id=key, values={"score": score}, observed_at=timezone.now(),
                at=timezone.now(),
            )  # fmt: skip
    wait_for(is_quiet, at_work.said)
    assert (state(), by_events()) == ("CLOSED", 3)

    # What comes while the worker decides makes one more: it waits here for the customer's access.
    Access.objects.update(moved_by_event_at=None)
    with transaction.atomic():
        access.lock(customer_public_id=customer, product_code="flex-credit")
        with_other_connection(lambda: send(score=650))
        with_other_connection(lambda: wait_for(a_worker_waits, at_work.said))
        with_other_connection(lambda: send(score=710))
    wait_for(is_quiet, at_work.said)
    assert (state(), Access.objects.get().limit_cents) == ("OPEN", 20_000_000)

    # A lost nudge costs the time until the next sweep.
    with monkeypatch.context() as patch:
        patch.setattr(outbox.app, "send_task", lambda *_arguments, **_options: None)
        send(score=510)
    lose_all_messages(broker)
    assert state() == "OPEN"
    sweep(SWEEP)
    wait_for(lambda: state() == "CLOSED", at_work.said)
    wait_for(is_quiet, at_work.said)


def with_other_connection(call: Any) -> None:
    assert at_once([call]) == [None]


def a_worker_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
