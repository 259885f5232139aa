"""API clients: made with a secret that is shown once and kept only hashed."""

from __future__ import annotations

import secrets

from allauth.idp.oidc.models import Client


def create_client(
    *, name: str, scopes: list[str], client_id: str | None, secret: str | None = None
) -> tuple[Client, str]:
    """A confidential client for the client-credentials grant; the secret is kept only hashed."""
    secret = secret or new_secret()
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
