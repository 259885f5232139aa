"""Every run begins by saying what it ran on, and shows both sides with their ratio."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median


def print_machine() -> None:
    print(
        f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores, "
        f"{_memory_gib()} GiB, Python {platform.python_version()}",
        flush=True,
    )


def print_title(text: str) -> None:
    print(f"\n== {text}", flush=True)


def print_rate(name: str, rates: Sequence[float], *, against: Sequence[float] = ()) -> None:
    """One side: the median of its rounds; with `against`, the median of the rounds' ratios."""
    text = f"{name:44} {median(rates):9,.0f} /s"
    if against:
        ratios = [mine / theirs for mine, theirs in zip(rates, against, strict=True)]
        text += f"   × {median(ratios):.3f}  ({min(ratios):.3f} – {max(ratios):.3f})"
    print(text, flush=True)


def processor_seconds(process_id: int) -> float:
    """What a process of this machine has used so far; 0 where that is not told."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
