"""An import killed at any moment goes on where the database says, and ends as if it never died."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from accounts.customers.models import Customer
from compliance.ledger.models import LedgerEntry
from risk.intake import running
from risk.intake.models import ImportRun
from risk.signals.models import CustomerSignals
from tests.processes import database_url
from tests.risk.intake.conftest import HEADER, MAPPING

ROWS = 3000
PATIENCE_SECONDS = 60


def start_import(file: Path, mapping: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable, "manage.py", "import_customers", str(file),
        "--mapping", str(mapping), "--batch", "50",
    ]  # fmt: skip
    environment = {**os.environ, "SLUICE_MODE": "demo", "DATABASE_URL": database_url()}
    return subprocess.Popen(
        command, cwd=settings.ROOT, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def bytes_done() -> int:
    return sum(ImportRun.objects.values_list("bytes_done", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_resumes_at_the_right_row_and_repeats_and_loses_nothing(
    tmp_path: Path,
) -> None:
    file, mapping = tmp_path / "big.csv", tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)
    lines = [
        f"C-{n},Name {n},,{n % 4},{n % 2}\n" if n % 10 else f"C-{n},Name,,bad,0\n"
        for n in range(ROWS)
    ]
    file.write_text(HEADER + "".join(lines))
    kills = 0
    for _attempt in range(3):
        before = bytes_done()
        child = start_import(file, mapping)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while bytes_done() <= before and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            kills += 1
        child.communicate(timeout=PATIENCE_SECONDS)
    assert kills >= 2, "the import was too fast to be killed twice"
    assert 0 < bytes_done() < file.stat().st_size

    last = start_import(file, mapping)
    out, err = last.communicate(timeout=PATIENCE_SECONDS)
    assert last.returncode == 0, err.decode()
    assert b"(resumed)" in out

    run = ImportRun.objects.get()
    assert (run.state, run.rows_read, run.rows_written, run.rows_rejected) == (
        "finished", ROWS, ROWS * 9 // 10, ROWS // 10,
    )  # fmt: skip
    assert run.bytes_done == file.stat().st_size
    assert run.customers_created == Customer.objects.count() == ROWS * 9 // 10
    assert CustomerSignals.objects.count() == ROWS * 9 // 10
    assert LedgerEntry.objects.filter(action="customer.created").count() == ROWS * 9 // 10
    with running.rejects_path(file).open(newline="") as side:
        found = [int(row["line"]) for row in csv.DictReader(side)]
    assert found == [n + 2 for n in range(0, ROWS, 10)]
