"""Rows that wait for a call out of the process: claimed one at a time, ended by who claimed them.

The row has a `state`, `attempts` and `due_at`. A claim is a lease: it counts an attempt and puts
`due_at` to the lease's end. A worker that dies leaves its row to the next sweep, and one that
comes too late finds that another holds it: nothing is written twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

from backoffice.lib import clock

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Leases(Generic[Row]):
    """How rows of one table are claimed. All of it is the caller's constants, never input.

    `seconds` is longer than any one attempt can take; `joined` is read with the row.
    """

    model: type[Row]
    waiting: str
    taken: str
    seconds: int
    joined: str

    def each_due(self, attempt: Callable[[Row], None], *, limit: int) -> int:
        """Make the attempts that are due, one after the other; returns how many.

        Each row is claimed when its turn comes: a slow one uses up nobody else's time.
        """
        for attempts in range(limit):
            row = self.claim()
            if row is None:
                return attempts
            attempt(row)
        return limit

    def claim(self) -> Row | None:
        """The row that has been due longest, if nobody holds it. Effects: two statements."""
        now = clock.now()
        table = self.model._meta.db_table
        statement = f"""
            UPDATE {table}
            SET state = '{self.taken}', attempts = attempts + 1, due_at = %(until)s
            WHERE id = (
                SELECT id FROM {table}
                WHERE state IN ('{self.waiting}', '{self.taken}') AND due_at <= %(now)s
                ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            RETURNING id, attempts, due_at
        """  # noqa: S608 — constants
        until = now + dt.timedelta(seconds=self.seconds)
        with connection.cursor() as cursor:
            cursor.execute(statement, {"now": now, "until": until})
            found = cursor.fetchone()
        if found is None:
            return None
        row: Any = self.model._default_manager.select_related(self.joined).get(id=found[0])
        row.attempts, row.due_at = found[1:]
        return row  # type: ignore[no-any-return]

    def write(self, row: Any, **values: object) -> bool:
        """What came of an attempt; False, and nothing written, when the lease is another's now."""
        held = self.model._default_manager.filter(
            id=row.id, state=self.taken, attempts=row.attempts, due_at=row.due_at
        )
        return bool(held.update(**values))
