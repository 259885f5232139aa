"""`manage.py rotate_keys`: after it, the old key can be taken out of FIELD_KEYS."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.customers import rotation as customers
from accounts.staff import rotation as staff
from backoffice.api import rotation as answers
from backoffice.lib import clock, crypto
from backoffice.lib.progress import ProgressLine, terminal
from backoffice.lib.resealing import Rotated
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import system

BROKEN_SHOWN = 20


class Command(BaseCommand):
    help = "Re-seal every stored value under the first of FIELD_KEYS. Safe to stop and repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows a transaction")

    def handle(self, *arguments: Any, **options: Any) -> None:
        if not 1 <= options["batch"] <= 10_000:
            raise CommandError("--batch is 1 to 10000.")
        done, line = Rotated(), ProgressLine(terminal(self), label="rotating", unit="rows")
        for rotate in (customers.rotate, staff.rotate, answers.rotate):
            done += rotate(
                batch=options["batch"],
                progress=lambda table, rows: line.show_count(count=rows, note=table),
            )
        line.finish()
        _record(done)
        current = crypto.current_key_id()
        self.stdout.write(
            f"{done.rows:,} rows looked at, {done.values:,} values re-sealed under {current!r}."
        )
        if done.broken:
            shown = "\n".join(f"  {row}" for row in done.broken[:BROKEN_SHOWN])
            raise CommandError(
                f"{len(done.broken)} rows hold values that no key in FIELD_KEYS opens; "
                f"keep every key until they are cleared up:\n{shown}"
            )
        old = [key.id for key in settings.FIELD_KEYS[1:]]
        if old:
            names = ", ".join(old)
            self.stdout.write(f"Nothing needs {names} any more; take it out of FIELD_KEYS.")


@entry
def _record(done: Rotated) -> None:
    ledger.record(
        actor=system("rotate_keys"),
        action="key.rotated",
        subject=("key", crypto.current_key_id()),
        detail={"rows": done.rows, "values": done.values, "failed": len(done.broken)},
        at=clock.now(),
    )
