"""What the settings, the database backend, the demo and the command line call."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from backoffice.embedded import broker, postgres
from backoffice.embedded.places import PORT, EmbeddedError, Places, locked, places


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """How to reach the embedded PostgreSQL; the host is the folder of its socket."""

    host: str
    port: int
    user: str
    name: str

    @property
    def url(self) -> str:
        """The folder travels as a parameter: URL parsers lower-case the host part."""
        host = quote(self.host, safe="")
        return f"postgresql://{self.user}@:{self.port}/{self.name}?host={host}"


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server as found; nothing is started to find out."""

    name: str
    is_running: bool
    address: str
    log: Path


def database_address(*, project_root: Path) -> DatabaseAddress:
    """Nothing is started."""
    found = places(project_root=project_root)
    return DatabaseAddress(str(found.sockets), PORT, postgres.USER, postgres.DATABASE)


def broker_address(*, project_root: Path) -> str:
    """A Celery broker URL; nothing is started."""
    return f"redis+socket://{places(project_root=project_root).broker_socket}?virtual_host=0"


def database_url(*, project_root: Path) -> str:
    """For psycopg, psql and DATABASE_URL. Effects: starts PostgreSQL when it is not running."""
    ensure_database(project_root=project_root)
    return database_address(project_root=project_root).url


def broker_url(*, project_root: Path) -> str:
    """For Celery and BROKER_URL. Effects: starts Valkey when it is not running."""
    ensure_broker(project_root=project_root)
    return broker_address(project_root=project_root)


def ensure_database(*, project_root: Path) -> bool:
    """True when this call started it. It stays when the caller ends. Raises: EmbeddedError."""
    found = places(project_root=project_root)
    if postgres.is_ready(found):
        return False
    with locked(found):
        if postgres.is_ready(found):
            return False
        postgres.start(found)
        return True


def ensure_broker(*, project_root: Path) -> bool:
    """True when this call started it. It stays when the caller ends. Raises: EmbeddedError."""
    found = places(project_root=project_root)
    if broker.is_ready(found):
        return False
    with locked(found):
        if broker.is_ready(found):
            return False
        broker.start(found)
        return True


def stop_database(*, project_root: Path) -> None:
    found = places(project_root=project_root)
    if found.base.exists():
        with locked(found):
            postgres.stop(found)


def stop_broker(*, project_root: Path) -> None:
    found = places(project_root=project_root)
    if found.base.exists():
        with locked(found):
            broker.stop(found)


def stop(*, project_root: Path) -> None:
    """Raises: EmbeddedError when one of them does not stop."""
    stop_broker(project_root=project_root)
    stop_database(project_root=project_root)


def reset(*, project_root: Path) -> None:
    """Effects: stops both and deletes everything they kept.

    Raises: EmbeddedError when the folder was not made by us; then nothing is touched.
    """
    found = places(project_root=project_root)
    if not found.base.exists():
        return
    if not found.marker.is_file():
        raise EmbeddedError(f"{found.base} does not carry {found.marker.name}: left as it is.")
    with locked(found):
        broker.stop(found)
        postgres.stop(found)
        shutil.rmtree(found.base)
        _leave(found)


def status(*, project_root: Path) -> tuple[ServerStatus, ServerStatus]:
    """Shape: the database, then the broker."""
    found = places(project_root=project_root)
    address = database_address(project_root=project_root).url
    queue = broker_address(project_root=project_root)
    return (
        ServerStatus("database", postgres.is_ready(found), address, found.database_log),
        ServerStatus("broker", broker.is_ready(found), queue, found.broker_log),
    )


def _leave(found: Places) -> None:
    """The socket folder holds nothing but sockets and the lock, unless somebody put it there."""
    for path in (found.database_socket, found.broker_socket, found.lock):
        path.unlink(missing_ok=True)
    if not any(found.sockets.iterdir()):
        found.sockets.rmdir()
