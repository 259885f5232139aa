"""`manage.py bureau_simulator`; see docs/identity.md."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.verification.simulator import server


class Command(BaseCommand):
    help = "Serve a make-believe credit bureau and identity provider on this machine."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8099, help="where it listens")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            made = server(port=options["port"])
        except (OSError, OverflowError) as error:
            raise CommandError(f"Cannot listen on port {options['port']}: {error}.") from None
        self.stdout.write(f"Answering on http://127.0.0.1:{made.server_port}")
        try:
            made.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            made.server_close()
