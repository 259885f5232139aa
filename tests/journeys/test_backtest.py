"""A policy is tried on everybody before anybody may approve it, seen live from the console."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.customers.models import Customer
from accounts.staff.facts import Role
from backoffice.lib import outbox
from backoffice.schedule import SCHEDULE
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from risk.policies import services as policies
from risk.signals.catalogue import STORED
from risk.signals.models import CustomerSignals
from risk.simulation import services, snapshots
from risk.simulation.models import Backtest, BacktestPartition
from tests.browser import Desk
from tests.lender import AT, Lender
from tests.processes import wait_for, worker
from tests.risk.simulation.candidates import stricter

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> str:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    return str(settings.SNAPSHOT_DIR)


def submitted(lender: Lender) -> Any:
    draft = policies.create_draft(
        product_code="flex-credit", title="Stricter scores", content=stricter(),
        actor=staff(lender.author.pk), at=AT,
    )  # fmt: skip
    return policies.submit(
        public_id=draft.public_id, change_note="losses", actor=staff(lender.author.pk), at=AT
    )


def test_an_analyst_runs_a_backtest_and_reads_who_would_lose_access(
    desk: Callable[[], Desk], employ, lender_on_disk: Lender, broker: str, folder: str
) -> None:
    for number, score in enumerate((760, 700, 650, 610, 590, 560)):
        lender_on_disk.customer(f"C-{number}", score=score)
    observed = {f"{name}_observed_at": timezone.now() for name in STORED}
    CustomerSignals.objects.update(**observed)
    submitted(lender_on_disk)
    employ(Role.RISK_ANALYST)
    here = desk()
    here.sign_in("risk-analyst")
    with worker(broker_url=broker, SNAPSHOT_DIR=folder) as running:
        page = here.open("/admin/risk/backtest/")
        page.get_by_text("Run a backtest").first.click()
        page.fill("#dialog textarea[name=reason]", "Losses among low scores")
        here.submit("Run it")
        wait_for(lambda: Backtest.objects.filter(state="finished").exists(), running.said)
    backtest = Backtest.objects.get()
    here.open(f"/admin/risk/backtest/{backtest.pk}/change/")
    heat = page.locator(".heat")
    expect(heat.locator("tr", has_text="limited").locator("td.loses")).to_contain_text("2")
    expect(page.get_by_text("would be closed")).to_be_visible()
    expect(page.get_by_role("rowheader", name="SCORE_TOO_LOW")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Spreadsheet (xlsx)").click()
    assert download.value.suggested_filename == f"{backtest.public_id}.xlsx"
    draft = policies.create_draft(
        product_code="flex-credit", title="Next", content=stricter(),
        actor=staff(lender_on_disk.author.pk), at=AT,
    )  # fmt: skip
    here.open(f"/admin/risk/policyversion/{draft.pk}/change/")
    rows = page.get_by_role("grid", name="Restrictions", exact=True).get_by_role("row")
    expect(rows.nth(6).locator(".hits")).to_have_text("3")
    expect(rows.nth(6).locator(".hits")).to_have_attribute(
        "title", re.compile("3 customers in the")
    )
    actions = set(LedgerEntry.objects.values_list("action", flat=True))
    assert {"backtest.started", "snapshot.taken", "backtest.finished"} <= actions


def test_a_killed_worker_loses_and_repeats_nothing(
    lender_on_disk: Lender, broker: str, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Customer.objects.bulk_create(
        Customer(public_id=f"cus_{n}", reference=f"C-{n}", created_at=AT, changed_at=AT)
        for n in range(600)
    )
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 10)
    version = submitted(lender_on_disk)
    services.start(
        candidate_public_id=version.public_id, note="test", actor=staff(lender_on_disk.author.pk),
        at=timezone.now(),
    )  # fmt: skip

    def done() -> int:
        return BacktestPartition.objects.count()

    with worker(broker_url=broker, SNAPSHOT_DIR=folder) as first:
        wait_for(lambda: done() >= 3, first.said)
        first.kill()
    kept = list(BacktestPartition.objects.order_by("pk").values("pk", "number", "counts"))
    assert 3 <= len(kept) < 60
    assert Backtest.objects.get().partitions_done == len(kept)

    Backtest.objects.update(lease_until=timezone.now() - dt.timedelta(seconds=1))
    with worker(broker_url=broker, SNAPSHOT_DIR=folder) as second:
        sweep = SCHEDULE["continue snapshots and backtests whose worker died"]["task"]
        outbox.app.send_task(str(sweep))
        wait_for(lambda: Backtest.objects.get().state == "finished", second.said)
    rows = list(BacktestPartition.objects.order_by("pk").values("pk", "number", "counts"))
    assert rows[: len(kept)] == kept
    assert sorted(row["number"] for row in rows) == sorted({row["number"] for row in rows})
    finished = Backtest.objects.get()
    assert finished.customers_done == 600
    assert LedgerEntry.objects.filter(action="backtest.finished").count() == 1
    assert not [name for name in os.listdir(f"{folder}/moves") if name.endswith(".partial")]
