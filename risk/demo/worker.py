"""A worker for as long as it is needed, when nobody else runs one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from backoffice.celery import app
from backoffice.embedded import services as embedded
from backoffice.embedded.children import Children

ANSWER_WITHIN_SECONDS = 1.5


@contextmanager
def ensured() -> Iterator[Children | None]:
    """Our own worker, watched and ended with the block; None when one answers already.

    Effects: starts the embedded broker when no BROKER_URL is given and it is not running.
    """
    if not os.environ.get("BROKER_URL"):
        embedded.ensure_broker(project_root=settings.ROOT)
    if _is_answered():
        yield None
        return
    state: Path = settings.ROOT / ".sluice"
    children = Children(
        root=settings.ROOT,
        logs=state / "logs",
        record=state / "demo-real.pids",
        environment={**os.environ, "SLUICE_MODE": "demo", "PYTHONUNBUFFERED": "1"},
    )
    try:
        children.start("demo-real-worker", _command())
        yield children
    finally:
        children.stop()


def _is_answered() -> bool:
    with suppress(Exception):  # whatever is wrong with the broker, our worker will say it better
        return bool(app.control.inspect(timeout=ANSWER_WITHIN_SECONDS).ping())
    return False


def _command() -> list[str]:
    celery = [sys.executable, "-m", "celery", "-A", "backoffice.celery", "worker"]
    return [*celery, "--concurrency", "2", "--loglevel", "warning", "--hostname", "demo-real@%h"]
