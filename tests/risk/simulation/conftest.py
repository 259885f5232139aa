"""A lender on disk with a few very different customers, and a folder for the files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from accounts.customers.models import Customer
from risk.signals import services as signals
from risk.simulation import services, snapshots
from tests.lender import AT, Lender


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    return tmp_path / "snapshots"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is nudged: the tests do the worker's part when they are ready."""
    monkeypatch.setattr(snapshots, "nudge", lambda *_given: None)
    monkeypatch.setattr(services, "nudge", lambda *_given: None)


@pytest.fixture
def people(lender_on_disk: Lender) -> Lender:
    """Eleven customers: good, bad, limited, stale, without signals, decided and not."""
    scores = (760, 700, 650, 610, 590, 560, None)
    for number, score in enumerate(scores):
        public_id = lender_on_disk.customer(f"C-{number}", score=score)
        if number % 2:
            lender_on_disk.decide(public_id)
    lender_on_disk.customer("C-late", months_late_now=3, utilisation=Decimal("0.9512"))
    lender_on_disk.customer("C-often", applications_30d=9)
    stale = lender_on_disk.customer("C-stale")
    old = AT - dt.timedelta(days=46)
    row = Customer.objects.get(public_id=stale)
    from risk.signals.models import CustomerSignals

    CustomerSignals.objects.filter(customer=row).update(utilisation_observed_at=old)
    Customer.objects.create(public_id="cus_bare", reference="C-bare", created_at=AT, changed_at=AT)
    signals.record_outcomes(
        rows=[
            (customer.pk, "default", customer.reference in ("C-5", "C-late"), AT)
            for customer in Customer.objects.exclude(reference="C-bare")
        ],
        source="test",
    )
    return lender_on_disk
