"""`manage.py import_customers` at the terminal: exit codes, messages, progress."""

from __future__ import annotations

import csv
import os
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import translation

from accounts.customers.models import Customer
from backoffice.lib.progress import ProgressLine
from risk.intake import running, services
from risk.intake.models import ImportRun
from risk.signals.models import CustomerSignals
from tests.risk.intake.conftest import HEADER, MAPPING

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = HEADER + "C-1,Ann,13800000001,0,0\nC-2,Bob,,bad,0\n"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING)
    return path


def told(file: Path, mapping: Path, **options: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_customers", file, mapping=mapping, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def refused(file: Path, mapping: Path, **options: object) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        told(file, mapping, **options)
    return error.value.returncode, str(error.value)


def test_the_end_says_what_was_written_and_where_the_rejected_rows_are(
    file: Path, mapping: Path
) -> None:
    file.write_text(GOOD)
    out, err = told(file, mapping)
    assert "2 rows: 1 written, 1 rejected." in out
    assert "Customers: 1 created, 0 changed." in out
    assert f"{file}.rejects.csv" in out
    assert "100%" in err
    assert "Ann" not in out + err

    out, _err = told(file, mapping)
    assert "was imported before" in out
    assert ImportRun.objects.count() == 1


def test_a_check_writes_nothing_and_says_what_would_be_usable(file: Path, mapping: Path) -> None:
    file.write_text(GOOD)
    out, _err = told(file, mapping, check=True)
    assert "2 rows: 1 usable, 1 rejected." in out
    assert Customer.objects.count() == ImportRun.objects.count() == 0


def test_a_bad_mapping_ends_with_two_and_every_fault(file: Path, mapping: Path) -> None:
    file.write_text(GOOD)
    mapping.write_text(MAPPING.replace("months_late_now", "months_late_no"))
    code, text = refused(file, mapping)
    assert code == 2
    assert "signals.months_late_no: is not known here; did you mean 'months_late_now'?" in text

    mapping.write_text(MAPPING.replace('"NAME"', '"NAMES"'))
    code, text = refused(file, mapping)
    assert (code, "did you mean 'NAME'?" in text) == (2, True)
    assert refused(file, mapping.with_name("absent.toml"))[0] == 2
    assert Customer.objects.count() == 0


def test_a_bad_file_ends_with_three(file: Path, mapping: Path) -> None:
    assert refused(file, mapping) == (3, f"Cannot read {file}: No such file or directory.")
    file.write_bytes(b"")
    assert refused(file, mapping)[0] == 3
    os.mkfifo(pipe := file.with_name("pipe"))
    writer = os.open(pipe, os.O_RDWR)  # somebody holds the other end, or opening would wait
    try:
        assert "no regular file" in refused(pipe, mapping)[1]
    finally:
        os.close(writer)
    assert refused(file.parent, mapping)[0] == 3


@pytest.mark.parametrize("options", [{"batch": 0}, {"batch": 2001}, {"observed_at": "June"}])
def test_wrong_options_are_refused(file: Path, mapping: Path, options: dict) -> None:
    file.write_text(GOOD)
    assert refused(file, mapping, **options)[0] == 1
    assert Customer.objects.count() == 0


def test_another_day_of_observation_is_another_import(file: Path, mapping: Path) -> None:
    file.write_text(GOOD)
    told(file, mapping, observed_at="2026-05-03")
    assert (
        str(CustomerSignals.objects.get().months_late_now_observed_at)
        == "2026-05-02 16:00:00+00:00"
    )
    told(file, mapping, observed_at="2026-05-04T00:00:00Z")
    assert (
        str(CustomerSignals.objects.get().months_late_now_observed_at)
        == "2026-05-04 00:00:00+00:00"
    )
    assert ImportRun.objects.count() == 2


def test_a_refusal_of_the_database_repeats_no_value(file: Path, mapping: Path) -> None:
    file.write_text(GOOD)
    failure = DatabaseError("DETAIL: Key (name)=(Ann) exists")
    with mock.patch.object(services, "write_batch", side_effect=failure):
        code, text = refused(file, mapping)
    assert (code, "Ann" in text) == (1, False)
    assert told(file, mapping)[0].count("(resumed)") == 1


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_moves_on_one_line_at_a_terminal_and_says_what_is_left() -> None:
    with mock.patch("backoffice.lib.progress.time.monotonic") as clock:
        clock.return_value = 0.0
        stream = Terminal()
        line = ProgressLine(stream, label="x", unit="rows")
        line.show(share=0.1, count=100)
        clock.return_value = 10.0
        line.show(share=0.2, count=200)
        line.finish()
    assert stream.getvalue() == "\r\x1b[Kx  20%  10 rows/s  about 80 s left\n"


def test_progress_in_a_log_is_a_line_every_few_seconds() -> None:
    with mock.patch("backoffice.lib.progress.time.monotonic") as clock:
        clock.return_value = 0.0
        stream = StringIO()
        line = ProgressLine(stream, label="x", unit="rows")
        for second in range(31):
            clock.return_value = float(second)
            line.show(share=second / 30, count=second * 10, note="3 rejected")
        line.finish()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 6
    assert lines[0] == "x  16%  10 rows/s  about 25 s left  3 rejected"
    assert lines[-1] == "x 100%  10 rows/s  30 s  3 rejected"


def test_the_side_file_speaks_one_language(file: Path, mapping: Path) -> None:
    mapping.write_text(MAPPING.replace('phone = "PHONE"', 'email = "PHONE"'))
    file.write_text(HEADER + "C-1,Ann,not-an-address,0,0\n")
    with translation.override("zh-hans"):
        told(file, mapping)
    with running.rejects_path(file).open(newline="", encoding="utf-8") as side:
        [row] = csv.DictReader(side)
    assert (row["code"], row["cause"]) == ("email_malformed", "Not an e-mail address.")
