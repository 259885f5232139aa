"""Waking a worker after commit. The row is the promise; the broker is only a nudge.

A nudge that is lost, doubled or refused by a broken broker changes nothing: the schedule in
`backoffice.schedule` sweeps the same rows.
"""

from __future__ import annotations

import structlog
from django.db import transaction

from backoffice.celery import app

log = structlog.get_logger(__name__)


def nudge(task: str, *arguments: str | int) -> None:
    """Effects: after commit, asks the broker once to run the task of this name; never raises.

    By name, because tasks are doors: they import the services that nudge them.
    """
    transaction.on_commit(lambda: _publish(task, arguments), robust=True)


def _publish(task: str, arguments: tuple[str | int, ...]) -> None:
    try:
        app.send_task(task, arguments, retry=False, ignore_result=True)
    except Exception as error:  # any transport error: the sweep will find the row
        log.warning("nudge_failed", task=task, error=type(error).__name__)
