"""`manage.py snapshot`: copy all customers to files, or delete old copies (docs/simulation.md)."""

from __future__ import annotations

import datetime as dt
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from backoffice.lib import clock
from backoffice.lib.progress import ProgressLine, terminal
from compliance.ledger.facts import system
from risk.simulation import queries, snapshots
from risk.simulation.models import Snapshot, SnapshotState
from risk.simulation.words import problem_words

NOT_TAKEN = 3
PAUSE_SECONDS = 0.2


class Command(BaseCommand):
    help = "Take a snapshot of all customers, or delete old ones nobody stands on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--note", default="From the command line.", help="what it is for")
        parser.add_argument(
            "--delete-older-than", type=int, metavar="DAYS",
            help="instead: delete files of snapshots finished that long ago without a backtest",
        )  # fmt: skip

    def handle(self, *arguments: Any, **options: Any) -> None:
        with translation.override("en"):
            if options["delete_older_than"] is not None:
                self._delete(options["delete_older_than"])
            else:
                self._take(options["note"])

    def _take(self, note: str) -> None:
        asked = snapshots.request(note=note, actor=system("simulation"), at=clock.now())
        taken = take(self, asked)
        self.stdout.write(
            f"{taken.public_id}: {taken.customers:,} customers, {taken.bytes / 1e6:,.1f} MB, "
            f"{taken.partitions_written} of {taken.partitions} partitions written\n"
            f"{taken.content_hash}"
        )

    def _delete(self, days: int) -> None:
        if not 0 <= days <= 36500:
            raise CommandError("--delete-older-than is a number of days.", returncode=2)
        removed, files, size = snapshots.remove_old(
            older_than=dt.timedelta(days=days), actor=system("simulation"), at=clock.now()
        )
        self.stdout.write(f"{removed} snapshots removed: {files} files, {size / 1e6:,.1f} MB")


def take(command: BaseCommand, asked: Snapshot) -> Snapshot:
    """Effects: takes it in this process, or waits for the worker that was faster.

    Raises: CommandError when it cannot be taken.
    """
    line = ProgressLine(terminal(command), label="snapshot", unit="customers")

    def progress(snapshot: Snapshot) -> None:
        share = snapshot.partitions_done / max(snapshot.partitions, 1)
        line.show(share=share, count=snapshot.customers)

    try:
        while True:
            snapshots.take(public_id=asked.public_id, now=clock.now, progress=progress)
            taken = queries.snapshot(public_id=asked.public_id)
            if taken.state != SnapshotState.TAKING:
                break
            progress(taken)
            time.sleep(PAUSE_SECONDS)  # a worker was faster
    finally:
        line.finish()
    if taken.state != SnapshotState.READY:
        raise CommandError(
            f"{problem_words(taken.problem) or taken.state} ({taken.public_id})",
            returncode=NOT_TAKEN,
        )
    return taken
