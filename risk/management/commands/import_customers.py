"""`manage.py import_customers FILE --mapping MAPPING.toml`; see docs/importing.md."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from backoffice.lib import clock
from risk.intake import running
from risk.intake.customer_mapping import read_mapping
from risk.intake.facts import CustomerMapping, Position
from risk.intake.kinds import CUSTOMERS
from risk.intake.terminal import ImportCommand


class Command(ImportCommand):
    help = "Import customers with their signals and outcomes from a CSV file of any size."
    kind = CUSTOMERS
    batch, batch_at_most = running.BATCH, running.BATCH_AT_MOST

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--observed-at", help="when the signals were observed, instead of the mapping's date"
        )

    def mapping(self, raw: bytes, options: dict[str, Any]) -> CustomerMapping:
        given = options["observed_at"]
        moment = clock.moment_in(given) if given else None
        if given and moment is None:
            raise CommandError("--observed-at is a date, or a time with its offset (ISO 8601).")
        return read_mapping(raw, at=clock.now(), observed_at=moment)

    def tell_written(self, done: Position) -> None:
        self.stdout.write(
            f"Customers: {done.customers_created:,} created, {done.customers_changed:,} changed."
        )
        if done.rows_repeated:
            self.stdout.write(
                f"{done.rows_repeated:,} rows repeat a customer of an earlier row: the later wins."
            )
