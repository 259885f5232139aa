"""Where the embedded servers keep their files, and as whom PostgreSQL runs."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

PRIVATE_ROOT = Path("/var/tmp")  # noqa: S108 — survives a reboot, short enough for sockets
SOCKET_PATH_BYTES = 100  # sun_path holds 104 bytes on macOS, 108 on Linux


class EmbeddedError(Exception):
    """The embedded servers cannot run here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user PostgreSQL runs as: it refuses to run as root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Places:
    """All paths of one project's embedded servers."""

    project_root: Path
    base: Path  # everything that may be deleted by a reset
    sockets: Path  # private and short
    service: Account | None  # None: as the current user

    @property
    def data(self) -> Path:
        return self.base / "postgres"

    @property
    def lock(self) -> Path:
        return self.sockets / "lock"

    @property
    def postgres_log(self) -> Path:
        return self.base / "postgres.log"

    @property
    def broker_data(self) -> Path:
        return self.base / "broker"

    @property
    def broker_socket(self) -> Path:
        return self.sockets / "broker.sock"

    @property
    def postgres_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"


def places(*, project_root: Path) -> Places:
    """Paths only; nothing is created."""
    root = project_root.resolve()
    digest = hashlib.sha256(str(root).encode()).hexdigest()[:12]
    private = PRIVATE_ROOT / f"sluice-{os.getuid()}-{digest}"
    if os.getuid() == 0:
        return Places(root, private / "state", private, _service_account())
    return Places(root, root / ".sluice" / "embedded", private, None)


def prepare(found: Places) -> None:
    """Effects: makes the private folders. Raises: EmbeddedError when someone else owns them."""
    owner = found.service.uid if found.service else os.getuid()
    _private_folder(found.sockets, owner)
    found.base.mkdir(parents=True, exist_ok=True, mode=0o700)
    if found.service:
        os.chown(found.base, found.service.uid, found.service.gid)
    if len(os.fsencode(found.postgres_socket)) > SOCKET_PATH_BYTES:
        raise EmbeddedError(f"The path {found.sockets} is too long for a socket.")


def _private_folder(path: Path, owner: int) -> None:
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        os.chown(path, owner, -1)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (owner, os.getuid()):
        raise EmbeddedError(f"{path} belongs to somebody else; remove it or set DATABASE_URL.")
    if stat.S_IMODE(status.st_mode) != 0o700:
        path.chmod(0o700)


def _service_account() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user to run it as.")
