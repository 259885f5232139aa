"""Database triggers behind the promises the services make: what is written stays written.

A refusal surfaces as `django.db.utils.InternalError`/`DatabaseError` with the message
`pgtrigger: Cannot …`; services never rely on it, it stands behind them.
"""

from __future__ import annotations

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """Rows can be added, never changed, deleted or truncated."""
    return [
        pgtrigger.Protect(
            name="no_update_or_delete", operation=pgtrigger.Update | pgtrigger.Delete
        ),
        no_truncate(),
    ]


def no_delete() -> pgtrigger.Trigger:
    return pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete)


def no_truncate() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    )


def frozen_columns(
    *columns: str, when: str = "TRUE", name: str = "frozen_columns"
) -> pgtrigger.Trigger:
    """The named database columns cannot change (only in rows where the SQL `when` holds)."""
    changed = " OR ".join(f'OLD."{each}" IS DISTINCT FROM NEW."{each}"' for each in columns)
    return pgtrigger.Protect(
        name=name,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"(({when}) AND ({changed}))"),
    )
