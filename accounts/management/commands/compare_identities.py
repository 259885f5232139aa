"""`manage.py compare_identities APPLICANTS.csv BUREAU.csv --out FILE`; see docs/identity.md."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.verification import files
from accounts.verification.facts import Finding
from backoffice.lib import clock
from backoffice.lib.csv_files import FileRefused
from backoffice.lib.progress import ProgressLine, terminal


class Command(BaseCommand):
    help = "Compare applicants with a bureau's records, one finding for each applicant."
    # Files in, file out: neither the settings' checks nor the database have a say in it.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("applicants", type=Path, help="the CSV file of applicants")
        parser.add_argument("bureau", type=Path, help="the CSV file of the bureau's records")
        parser.add_argument(
            "--out", type=Path, required=True, help="where user_id,finding,cause is written"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        line = ProgressLine(terminal(self), label=options["applicants"].name, unit="rows")
        try:
            counts = files.compare_files(
                applicants=options["applicants"],
                bureau=options["bureau"],
                out=options["out"],
                today=clock.business_date(clock.now()),
                progress=lambda done: line.show_count(count=done, note="done"),
            )
        except FileRefused as error:
            raise CommandError(str(error)) from None
        finally:
            line.finish()
        self.stdout.write(files.said(counts, [finding.value for finding in reversed(Finding)]))
        if counts["repeated"]:
            self.stdout.write(
                f"{counts['repeated']:,} bureau rows repeat a user of an earlier row: "
                "the later counts."
            )
        if counts["unusable"]:
            self.stdout.write(
                f"{counts['unusable']:,} bureau rows are left out: no user_id, or more cells than "
                "the header."
            )
