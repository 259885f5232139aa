"""`manage.py create_api_client NAME --scopes customers:write decisions:write`"""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

from allauth.idp.oidc.models import Client
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from backoffice.api.scopes import SCOPES


class Command(BaseCommand):
    help = "Create an API client and print its secret, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--scopes", nargs="+", choices=list(SCOPES), default=list(SCOPES))
        parser.add_argument("--id", help="a client id of your own choice")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            client, secret = create_client(
                name=options["name"], scopes=options["scopes"], client_id=options["id"]
            )
        except IntegrityError as error:
            raise CommandError("There is a client with this id already.") from error
        self.stdout.write(f"client_id={client.id}\nclient_secret={secret}")


def create_client(*, name: str, scopes: list[str], client_id: str | None) -> tuple[Client, str]:
    """A confidential client for the client-credentials grant; the secret is kept only hashed."""
    secret = new_secret()
    client = Client(name=name, **({"id": client_id} if client_id else {}))
    prepare_client(client, scopes=scopes, secret=secret)
    client.save()
    return client, secret


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def prepare_client(client: Client, *, scopes: list[str], secret: str | None) -> None:
    """Set what a client may do and, when given, its secret; nothing is saved."""
    if secret is not None:
        client.set_secret(secret)
    client.set_scopes(scopes)
    client.set_default_scopes(scopes)
    client.set_grant_types([Client.GrantType.CLIENT_CREDENTIALS])
    client.set_response_types([])
    client.skip_consent = True
