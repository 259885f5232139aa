"""`make demo-real`: a real portfolio imported, decided by the worker, and what became of it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from backoffice.embedded.children import ChildDied
from backoffice.embedded.places import EmbeddedError
from backoffice.lib.errors import Refused
from backoffice.lib.progress import ProgressLine, terminal
from risk.decisions import queries
from risk.decisions.facts import StateOutcomes
from risk.decisions.models import Campaign
from risk.demo import real, worker
from risk.intake.facts import FileRefused, MappingRefused, Position, Summary


class Command(BaseCommand):
    help = "Import the public Taiwan card data, apply the starter policy to all, print the outcome."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="taiwan_dev.csv, or one of the same columns")

    def handle(self, *arguments: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(
                f"There is no file {path}. Get the UCI data set 'Default of Credit Card Clients' "
                "(doi 10.24432/C55S3H) as CSV, then: make demo-real FILE=path/to/it.csv"
            )
        try:
            with translation.override("en"):
                self._run(path)
        except Refused as error:
            with translation.override("en"):
                raise CommandError(f"{error.message} ({error.code})") from None
        except (FileRefused, MappingRefused, ChildDied, EmbeddedError) as error:
            raise CommandError(str(error)) from None

    def _run(self, path: Path) -> None:
        real.refuse_outside_demo()
        self._say("bringing the database up to date")
        call_command("migrate", verbosity=0, interactive=False)
        self._say(f"importing {path.name}")
        self._tell_import(self._import(path))
        with worker.ensured() as children:
            policy = real.put_policy_in_force()
            self._say(f"policy in force: {policy[:12]} (repayment behaviour)")
            whose = "its own worker" if children else "the worker that is running"
            self._say(f"applying it to everybody through {whose}")
            check = children.check if children else _nothing
            began = time.monotonic()
            campaign = self._apply(check)
            seconds = time.monotonic() - began
        done = campaign.customers_done
        self._say(f"{done:,} decisions in {seconds:.0f} s ({done / seconds:,.0f} a second)")
        if campaign.customers_failed:
            self._say(f"{campaign.customers_failed:,} customers could not be decided")
        self._table(queries.outcomes(campaign=campaign, kind="default", source=real.SOURCE))

    def _import(self, path: Path) -> Summary:
        line = ProgressLine(terminal(self), label="  import", unit="rows")

        def progress(position: Position, total: int) -> None:
            line.show(share=position.bytes_done / max(total, 1), count=position.rows_read)

        try:
            return real.import_portfolio(path=path, progress=progress)
        finally:
            line.finish()

    def _apply(self, check: Any) -> Campaign:
        line = ProgressLine(terminal(self), label="  decide", unit="customers")

        def progress(campaign: Campaign) -> None:
            share = campaign.customers_done / max(campaign.customers_total, 1)
            line.show(share=share, count=campaign.customers_done)

        started = real.start_campaign()
        try:
            return real.wait_for(public_id=started.public_id, progress=progress, check=check)
        finally:
            line.finish()

    def _tell_import(self, summary: Summary) -> None:
        done = summary.position
        again = " before, today" if summary.was_already_done else f" in {summary.seconds:.0f} s"
        self._say(
            f"{done.rows_written:,} rows written, {done.rows_rejected:,} rejected{again}; "
            f"{done.customers_created:,} customers created"
        )

    def _table(self, counts: list[StateOutcomes]) -> None:
        total = sum(count.customers for count in counts)
        self.stdout.write("")
        self.stdout.write(f"{'access':10}{'customers':>11}{'share':>9}{'later default':>28}")
        for count in [*counts, _summed(counts)]:
            share = count.customers / total if total else 0.0
            rate = f"{count.happened / count.known:.1%}" if count.known else "—"
            shown = f"{rate} ({count.happened:,} of {count.known:,})"
            self.stdout.write(f"{count.state:10}{count.customers:>11,}{share:>9.1%}{shown:>28}")

    def _say(self, text: str) -> None:
        self.stdout.write(f"· {text}")
        self.stdout.flush()


def _summed(counts: list[StateOutcomes]) -> StateOutcomes:
    return StateOutcomes(
        "all",
        sum(count.customers for count in counts),
        sum(count.known for count in counts),
        sum(count.happened for count in counts),
    )


def _nothing() -> None:
    return
