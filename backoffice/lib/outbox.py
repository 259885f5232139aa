"""Waking a worker after commit. The row is the promise; the broker is only a nudge.

A nudge that is lost, doubled or refused by a broken broker changes nothing: the schedule in
`backoffice.celery` sweeps the same rows.
"""

from __future__ import annotations

import structlog
from celery import Task
from django.db import transaction

log = structlog.get_logger(__name__)


def nudge(task: Task, *arguments: str | int) -> None:
    """Effects: after commit, asks the broker once to run `task`; never raises."""
    transaction.on_commit(lambda: _publish(task, arguments), robust=True)


def _publish(task: Task, arguments: tuple[str | int, ...]) -> None:
    try:
        task.apply_async(arguments, retry=False, ignore_result=True)
    except Exception as error:  # any transport error: the sweep will find the row
        log.warning("nudge_failed", task=task.name, error=type(error).__name__)
