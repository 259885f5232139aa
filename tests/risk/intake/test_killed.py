"""An import killed at any moment goes on where the database says, and ends as if it never died."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from accounts.customers.models import Customer
from compliance.ledger.models import LedgerEntry
from risk.intake import running
from risk.intake.models import ImportRun
from risk.signals.models import CustomerSignals
from tests.risk.intake.conftest import HEADER, MAPPING
from tests.risk.intake.killing import import_through_kills

ROWS = 3000


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
    import_through_kills("import_customers", file, mapping)
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
