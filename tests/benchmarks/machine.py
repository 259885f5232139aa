"""Every benchmark begins by saying what it ran on."""

from __future__ import annotations

import os
import platform


def print_machine(title: str) -> None:
    print(f"\n== {title}")
    print(
        f"   {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
