"""`manage.py seed_demo`: the fictional lender and its year; kept when it is there already."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.lib import clock
from backoffice.lib.errors import Refused
from risk.demo import services
from risk.demo.facts import CUSTOMERS, SEED

CUSTOMERS_AT_MOST = 50_000  # invented identity numbers run out at about four times as many


class Command(BaseCommand):
    help = "Write the demo's fictional lender and its year (only with SLUICE_MODE=demo)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=CUSTOMERS, help="how many (5,000)")
        parser.add_argument("--seed", type=int, default=SEED, help="another one, other people")

    def handle(self, *arguments: Any, **options: Any) -> None:
        if not 1 <= options["customers"] <= CUSTOMERS_AT_MOST:
            raise CommandError(f"--customers is 1 to {CUSTOMERS_AT_MOST:,}.")
        started = time.monotonic()

        def progress(text: str) -> None:
            self.stdout.write(f"         {text}")

        try:
            seeded = services.seed(
                customers=options["customers"],
                seed=options["seed"],
                now=clock.now(),
                progress=progress,
            )
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        if seeded.was_there:
            self.stdout.write("         it is there already: kept")
            return
        services.backtest_waiting(progress=progress)
        self.stdout.write(
            f"         {seeded.customers:,} customers, {seeded.decisions:,} decisions,"
            f" {seeded.notices:,} notices in {time.monotonic() - started:.0f} s"
        )
