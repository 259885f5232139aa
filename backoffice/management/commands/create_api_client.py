"""`manage.py create_api_client NAME --scopes customers:write decisions:write`"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from backoffice.api.clients import create_client
from backoffice.api.scopes import SCOPES


class Command(BaseCommand):
    help = "Create an API client and print its secret, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="who it is for, as the console shows it")
        parser.add_argument(
            "--scopes", nargs="+", choices=list(SCOPES), default=list(SCOPES),
            help="what it may do; everything when left out",
        )  # fmt: skip
        parser.add_argument("--id", help="a client id of your own choice")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            client, secret = create_client(
                name=options["name"], scopes=options["scopes"], client_id=options["id"]
            )
        except IntegrityError as error:
            raise CommandError("There is a client with this id already.") from error
        self.stdout.write(f"client_id={client.id}\nclient_secret={secret}")
