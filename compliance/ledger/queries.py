"""Reading the ledger: newest first, by key."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.idp.oidc.models import Client
from django.contrib.auth import get_user_model

from compliance.ledger.models import LedgerEntry


def about(*, subject: tuple[str, str], limit: int) -> list[LedgerEntry]:
    """The newest entries about one subject (kind, public id)."""
    return list(
        LedgerEntry.objects.filter(subject_kind=subject[0], subject_id=subject[1]).order_by("-id")[
            :limit
        ]
    )


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """What people and API clients are called, by `kind:id`. One query for each kind there is."""
    wanted: dict[str, set[str]] = {"staff": set(), "client": set()}
    for actor in actors:
        kind, _separator, actor_id = actor.partition(":")
        wanted.get(kind, set()).add(actor_id)
    found: dict[str, str] = {}
    if staff_ids := [one for one in wanted["staff"] if one.isdigit()]:
        people = get_user_model().objects.filter(pk__in=staff_ids)
        found |= {f"staff:{person.pk}": person.get_full_name() for person in people}
    if wanted["client"]:
        clients = Client.objects.filter(pk__in=wanted["client"])
        found |= {f"client:{one.pk}": one.name for one in clients}
    return found
