"""Starting and stopping the embedded PostgreSQL. Every caller but `is_ready` holds the lock.

`trust` authentication is safe here: the server listens on no network, only on a socket in a
folder that nobody but its owner (and root) can enter.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import time
from pathlib import Path

from backoffice.embedded.binaries import postgres_folder
from backoffice.embedded.places import PORT, EmbeddedError, Places, is_private
from backoffice.embedded.processes import command_line, last_lines, run

USER = "sluice"
DATABASE = "sluice"
START_SECONDS = 60
ORPHAN_SECONDS = 20
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def is_ready(found: Places) -> bool:
    """Whether connections are answered, not merely accepted (tens of microseconds).

    The eighth line of the pid file is what `pg_ctl start -w` waits for; a connection proves
    that the file is not a dead server's.
    """
    lines = _pid_file(found)
    return (
        len(lines) > 7 and lines[7].strip() == "ready" and is_private(found) and _is_answered(found)
    )


def start(found: Places) -> None:
    """Effects: makes role and database on first use, then starts. Raises: EmbeddedError."""
    binaries = postgres_folder(found)
    if not (found.database_folder / "PG_VERSION").exists():
        _initialise(found, binaries)
    _refuse_other_version(found, binaries)
    _release_reused_pid(found)
    options = [f"-k {found.sockets}", f"-p {PORT}"]
    options += [f"-c {name}={value}" for name, value in SETTINGS.items()]
    command = [
        binaries / "pg_ctl", "start", "-w", "-t", START_SECONDS, "-s", "-D", found.database_folder,
        "-l", found.database_log, "-o", " ".join(options),
    ]  # fmt: skip
    deadline = time.monotonic() + ORPHAN_SECONDS
    while run(found=found, command=command, is_server=True).returncode:
        tail = last_lines(found.database_log)
        # A killed server's children hold its memory until they notice that it is gone.
        if "shared memory block" not in tail or time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL did not start:\n{tail}\n({found.database_log})")
        time.sleep(0.5)


def stop(found: Places) -> None:
    """Effects: disconnects everybody and stops; nothing when not running.

    Raises: EmbeddedError when it does not stop.
    """
    if not _is_postmaster(found):
        return
    command = [postgres_folder(found) / "pg_ctl", "stop", "-w", "-s", "-m", "fast"]
    done = run(found=found, command=[*command, "-D", found.database_folder])
    if done.returncode:
        raise EmbeddedError(f"PostgreSQL did not stop: {done.stderr.strip()}")


def _initialise(found: Places, binaries: Path) -> None:
    """In a folder renamed when complete: a killed start leaves nothing that looks finished.

    Its name is new every time: the initdb of a killed start may still be writing to the last one.
    """
    for stale in found.base.glob("postgres-partial-*"):
        shutil.rmtree(stale, ignore_errors=True)
    partial = found.base / f"postgres-partial-{secrets.token_hex(4)}"
    folder = ["-D", partial]
    initdb = [binaries / "initdb", *folder, "-U", USER, "-A", "trust", "-E", "UTF8"]
    # Alone, before anybody can connect: whoever finds the server finds the database too.
    single = [binaries / "postgres", "--single", *folder, "-c", "exit_on_error=on", "postgres"]
    for command, typed in (
        ([*initdb, *_locale(found, binaries)], ""),
        (single, f'CREATE DATABASE "{DATABASE}"\n'),
    ):
        done = run(found=found, command=command, typed=typed)
        if done.returncode:
            raise EmbeddedError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    shutil.rmtree(found.database_folder, ignore_errors=True)
    partial.rename(found.database_folder)


def _locale(found: Places, binaries: Path) -> list[str]:
    if _major(found, binaries) >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _major(found: Places, binaries: Path) -> int:
    printed = run(found=found, command=[binaries / "postgres", "--version"]).stdout
    return int(printed.split()[2].split(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _refuse_other_version(found: Places, binaries: Path) -> None:
    made_by = int((found.database_folder / "PG_VERSION").read_text())
    installed = _major(found, binaries)
    if made_by != installed:
        raise EmbeddedError(
            f"The demo's data was made by PostgreSQL {made_by}, but {installed} is installed."
            " `make demo-reset` starts afresh; or set PG_BINDIR to the older one."
        )


def _release_reused_pid(found: Places) -> None:
    """After a kill and a reboot the recorded id may be a stranger's: PostgreSQL would wait for it.

    Ours instead, which it knows for its launcher's and passes over. The file itself stays: its
    other lines let PostgreSQL find orphans that still use the memory.
    """
    lines = _pid_file(found)
    if lines and not _is_postmaster(found):
        text = "\n".join([str(os.getpid()), *lines[1:]]) + "\n"
        (found.database_folder / "postmaster.pid").write_text(text)


def _is_postmaster(found: Places) -> bool:
    lines = _pid_file(found)
    if not lines or not lines[0].strip().isdigit():
        return False
    return f"-D {found.database_folder} " in command_line(int(lines[0])) + " "


def _pid_file(found: Places) -> list[str]:
    try:
        return (found.database_folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _is_answered(found: Places) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(found.database_socket))
        except OSError:
            return False
    return True
