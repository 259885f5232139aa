"""`manage.py backtest --product flex --candidate HASH`: what a version would do to everybody."""

from __future__ import annotations

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from backoffice.lib import clock
from backoffice.lib.errors import Refused
from backoffice.lib.progress import ProgressLine, terminal
from compliance.ledger.facts import system
from risk.policies import queries as policies
from risk.simulation import results, services, workbook
from risk.simulation.facts import STATES
from risk.simulation.models import Backtest, BacktestState, SnapshotState
from risk.simulation.words import problem_words

REFUSED, NOT_FINISHED = 2, 3
HASH_AT_LEAST = 8


class Command(BaseCommand):
    help = "Compare a submitted policy version with the one in force over all customers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--product", required=True, help="the product's code")
        parser.add_argument(
            "--candidate", required=True, metavar="HASH",
            help="the version's content hash, or its first eight characters or more",
        )  # fmt: skip
        parser.add_argument("--snapshot", help="a snapshot's id; without one, a new one is taken")
        parser.add_argument("--note", default="From the command line.", help="what it is for")
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    def handle(self, *arguments: Any, **options: Any) -> None:
        with translation.override("en"):
            try:
                backtest = services.start(
                    candidate_public_id=_candidate(options["product"], options["candidate"]),
                    snapshot_public_id=options["snapshot"],
                    note=options["note"],
                    actor=system("simulation"),
                    at=clock.now(),
                )
            except Refused as error:
                raise CommandError(f"{error.message} ({error.code})", returncode=REFUSED) from None
            self._tell(self._run(backtest.public_id), as_json=options["json"])

    def _run(self, public_id: str) -> Backtest:
        line = ProgressLine(terminal(self), label="backtest", unit="customers")
        try:
            return services.run(
                public_id=public_id, now=clock.now, progress=partial(self._show, line)
            )
        finally:
            line.finish()

    def _show(self, line: ProgressLine, backtest: Backtest) -> None:
        if backtest.snapshot.state == SnapshotState.TAKING:
            line.show_count(count=backtest.snapshot.customers, note="taking the snapshot")
            return
        share = backtest.partitions_done / max(backtest.snapshot.partitions, 1)
        line.show(share=share, count=backtest.customers_done)

    def _tell(self, backtest: Backtest, *, as_json: bool) -> None:
        if backtest.state != BacktestState.FINISHED or backtest.result is None:
            why = problem_words(backtest.problem) if backtest.problem else backtest.state
            raise CommandError(f"{why} ({backtest.public_id})", returncode=NOT_FINISHED)
        if as_json:
            self.stdout.write(workbook.json_text(backtest))
            return
        matrix = backtest.result["matrix"]
        self.stdout.write(f"{backtest.public_id}: {backtest.customers_done:,} customers")
        self.stdout.write(f"{'before, after':16}" + "".join(f"{state:>12}" for state in STATES))
        for old in STATES:
            cells = (results.cell(matrix, old, new)[0] for new in STATES)
            self.stdout.write(f"{old:16}" + "".join(f"{cell:>12,}" for cell in cells))
        moved = results.changes(backtest.result)
        self.stdout.write(", ".join(f"{name} {number:,}" for name, number in moved.items()))
        if backtest.proof_problem:
            self.stdout.write(f"not a proof for the version: {backtest.proof_problem}")


def _candidate(product: str, wanted: str) -> str:
    """The version's public id. Raises: CommandError."""
    if len(wanted) < HASH_AT_LEAST:
        raise CommandError(
            f"--candidate needs {HASH_AT_LEAST} characters of the hash.", returncode=REFUSED
        )
    rows = policies.versions().filter(product__code=product, content_hash__startswith=wanted)
    found = sorted(
        rows, key=lambda row: (row.status in services.TESTABLE, row.number), reverse=True
    )
    if not found:
        raise CommandError(
            f"The product {product} has no submitted version with the hash {wanted}.",
            returncode=REFUSED,
        )
    if len({row.content_hash for row in found}) > 1:
        raise CommandError(
            f"More than one version's hash begins with {wanted}: give more of it.",
            returncode=REFUSED,
        )
    return str(found[0].public_id)
