"""Running the servers' tools as the right user, and knowing whose process an id is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from backoffice.embedded.places import EmbeddedError, Places


def run(
    *, found: Places, command: list[Any], typed: str = "", is_server: bool = False
) -> subprocess.CompletedProcess[str]:
    """Raises: EmbeddedError when the program cannot be run at all.

    A tool that leaves a server behind gets no pipe: the server would hold it open for ever.
    """
    output = subprocess.DEVNULL if is_server else subprocess.PIPE
    try:
        return subprocess.run(
            [str(part) for part in command],
            input=typed,
            stdout=output,
            stderr=output,
            text=True,
            errors="replace",
            cwd="/",
            env=_environment(),
            umask=0o077,
            check=False,
            **_account(found),
        )
    except OSError as error:
        name = found.service.name if found.service else "the current user"
        raise EmbeddedError(f"Cannot run {command[0]} as {name}: {error.strerror}.") from error


def command_line(pid: int) -> str:
    """What that process runs; empty when there is none."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()


def last_lines(path: Path, count: int = 5) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""


def _account(found: Places) -> dict[str, Any]:
    if found.service is None:
        return {}
    return {"user": found.service.uid, "group": found.service.gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    """Without PGPORT, PGDATA, PGOPTIONS …, which the server would obey."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}
