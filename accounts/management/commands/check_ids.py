"""`manage.py check_ids FILE.csv --out FILE`; see docs/identity.md."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.verification import files
from backoffice.lib import clock
from backoffice.lib.csv_files import FileRefused
from backoffice.lib.progress import ProgressLine, terminal


class Command(BaseCommand):
    help = "Check resident identity numbers (GB 11643) of a CSV file with a column id_number."
    # Files in, file out: neither the settings' checks nor the database have a say in it.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument(
            "--out", type=Path, required=True, help="where id_number,verdict,cause is written"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        line = ProgressLine(terminal(self), label=options["file"].name, unit="rows")
        try:
            counts = files.check_numbers(
                path=options["file"],
                out=options["out"],
                today=clock.business_date(clock.now()),
                progress=lambda done: line.show_count(count=done, note="done"),
            )
        except FileRefused as error:
            raise CommandError(str(error)) from None
        finally:
            line.finish()
        self.stdout.write(files.said(counts, ("valid", "invalid")))
