"""What the settings, the database backend and the command line call."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded import broker, postgres
from backoffice.embedded.places import Places, places, prepare


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """How to reach the embedded PostgreSQL; the host is a folder with its socket."""

    host: str
    user: str
    name: str


def database_address(*, project_root: Path) -> DatabaseAddress:
    """Nothing is started."""
    found = places(project_root=project_root)
    return DatabaseAddress(str(found.sockets), postgres.USER, postgres.DATABASE)


def broker_address(*, project_root: Path) -> str:
    """A Celery broker URL; nothing is started."""
    return f"redis+socket://{places(project_root=project_root).broker_socket}?virtual_host=0"


def ensure_database(*, project_root: Path) -> bool:
    """Effects: starts PostgreSQL when it is not running; True when this call started it."""
    found = places(project_root=project_root)
    if postgres.is_running(found):
        return False
    with _starting(found):
        if postgres.is_running(found):
            return False
        postgres.start(found)
        return True


def ensure_broker(*, project_root: Path) -> bool:
    """Effects: starts Valkey when it is not running; True when this call started it."""
    found = places(project_root=project_root)
    if broker.is_running(found):
        return False
    with _starting(found):
        if broker.is_running(found):
            return False
        broker.start(found)
        return True


def stop_all(*, project_root: Path) -> None:
    found = places(project_root=project_root)
    if found.sockets.exists():
        with _starting(found):
            broker.stop(found)
            postgres.stop(found)


def reset(*, project_root: Path) -> None:
    """Effects: stops both and deletes everything they kept."""
    stop_all(project_root=project_root)
    found = places(project_root=project_root)
    shutil.rmtree(found.base, ignore_errors=True)
    shutil.rmtree(found.sockets, ignore_errors=True)


def status(*, project_root: Path) -> dict[str, bool]:
    found = places(project_root=project_root)
    return {"database": postgres.is_running(found), "broker": broker.is_running(found)}


@contextmanager
def _starting(found: Places) -> Iterator[None]:
    """One starter at a time, across processes; the lock goes with its holder."""
    prepare(found)
    with found.lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
