"""Where the embedded servers keep their files, and as whom they run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PRIVATE_ROOT = Path("/var/tmp")  # noqa: S108 — survives a reboot, short enough for sockets
SOCKET_PATH_BYTES = 103  # sun_path holds 104 bytes with its NUL on macOS, 108 on Linux
PORT = 5432  # only names the socket file; nothing listens on the network
MARKER = "made-by-sluice"


class EmbeddedError(Exception):
    """The embedded servers cannot run here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user both servers run as: PostgreSQL refuses root, and Valkey has no need of it."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Places:
    """All paths of one project's embedded servers."""

    base: Path  # everything a reset deletes; carries the marker
    sockets: Path  # private and short
    service: Account | None  # None: as the current user

    @property
    def owner(self) -> int:
        return self.service.uid if self.service else os.getuid()

    @property
    def marker(self) -> Path:
        return self.base / MARKER

    @property
    def database_folder(self) -> Path:
        return self.base / "postgres"

    @property
    def database_log(self) -> Path:
        return self.base / "postgres.log"

    @property
    def database_socket(self) -> Path:
        return self.sockets / f".s.PGSQL.{PORT}"

    @property
    def broker_folder(self) -> Path:
        return self.base / "broker"

    @property
    def broker_log(self) -> Path:
        return self.broker_folder / "broker.log"

    @property
    def broker_socket(self) -> Path:
        return self.sockets / "broker.sock"

    @property
    def lock(self) -> Path:
        return self.sockets / "lock"


def places(*, project_root: Path) -> Places:
    """Paths only; nothing is created.

    Root keeps its state outside the project: the service user cannot enter most project folders.
    """
    root = project_root.resolve()
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    private = PRIVATE_ROOT / f"sluice-{os.getuid()}-{digest}"
    if os.getuid() == 0:
        return Places(private / "state", private, _service_account())
    return Places(root / ".sluice" / "embedded", private, None)


def is_private(found: Places) -> bool:
    """Whether the socket folder is ours: anybody may have made one of that name in /var/tmp."""
    try:
        status = found.sockets.lstat()
    except OSError:
        return False
    is_ours = status.st_uid in (found.owner, os.getuid())
    return is_ours and stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o700


@contextmanager
def locked(found: Places) -> Iterator[None]:
    """One starter or stopper at a time, across processes; the lock goes with its holder.

    Effects: makes the folders. Raises: EmbeddedError when somebody else owns them.
    """
    while True:
        _prepare(found)
        # Never followed nor truncated: root writes here into another user's folder.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(found.lock, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_still_there(handle, found.lock):
                yield
                return
        finally:
            os.close(handle)


def _is_still_there(handle: int, path: Path) -> bool:
    """A reset may have deleted the file while we waited: then our lock guards nothing."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def _prepare(found: Places) -> None:
    longest = max(len(os.fsencode(path)) for path in (found.database_socket, found.broker_socket))
    if longest > SOCKET_PATH_BYTES:
        raise EmbeddedError(f"The path {found.sockets} is too long for a socket.")
    try:
        _own_folder(found, found.sockets)
        if not is_private(found):
            raise EmbeddedError(f"{found.sockets} belongs to somebody else: set DATABASE_URL.")
        _own_folder(found, found.base)
        if not any(found.base.iterdir()):
            found.marker.write_text("The demo's servers live here; `make demo-reset` deletes it.\n")
    except OSError as error:
        raise EmbeddedError(
            f"Cannot keep the embedded servers' files: {error}. Set DATABASE_URL and BROKER_URL."
        ) from error


def _own_folder(found: Places, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    if found.service:
        os.chown(path, found.service.uid, found.service.gid)


def _service_account() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user to run it as.")
