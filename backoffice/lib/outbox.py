"""Waking a worker after commit. The row is the promise; the broker is only a nudge.

A nudge that is lost, doubled or refused by a broken broker changes nothing: the schedule in
`backoffice.schedule` sweeps the same rows.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from django.db import transaction

from backoffice.celery import app

log = structlog.get_logger(__name__)

# An unreachable broker must not slow down every request by its connection timeout.
PAUSE_SECONDS = 5.0
_silent_until = 0.0


def nudge(task: str, *arguments: str | int) -> None:
    """Effects: after commit, asks the broker once to run the task of this name; never raises and
    never waits for a broker that is away.

    By name, because tasks are doors: they import the services that nudge them.
    """
    fresh = _Nudge(task, arguments)
    if not _is_due_anyway(fresh):
        transaction.on_commit(fresh, robust=True)


@dataclass(frozen=True, slots=True)
class _Nudge:
    """What happens after commit; two of the same are equal."""

    task: str
    arguments: tuple[str | int, ...]

    def __call__(self) -> None:
        _publish(self.task, self.arguments)


def _is_due_anyway(fresh: _Nudge) -> bool:
    """Whether this transaction nudges for the same already, and no rollback to a savepoint can
    take that back without taking this back too. A batch of decisions wakes a worker once."""
    connection = transaction.get_connection()
    around = set(connection.savepoint_ids)
    return any(
        callback == fresh and savepoints <= around
        for savepoints, callback, _robust in connection.run_on_commit
    )


def _publish(task: str, arguments: tuple[str | int, ...]) -> None:
    global _silent_until  # noqa: PLW0603 — per process; a race costs one more attempt
    if time.monotonic() < _silent_until:
        return
    try:
        app.send_task(task, arguments, retry=False, ignore_result=True)
    except Exception as error:  # any transport error: the sweep will find the row
        _silent_until = time.monotonic() + PAUSE_SECONDS
        log.warning("nudge_failed", task=task, error=type(error).__name__)
