"""Who calls the API: OAuth2 client credentials (RFC 6749, 4.4), scopes per method, deny by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter, get_adapter
from django.db import connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backoffice.api.scopes import SCOPES

_TOKEN = """
SELECT client_id, scopes FROM allauth_idp_oidc_token
WHERE type = 'at' AND hash = %s AND client_id IS NOT NULL
  AND (expires_at IS NULL OR expires_at > statement_timestamp())
"""
TOKEN_LENGTH_AT_MOST = 512


class ClientAdapter(DefaultOIDCAdapter):  # type: ignore[misc]
    """The login library's view of our scopes."""

    scope_display = SCOPES


@dataclass(frozen=True, slots=True)
class Client:
    """The API client a request comes from."""

    id: str
    scopes: frozenset[str]
    is_authenticated: bool = True


class ClientAuthentication(BaseAuthentication):
    """A bearer token (RFC 6750) → `request.user` is a Client. One query; tokens are kept hashed."""

    def authenticate(self, request: Request) -> tuple[Client, None] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        if not token or len(token) > TOKEN_LENGTH_AT_MOST:
            raise AuthenticationFailed()
        with connection.cursor() as cursor:
            cursor.execute(_TOKEN, [get_adapter().hash_token(token)])
            row = cursor.fetchone()
        if row is None:
            raise AuthenticationFailed()
        return Client(row[0], frozenset(row[1].split("\n"))), None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="sluice"'


class HasScope(BasePermission):
    """Refuses every method for which the view does not name the scope that allows it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return isinstance(request.user, Client)
        needed = getattr(view, "required_scopes", {}).get(method)
        return (
            needed is not None
            and isinstance(request.user, Client)
            and needed in request.user.scopes
        )
