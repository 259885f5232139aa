"""Files, mappings and the import as tests use them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from backoffice.lib import clock
from compliance.ledger.facts import system
from risk.intake import running
from risk.intake.customer_mapping import read_mapping
from risk.intake.facts import CustomerMapping, Summary
from risk.intake.kinds import CUSTOMERS

MAPPING = """
source = "test"
reference = "ID"

[profile]
legal_name = "NAME"
phone = "PHONE"

[signals]
observed_at = 2026-05-01
months_late_now = "max(LATE, 0)"

[[outcomes]]
kind = "default"
column = "BAD"
true = ["1"]
false = ["0"]
observed_at = 2026-05-31
"""
HEADER = "ID,NAME,PHONE,LATE,BAD\n"
AT = dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)

Run = Callable[..., Summary]


def mapping(text: str = MAPPING, **given: str) -> CustomerMapping:
    """The test mapping, with lines put at its top level by keyword."""
    top = "".join(f"{name} = {value}\n" for name, value in given.items())
    return read_mapping((top + text).encode(), at=clock.now())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


@pytest.fixture
def run(file: Path) -> Run:
    """Import `content` (or the file as it lies there)."""

    def import_now(content: str | bytes | None = None, text: str = MAPPING, **options: object):
        if content is not None:
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        top = {name: options.pop(name) for name in ("encoding", "missing") if name in options}
        return running.import_file(
            kind=CUSTOMERS,
            path=file,
            mapping=mapping(text, **top),  # type: ignore[arg-type]
            options=running.Options(**options),  # type: ignore[arg-type]
            actor=system("test"),
            progress=lambda _position, _total: None,
        )

    return import_now
