"""`manage.py import_events FILE --mapping MAPPING.toml`; see docs/importing.md."""

from __future__ import annotations

from typing import Any

from backoffice.lib import clock
from risk.intake.event_mapping import read_mapping
from risk.intake.facts import EventMapping, Position
from risk.intake.kinds import EVENTS
from risk.intake.terminal import ImportCommand


class Command(ImportCommand):
    help = "Import what happened to customers, one event a row, from a CSV file of any size."
    kind = EVENTS
    batch, batch_at_most = 5000, 20_000

    def mapping(self, raw: bytes, options: dict[str, Any]) -> EventMapping:
        return read_mapping(raw, at=clock.now())

    def tell_written(self, done: Position) -> None:
        self.stdout.write(
            f"Events: {done.rows_written - done.rows_repeated:,} new, "
            f"{done.rows_repeated:,} taken before."
        )
