"""`manage.py check_ids FILE.csv --out FILE`; see docs/identity.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from accounts.verification import files
from backoffice.lib import clock
from backoffice.lib.file_commands import FileCommand, Progress


class Command(FileCommand):
    help = "Check resident identity numbers (GB 11643) of a CSV file with a column id_number."
    inputs = {"file": "the CSV file"}
    columns = ",".join(files.CHECKED)

    def write(self, *, out: Path, progress: Progress, **inputs: Path) -> Iterator[str]:
        counts = files.check_numbers(
            path=inputs["file"], out=out, today=clock.business_date(clock.now()), progress=progress
        )
        yield files.said(counts, ("valid", "invalid"))
