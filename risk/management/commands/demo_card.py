"""`manage.py demo_card --address http://127.0.0.1:8000`: where to go, as whom, what to try."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backoffice.lib.errors import Missing
from risk.demo import queries
from risk.demo.facts import CLIENT_ID, STAFF
from risk.demo.lives import FLEX
from risk.demo.secrets import client_secret, demo_password


class Command(BaseCommand):
    help = "Print the demo's address, logins and three things to try (only in demo mode)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="http://127.0.0.1:8000", help="where it is served")

    def handle(self, *arguments: Any, **options: Any) -> None:
        if not settings.IS_DEMO:
            raise CommandError("The demo's logins are only for SLUICE_MODE=demo.")
        address = options["address"].rstrip("/")
        try:
            lines = [*_logins(address), *_things_to_try(address), *_api(address)]
        except Missing as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write("\n".join(lines))


def _logins(address: str) -> Iterator[str]:
    yield f"\n  {address}/    password for every login: {demo_password()}\n"
    for colleague in STAFF:
        yield f"    {colleague.username:<12}{colleague.role.value}"


def _things_to_try(address: str) -> Iterator[str]:
    yield "\n  Three things to try"
    for number, suggestion in enumerate(queries.suggestions(), start=1):
        yield f"    {number}. as {suggestion.username}: {suggestion.text}"
        yield f"       {address}{suggestion.path}"
    yield "\n  More customers with a story"
    for text, path in queries.other_stories():
        yield f"    {address}{path}  {text}"


def _api(address: str) -> Iterator[str]:
    yield f"\n  The API, as a lender's app ({address}/api/v1/docs)"
    yield f"    TOKEN=$(curl -s -u {CLIENT_ID}:{client_secret()} \\"
    yield f"      -d grant_type=client_credentials {address}/identity/o/api/token \\"
    yield "      | python3 -c 'import json, sys; print(json.load(sys.stdin)[\"access_token\"])')"
    yield (
        f"    curl -s -H \"Authorization: Bearer $TOKEN\" -H 'Accept-Language: en' \\\n"
        f"      {address}/api/v1/customers/{queries.story_customer()}/access/{FLEX}"
    )
