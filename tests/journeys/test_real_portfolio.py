"""A real portfolio through the whole house: import, policy, campaign by a worker, outcomes.

The expected numbers are computed here from the file itself, in plain Python.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from accounts.access.models import Access
from accounts.customers.models import Customer
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Notice
from risk.decisions import services
from risk.decisions.models import Campaign, Decision
from risk.policies.models import PolicyProof
from risk.signals.models import CustomerSignals, Outcome
from risk.simulation.models import Backtest
from tests.processes import database_url, own_broker
from tests.shared_data import shared_file

SHARED = shared_file("taiwan_dev.csv")
ROWS = 500
PATIENCE_SECONDS = 240

pytestmark = [
    pytest.mark.journey,
    pytest.mark.shared_data(SHARED.name),
    pytest.mark.django_db(transaction=True),
]


def state_of(row: dict[str, str]) -> str:
    """The starter policy for repayment behaviour, said once more."""
    late = [max(int(row[f"PAY_{n}"]), 0) for n in (0, 2, 3, 4, 5, 6)]
    bills = [max(int(row[f"BILL_AMT{n}"]), 0) for n in range(1, 7)]
    paid = sum(int(row[f"PAY_AMT{n}"]) for n in range(1, 7))
    used = (Decimal(bills[0]) / Decimal(row["LIMIT_BAL"])).quantize(Decimal("0.0001"))
    ratio = (Decimal(paid) / sum(bills)).quantize(Decimal("0.0001")) if sum(bills) else None
    if late[0] >= 2 or max(late) >= 3 or int(row["AGE"]) < 18:
        return "CLOSED"
    is_tight = used > Decimal("0.95") and ratio is not None and ratio < Decimal("0.05")
    return "LIMITED" if max(late) >= 1 or is_tight else "OPEN"


def first_rows(path: Path) -> list[dict[str, str]]:
    with SHARED.open(newline="") as source:
        lines = [next(source) for _line in range(ROWS + 1)]
    path.write_text("".join(lines))
    return list(csv.DictReader(lines))


@pytest.fixture
def broker() -> Iterator[str]:
    """Nobody else's, so that no other worker takes the campaign."""
    with own_broker() as url:
        yield url


def demo_real(path: Path, broker: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "SLUICE_MODE": "demo", "DATABASE_URL": database_url(),
        "BROKER_URL": broker,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "manage.py", "demo_real", str(path)],
        cwd=settings.ROOT, env=environment, capture_output=True, text=True, check=False,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip


def test_five_hundred_real_customers_are_imported_decided_and_compared_with_what_became_of_them(
    tmp_path: Path, broker: str
) -> None:
    path = tmp_path / "taiwan.csv"
    rows = first_rows(path)
    ended = demo_real(path, broker)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "500 rows written, 0 rejected" in ended.stdout
    assert "its own worker" in ended.stdout

    expected = Counter(state_of(row) for row in rows)
    bad = Counter(state_of(row) for row in rows if row["default_next_month"] == "1")
    assert min(expected.values()) > 20
    for state, customers in expected.items():
        rate = f"{bad[state] / customers:.1%} ({bad[state]} of {customers})"
        assert re.search(rf"^{state} +{customers} .* {re.escape(rate)}$", ended.stdout, re.M)
    stored = dict(Access.objects.values_list("customer__reference", "state"))
    assert stored == {f"TW-{row['ID']}": state_of(row) for row in rows}

    one = CustomerSignals.objects.get(customer__reference="TW-1")
    assert (one.months_late_now, one.months_late_max_6m, one.age_years) == (2, 2, 24)
    assert (str(one.utilisation), str(one.payment_ratio_6m)) == ("0.1956", "0.0894")
    assert one.current_limit_cents == 2_000_000
    assert Outcome.objects.filter(happened=True).count() == sum(bad.values())
    assert Notice.objects.count() == Decision.objects.count() == ROWS
    proof = PolicyProof.objects.get()
    assert (proof.customers, proof.live_hash) == (ROWS, "")
    assert (proof.opens, proof.limits) == (expected["OPEN"], expected["LIMITED"])
    assert Backtest.objects.get().public_id == proof.backtest_public_id
    for public_id in Decision.objects.values_list("public_id", flat=True)[:25]:
        assert services.replay(public_id=public_id).is_equal

    again = demo_real(path, broker)
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.splitlines()[-5:] == ended.stdout.splitlines()[-5:]
    assert Customer.objects.count() == Notice.objects.count() == ROWS
    assert Campaign.objects.filter(state="finished").count() == 2
    assert LedgerEntry.objects.filter(action="policy.published").count() == 1


def test_a_file_that_is_not_there_fails_clearly(tmp_path: Path, broker: str) -> None:
    ended = demo_real(tmp_path / "nothing.csv", broker)
    assert ended.returncode == 1
    assert "There is no file" in ended.stderr
    assert "make demo-real FILE=" in ended.stderr
    assert Customer.objects.count() == 0
