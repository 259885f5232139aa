"""`manage.py windows EVENTS.csv --out FILE`; see docs/windows.md."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from backoffice.lib.csv_files import FileRefused
from backoffice.lib.progress import ProgressLine, terminal
from risk.events import window_files

BAD_FILE = 3


class Command(BaseCommand):
    help = "Write how many events each subject had in 1, 7 and 30 days, at every event of a file."
    # The work is between two files: neither the settings' checks nor the database have a say.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        columns = ",".join(window_files.COLUMNS)
        parser.add_argument("file", type=Path, help=f"the CSV file: {columns}")
        parser.add_argument(
            "--out",
            type=Path,
            required=True,
            help=f"to be written: {','.join(window_files.HEADER)}",
        )
        parser.add_argument(
            "--time-zone", default="UTC", metavar="NAME",
            help="of times that say no offset, such as Asia/Shanghai; without it UTC",
        )  # fmt: skip

    def handle(self, *arguments: Any, **options: Any) -> None:
        zone = _zone(options["time_zone"])
        line = ProgressLine(terminal(self), label=options["file"].name, unit="rows")
        began = time.monotonic()
        try:
            counted = window_files.count_file(
                path=options["file"],
                out=options["out"],
                zone=zone,
                progress=lambda rows: line.show_count(count=rows, note="read"),
            )
        except FileRefused as error:
            raise CommandError(str(error), returncode=BAD_FILE) from None
        finally:
            line.finish()
        self._tell(counted, options["out"], time.monotonic() - began)

    def _tell(self, counted: window_files.Counted, out: Path, seconds: float) -> None:
        rows = counted.events + counted.repeats
        self.stdout.write(
            f"{rows:,} rows: {counted.events:,} events of {counted.subjects:,} subjects. "
            f"{out} written in {seconds:.1f} s."
        )
        if counted.repeats:
            self.stdout.write(
                f"{counted.repeats:,} rows repeat an earlier event: counted once, answered again."
            )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name, a folder of names
        raise CommandError(
            f"There is no time zone {name}; give a name such as Asia/Shanghai."
        ) from None
