"""Who acts, read off a request at a door; who acted, named in its lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypedDict

from django.contrib.admin import display
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from backoffice.api.oauth import Client
from backoffice.lib import clock
from compliance.ledger import queries
from compliance.ledger.facts import Actor, client, staff
from compliance.ledger.words import actor_words


class Signature(TypedDict):
    """What every verb asks: who acts, and when."""

    actor: Actor
    at: dt.datetime


def signed(request: HttpRequest) -> Signature:
    """The operator at the console, now. Raises: TypeError when nobody is signed in."""
    return {"actor": calling_staff(request), "at": clock.now()}


def named(actor: str, names: Mapping[str, str] | None = None) -> str:
    """Who that was, in words; looked up unless a list brings `names` along. A dash for nobody."""
    if not actor:
        return "—"
    return actor_words(actor, queries.actor_names([actor]) if names is None else names)


class NamesActors:
    """Mixed into lists with a column of who did it: their names are read once a page.

    `actor_field` is the row's field that holds the actor.
    """

    actor_field = "started_by"

    def prepare(self, rows: list[Any]) -> None:
        names = queries.actor_names(getattr(row, self.actor_field) for row in rows)
        for row in rows:
            row.names = names

    def actor_name(self, row: Any) -> str:
        return named(getattr(row, self.actor_field), getattr(row, "names", None))

    @display(description=_("started by"))
    def starter(self, row: Any) -> str:
        return self.actor_name(row)


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
