"""Workers on one campaign: two at once, and one that is killed in the middle of a batch."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.access.models import Access
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from risk.decisions import campaigns, shards, tasks
from risk.decisions.models import Campaign, Decision
from tests.lender import AT, Lender
from tests.processes import database_url
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 11
PATIENCE_SECONDS = 60
# Decides in batches of four and stops for ever inside the seventh decision: the third of the
# second batch, after two of that batch are written and before any of them is committed.
VICTIM = """
import sys, time, django
django.setup()
from risk.decisions import rules, shards, tasks
shards.BATCH = 4
evaluate, seen = rules.evaluate, []
def slow(**given):
    seen.append(1)
    if len(seen) == 7:
        open(sys.argv[2], "w").close()
        time.sleep(600)
    return evaluate(**given)
rules.evaluate = slow
tasks.run_campaign(sys.argv[1])
"""


@pytest.fixture
def campaign(lender_on_disk: Lender, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    for index in range(PEOPLE):
        lender_on_disk.customer(f"C-{index}")
    monkeypatch.setattr(shards, "BATCH", 4)
    monkeypatch.setattr(campaigns, "nudge", lambda *_given: None)
    started: Campaign = campaigns.start(
        product_code="flex-credit", note="new policy", actor=system("test"), at=AT
    )
    return started


def assert_everybody_was_decided_once(campaign: Campaign) -> None:
    campaign.refresh_from_db()
    assert (campaign.state, campaign.customers_done, campaign.customers_failed) == (
        "finished", PEOPLE, 0,
    )  # fmt: skip
    decided = Decision.objects.filter(campaign=campaign).values_list("customer_id", flat=True)
    assert len(decided) == len(set(decided)) == PEOPLE
    assert Access.objects.exclude(state=None).count() == PEOPLE
    assert Notice.objects.count() == PEOPLE
    assert LedgerEntry.objects.filter(action__startswith="access.").count() == PEOPLE
    assert LedgerEntry.objects.filter(action="campaign.finished").count() == 1


def test_a_message_delivered_to_three_workers_decides_nobody_twice(campaign: Campaign) -> None:
    ended = at_once([partial(tasks.run_campaign, campaign.public_id)] * 3)
    assert ended == [None, None, None]
    assert_everybody_was_decided_once(campaign)


def test_two_campaigns_started_at_once_are_one(campaign: Campaign) -> None:
    tasks.run_campaign(campaign.public_id)
    start = partial(
        campaigns.start, product_code="flex-credit", note="again", actor=system("test"), at=AT
    )
    ended = at_once([start] * 3)
    assert sorted(type(result).__name__ for result in ended) == ["Campaign", "Conflict", "Conflict"]
    assert Campaign.objects.filter(state="running").count() == 1


def test_the_database_decides_nobody_twice_in_one_campaign(campaign: Campaign) -> None:
    shards.run_batch(public_id=campaign.public_id, at=AT)
    again: Any = Decision.objects.filter(campaign=campaign).first()
    again.pk, again.public_id = None, "dec_again"
    with pytest.raises(IntegrityError, match="decision_once_per_campaign"), transaction.atomic():
        again.save(force_insert=True)


def test_a_worker_killed_in_mid_batch_loses_and_doubles_nothing(
    campaign: Campaign, tmp_path: Path
) -> None:
    marker = tmp_path / "in-mid-batch"
    environment = {
        **os.environ, "SLUICE_MODE": "demo", "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    }  # fmt: skip
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, campaign.public_id, str(marker)],
        cwd=settings.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not marker.exists() and victim.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert marker.exists(), victim.communicate(timeout=5)[1].decode()
        # One batch is done and counted; of the second nothing is seen.
        assert Decision.objects.count() == 4
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=PATIENCE_SECONDS)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.customers_done) == ("running", 4)
    assert Decision.objects.count() == Notice.objects.count() == 4

    later = dt.datetime.now(tz=dt.UTC) + dt.timedelta(seconds=shards.LEASE_SECONDS + 1)
    assert campaigns.abandoned(at=later) == [campaign]
    tasks.run_campaign(campaign.public_id)
    assert_everybody_was_decided_once(campaign)
