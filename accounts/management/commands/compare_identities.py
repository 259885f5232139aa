"""`manage.py compare_identities APPLICANTS.csv BUREAU.csv --out FILE`; see docs/identity.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from accounts.verification import files
from accounts.verification.facts import Finding
from backoffice.lib import clock
from backoffice.lib.file_commands import FileCommand, Progress


class Command(FileCommand):
    help = "Compare applicants with a bureau's records, one finding for each applicant."
    inputs = {
        "applicants": "the CSV file of applicants",
        "bureau": "the CSV file of the bureau's records",
    }
    columns = ",".join(files.COMPARED)

    def write(self, *, out: Path, progress: Progress, **inputs: Path) -> Iterator[str]:
        counts = files.compare_files(
            applicants=inputs["applicants"],
            bureau=inputs["bureau"],
            out=out,
            today=clock.business_date(clock.now()),
            progress=progress,
        )
        yield files.said(counts, [finding.value for finding in reversed(Finding)])
        if counts["repeated"]:
            yield (
                f"{counts['repeated']:,} bureau rows repeat a user of an earlier row: "
                "the later counts."
            )
        if counts["unusable"]:
            yield (
                f"{counts['unusable']:,} bureau rows are left out: no user_id, or more cells than "
                "the header."
            )
