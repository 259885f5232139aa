"""Who acts, read off a request at a door."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from backoffice.api.oauth import Client
from compliance.ledger.facts import Actor, client, staff


def calling_staff(request: HttpRequest) -> Actor:
    """The operator at the console. Raises: TypeError when nobody is signed in."""
    if request.user.pk is None:
        raise TypeError("nobody is signed in")
    return staff(request.user.pk)


def calling_client(request: Request) -> Actor:
    """The API client. Raises: TypeError when the request carries none."""
    caller: object = request.user
    if not isinstance(caller, Client):
        raise TypeError("no API client")
    return client(caller.id)
