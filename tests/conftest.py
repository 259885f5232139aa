"""What every test stands on: a real PostgreSQL, and nothing shared between tests."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from typing import Any
from unittest import mock

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

from backoffice.lib import clock, outbox
from tests.lender import Lender, build_lender

pytest_plugins = ["tests.browser", "tests.console", "tests.shared_data"]

# Skips that are right on a build machine, by the beginning of their reason. None so far.
RIGHT_TO_SKIP: tuple[str, ...] = ()
_skipped: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note_skip(report)


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        _skipped[report.nodeid] = reason.removeprefix("Skipped: ")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI a test that was meant to run and was skipped is a failure."""
    if wrongly_skipped() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid, reason in wrongly_skipped().items():
        terminalreporter.write_line(f"FAILED {nodeid} - skipped under CI: {reason}", red=True)


def wrongly_skipped() -> dict[str, str]:
    if not os.environ.get("CI"):
        return {}
    return {
        nodeid: reason
        for nodeid, reason in _skipped.items()
        if not reason.startswith(RIGHT_TO_SKIP)
    }


_EMPTY = """
DO $$
DECLARE
    emptied text;
    has_rows boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH emptied IN ARRAY string_to_array({tables}, ',') LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', emptied) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('DELETE FROM %I', emptied);
        END IF;
    END LOOP;
END $$
"""


def _deletions(
    self: DatabaseOperations, style: Any, tables: Iterable[str], **options: bool
) -> list[str]:
    """Emptying the test database between transactional tests, past the triggers that forbid it.

    Few tables have rows then, and those few: TRUNCATE of all takes twenty times as long, for
    every table, index and partition gets a new file.
    """
    assert not options.get("reset_sequences"), "no test needs its sequences to begin anew"
    names = ",".join(sorted(tables)).replace("'", "''")
    return [_EMPTY.replace("{tables}", f"'{names}'")]


@pytest.fixture(scope="session", autouse=True)
def flush_despite_append_only_tables() -> Iterator[None]:
    with mock.patch.object(DatabaseOperations, "sql_flush", _deletions):
        yield


@pytest.fixture(autouse=True)
def no_pause_in_nudging(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that was away in one test must not silence the next one's nudges."""
    monkeypatch.setattr(outbox, "_silent_until", 0.0)


@pytest.fixture(autouse=True)
def quick_password_hashes(settings: Any) -> None:
    """The real hash is slow on purpose; every API client and staff user would pay for it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def at() -> dt.datetime:
    return dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch, at: dt.datetime) -> dt.datetime:
    """The house's clock stands at `at`; the database's own goes on."""
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


@pytest.fixture
def lender(db: None) -> Lender:
    """A small lender: reasons, one product with the starter policy live."""
    return build_lender()


@pytest.fixture
def lender_on_disk(transactional_db: None) -> Lender:
    """The same, committed: for tests with several connections or processes."""
    return build_lender()
