"""Writing the catalogue."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.utils.translation import gettext_lazy as _

from backoffice.lib.errors import Invalid
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
    """Write a new or edited reason; the ledger keeps old and new words, and why.

    Raises: Invalid (no reason given). The words are the form's affair, and the database's.
    """
    if not note.strip():
        raise Invalid(_("Say why the reason changes."), code="note_required")
    before = Reason.objects.filter(pk=reason.pk).first()
    changes = {
        field.name: [str(getattr(before, field.name)), str(getattr(reason, field.name))]
        for field in Reason._meta.concrete_fields
        if before and getattr(before, field.name) != getattr(reason, field.name)
    }
    reason.save()
    ledger.record(
        actor=actor, action="reason.changed" if before else "reason.created",
        subject=("reason", reason.code), reason=note.strip(), detail={"changes": changes},
    )  # fmt: skip
