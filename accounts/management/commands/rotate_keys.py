"""`manage.py rotate_keys`, after a new key was put first in FIELD_KEYS and everything restarted."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.customers import rotation as customers
from accounts.staff import rotation as staff
from backoffice.lib import crypto


class Command(BaseCommand):
    help = "Seal every stored personal value and second factor under the first key of FIELD_KEYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--batch", type=int, default=1000, help="rows locked at a time (default: 1000)"
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        rows = customers.rotate(batch=options["batch"], progress=self._say)
        factors = staff.rotate()
        self.stdout.write(
            f"{rows} rows and {factors} second factors sealed anew; "
            f"everything stored is under {crypto.current_key_id()}."
        )

    def _say(self, table: str, seen: int) -> None:
        self.stdout.write(f"  {table}: {seen} rows looked at")
