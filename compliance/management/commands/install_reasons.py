"""`manage.py install_reasons`; see docs/policies.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backoffice.lib import clock
from compliance.ledger.facts import system
from compliance.reasons import services


class Command(BaseCommand):
    help = "Add the shipped reasons that the catalogue lacks; words that are there stay."

    def handle(self, *arguments: Any, **options: Any) -> None:
        added = services.install_starter_reasons(actor=system("reasons"), at=clock.now())
        self.stdout.write(f"Reasons added: {added}.")
