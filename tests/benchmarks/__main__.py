"""`make bench`: every benchmark, one after the other, in a database of its own.

`make bench BENCH="tables switch"` runs some; each is `bench_<name>.py` with a `main()`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.database import fresh_database
from tests.benchmarks.machine import print_machine

ALL = (
    "tables", "columns", "switch", "http", "lists", "snapshot", "campaign", "imports", "windows",
    "events", "links",
)  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent.parent


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(ALL)
    if unknown:
        print(f"No such benchmark: {', '.join(sorted(unknown))}. There are {', '.join(ALL)}.")
        return 2
    print_machine()
    with fresh_database(ROOT) as url:
        environment = {**os.environ, "SLUICE_MODE": "demo", "DATABASE_URL": url}
        environment["LOG_LEVEL"] = "ERROR"
        for name in wanted or ALL:
            command = [sys.executable, "-m", f"tests.benchmarks.bench_{name}"]
            done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
            if done.returncode:
                print(f"bench_{name} failed.")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
