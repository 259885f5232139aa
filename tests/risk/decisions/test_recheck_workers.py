"""A worker that is killed while it decides again whoever's facts changed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.access.models import Access
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from risk.decisions import tasks
from risk.signals.models import Recheck
from tests.lender import Lender
from tests.processes import database_url, wait_for
from tests.risk.decisions.rechecks import by_events, news, state

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 7
PATIENCE_SECONDS = 60
# Decides in batches of three and stops for ever in the second one, when all of it is written and
# nothing of it committed.
VICTIM = """
import sys, time, django
django.setup()
from risk.decisions import rechecking, tasks
rechecking.BATCH = 3
conclude, seen = rechecking.rechecks.conclude, []
def slow(**given):
    concluded = conclude(**given)
    seen.append(1)
    if len(seen) == 2:
        open(sys.argv[1], "w").close()
        time.sleep(600)
    return concluded
rechecking.rechecks.conclude = slow
tasks.recheck_customers()
"""


def test_a_worker_killed_in_mid_batch_loses_and_doubles_nothing(
    lender_on_disk: Lender, tmp_path: Path
) -> None:
    customers = [lender_on_disk.customer(f"C-{number}") for number in range(PEOPLE)]
    for one in customers:
        lender_on_disk.decide(one, timezone.now())
        news(one, timezone.now(), score=500)
    told = Notice.objects.count()
    marker = tmp_path / "in-mid-batch"
    environment = {
        **os.environ, "SLUICE_MODE": "demo", "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    }  # fmt: skip
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(marker)], cwd=settings.ROOT, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        wait_for(lambda: marker.exists() or victim.poll() is not None)
        assert victim.poll() is None, victim.communicate()[0].decode()
        # One batch is done; of the second nothing is seen.
        assert (by_events(), Recheck.objects.count()) == (3, PEOPLE - 3)
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=PATIENCE_SECONDS)
    assert (by_events(), Recheck.objects.count()) == (3, PEOPLE - 3)

    def is_done() -> bool:
        """The server lets go of the dead worker's claim when it notices, not at once."""
        tasks.recheck_customers()
        return Recheck.objects.count() == 0

    wait_for(is_done)
    assert by_events() == PEOPLE
    assert {state(one)[0] for one in customers} == {"CLOSED"}
    assert Access.objects.exclude(moved_by_event_at=None).count() == PEOPLE
    assert Notice.objects.count() == told + PEOPLE
    assert LedgerEntry.objects.filter(action="access.closed").count() == PEOPLE
