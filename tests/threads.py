"""Several callers at once, each on its own thread and database connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

WAIT_SECONDS = 60


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all calls together; returns what each returned or raised, in order."""
    ready = threading.Barrier(len(calls), timeout=WAIT_SECONDS)

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            ready.wait()
            return call()
        except Exception as error:  # the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return [
            future.result(timeout=WAIT_SECONDS) for future in [pool.submit(run, c) for c in calls]
        ]


def failures(ends: Sequence[Any]) -> list[Exception]:
    return [end for end in ends if isinstance(end, Exception)]


def wait_for_a_waiter() -> None:
    """Until somebody else's statement on this database waits for a lock."""
    wait_until(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )


def wait_until(count: str) -> None:
    """Until this statement counts something. Raises: TimeoutError."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(count)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise TimeoutError(count)
