"""Writing to the ledger, in the transaction of what is being recorded."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from backoffice.lib import bulk
from backoffice.lib.errors import Invalid
from backoffice.lib.transactions import step
from compliance.ledger.facts import Actor, Entry

_INSERT = """
INSERT INTO compliance_ledgerentry
    (occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, reason, detail,
     transaction_id)
VALUES (coalesce(%s::timestamptz, statement_timestamp()), %s, %s, %s, %s, %s, %s, %s::jsonb,
        pg_current_xact_id()::text::bigint)
"""

_INSERT_ALL = """
INSERT INTO compliance_ledgerentry
    (occurred_at, actor_kind, actor_id, action, subject_kind, subject_id, reason, detail,
     transaction_id)
SELECT %(at)s::timestamptz, %(actor_kind)s::text, %(actor_id)s::text, action, subject_kind,
       subject_id, reason, detail, pg_current_xact_id()::text::bigint
FROM {given} ORDER BY place
"""
_COLUMNS = {
    "action": "text", "subject_kind": "text", "subject_id": "text", "reason": "text",
    "detail": "jsonb",
}  # fmt: skip


@step
def record(
    *,
    actor: Actor,
    action: str,
    subject: tuple[str, str],
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Effects: writes one entry.

    `at` is when it was done, if that is not now: the database adds its own clock beside it.

    `action` is `room.past_tense`, `subject` is (kind, public id). `reason` is what a person
    typed. `detail` names fields, codes and ids: never personal data.
    """
    row = (
        at,
        actor.kind.value,
        actor.id,
        action,
        subject[0],
        subject[1],
        reason,
        _json(detail or {}),
    )
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, row)


@step
def record_many(
    *,
    actor: Actor,
    action: str,
    subject_kind: str,
    entries: Sequence[tuple[str, Mapping[str, Any]]],
    at: dt.datetime,
) -> None:
    """One entry for each subject, for bulk work. Shape: (public id, detail).

    Effects: one statement.
    """
    record_all(
        actor=actor,
        entries=[Entry(action, (subject_kind, subject), detail) for subject, detail in entries],
        at=at,
    )


@step
def record_all(*, actor: Actor, entries: Sequence[Entry], at: dt.datetime) -> None:
    """Many entries of one actor and time, in this order. Effects: one statement, or none."""
    bulk.run(
        _INSERT_ALL,
        name="ledger_entries",
        columns=_COLUMNS,
        rows=[
            (entry.action, *entry.subject, entry.reason, _json(entry.detail)) for entry in entries
        ],
        at=at,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
    )


def _json(detail: Mapping[str, Any]) -> str:
    return json.dumps(detail, cls=DjangoJSONEncoder, ensure_ascii=False)


@step
def save_governed(
    *,
    row: Model,
    subject: tuple[str, str],
    note: str,
    actor: Actor,
    at: dt.datetime | None = None,
) -> None:
    """Write a new or edited row that people govern: its old and new values and why are kept.

    Effects: the row; an entry `<kind>.created` or `<kind>.changed`. Raises: Invalid (no reason
    given). The values are the form's affair, and the database's.
    """
    if not note.strip():
        raise Invalid(_("Say why this changes."), code="note_required")
    before = type(row)._default_manager.filter(pk=row.pk).first()
    changes = {
        field.name: [str(getattr(before, field.name)), str(getattr(row, field.name))]
        for field in row._meta.concrete_fields
        if before and getattr(before, field.name) != getattr(row, field.name)
    }
    row.save()
    record(
        actor=actor, action=f"{subject[0]}.{'changed' if before else 'created'}", subject=subject,
        reason=note.strip(), detail={"changes": changes}, at=at,
    )  # fmt: skip
