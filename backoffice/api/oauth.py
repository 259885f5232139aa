"""Who calls the API: OAuth2 client credentials (RFC 6749, 4.4); scopes, denied by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter, get_adapter
from django.db import connection
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backoffice.api.problems import CHALLENGE
from backoffice.api.scopes import SCOPES

# Only client-credentials tokens: one that speaks for a person opens nothing here. A scope taken
# from the client is gone at once, although its tokens still name it.
_GRANT = """
SELECT t.client_id, t.scopes, c.scopes
FROM allauth_idp_oidc_token t JOIN allauth_idp_oidc_client c ON c.id = t.client_id
WHERE t.type = 'at' AND t.hash = %s AND t.user_id IS NULL
  AND (t.expires_at IS NULL OR t.expires_at > statement_timestamp())
"""
TOKEN_LENGTH_AT_MOST = 512


class ClientAdapter(DefaultOIDCAdapter):
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
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token.strip()
        if not token or len(token) > TOKEN_LENGTH_AT_MOST:
            raise AuthenticationFailed()
        with connection.cursor() as cursor:
            cursor.execute(_GRANT, [get_adapter().hash_token(token)])
            row = cursor.fetchone()
        if row is None:
            raise AuthenticationFailed()
        client_id, granted, allowed = row
        return Client(client_id, frozenset(granted.split()) & frozenset(allowed.split())), None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class HasScope(BasePermission):
    """Refuses every method for which the view does not name the scope that allows it.

    A method the view does not have passes, to be answered 405.
    """

    message = _("This client lacks the scope for this.")
    code = "insufficient_scope"

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method.lower() not in view.http_method_names or not hasattr(view, method.lower()):
            return True
        needed = getattr(view, "required_scopes", {}).get(method)
        client: object = request.user
        return needed is not None and isinstance(client, Client) and needed in client.scopes
