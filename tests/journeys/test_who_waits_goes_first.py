"""What somebody waits for is taken before what may take its time, whoever came first."""

from __future__ import annotations

import pytest

from backoffice.lib import outbox
from tests.processes import wait_for, worker

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

WORKER = "risk.decisions.recheck_customers"
SENDING = "compliance.notices.deliver_due"


def test_a_decision_after_an_event_is_not_held_up_by_notices_that_came_before(
    broker: str, transactional_db: None
) -> None:
    for _time in range(5):
        outbox.nudge(SENDING)
    outbox.nudge(WORKER)
    with worker(broker_url=broker) as at_work:
        wait_for(lambda: at_work.said().count("succeeded in") == 6, at_work.said)
        done = [line for line in at_work.said().splitlines() if "succeeded in" in line]
    assert WORKER in done[0]
    assert all(SENDING in line for line in done[1:])
