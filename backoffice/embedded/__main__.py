"""`python -m backoffice.embedded start|stop|status|reset`."""

from __future__ import annotations

import sys
from pathlib import Path

from backoffice.embedded import services
from backoffice.embedded.places import EmbeddedError

ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: list[str]) -> int:
    verbs = {
        "start": lambda: (
            services.ensure_database(project_root=ROOT),
            services.ensure_broker(project_root=ROOT),
        ),
        "stop": lambda: services.stop_all(project_root=ROOT),
        "reset": lambda: services.reset(project_root=ROOT),
        "status": lambda: None,
    }
    if len(arguments) != 1 or arguments[0] not in verbs:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        verbs[arguments[0]]()
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    for name, is_running in services.status(project_root=ROOT).items():
        print(f"{name}: {'running' if is_running else 'stopped'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
