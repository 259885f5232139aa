"""`python -m backoffice.embedded start|stop|status|reset|psql`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from backoffice.embedded import services
from backoffice.embedded.binaries import postgres_folder
from backoffice.embedded.places import EmbeddedError, locked, places

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: list[str]) -> int:
    verbs: dict[str, Callable[[], object]] = {
        "start": _start,
        "stop": lambda: services.stop(project_root=ROOT),
        "reset": lambda: services.reset(project_root=ROOT),
        "status": lambda: None,
        "psql": lambda: _psql(arguments[1:]),
    }
    if not arguments or arguments[0] not in verbs or (arguments[1:] and arguments[0] != "psql"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        verbs[arguments[0]]()
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    for server in services.status(project_root=ROOT):
        state = f"running  {server.address}" if server.is_running else "stopped"
        print(f"{server.name:9} {state}")
    return 0


def _start() -> None:
    services.ensure_database(project_root=ROOT)
    services.ensure_broker(project_root=ROOT)


def _psql(arguments: list[str]) -> None:
    """Effects: this process becomes psql."""
    url = services.database_url(project_root=ROOT)
    found = places(project_root=ROOT)
    with locked(found):
        program = postgres_folder(found) / "psql"
    os.execv(program, [str(program), url, *arguments])  # noqa: S606 — no shell wanted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
