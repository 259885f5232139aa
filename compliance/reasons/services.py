"""Writing the catalogue."""

from __future__ import annotations

import dataclasses
import datetime as dt

from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from compliance.reasons.models import Reason
from compliance.reasons.starter import STARTER_REASONS


@entry
def install_starter_reasons(*, actor: Actor, at: dt.datetime | None = None) -> int:
    """Adds the shipped reasons that are absent; words already edited stay. Returns how many."""
    present = set(Reason.objects.values_list("code", flat=True))
    absent = [starter for starter in STARTER_REASONS if starter.code not in present]
    Reason.objects.bulk_create(
        [Reason(**dataclasses.asdict(starter)) for starter in absent], ignore_conflicts=True
    )
    for starter in absent:
        ledger.record(
            actor=actor, action="reason.installed", subject=("reason", starter.code), at=at
        )
    return len(absent)


@step
def save_reason(*, reason: Reason, note: str, actor: Actor) -> None:
    """A new or edited reason. Effects, raises: see `ledger.services.save_governed`."""
    ledger.save_governed(row=reason, subject=("reason", reason.code), note=note, actor=actor)
