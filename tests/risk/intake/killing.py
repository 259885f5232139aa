"""An import in a process of its own, killed in mid-file and begun again until it is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from risk.intake.models import ImportRun
from tests.processes import database_url

PATIENCE_SECONDS = 60


def import_through_kills(command: str, file: Path, mapping: Path) -> None:
    """Killed at least twice, each time further on; the last run goes on from there to the end."""
    kills = 0
    for _attempt in range(3):
        before = bytes_done()
        child = _start(command, file, mapping)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while bytes_done() <= before and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            kills += 1
        child.communicate(timeout=PATIENCE_SECONDS)
    assert kills >= 2, "the import was too fast to be killed twice"
    assert 0 < bytes_done() < file.stat().st_size
    last = _start(command, file, mapping)
    out, err = last.communicate(timeout=PATIENCE_SECONDS)
    assert last.returncode == 0, err.decode()
    assert b"(resumed)" in out


def bytes_done() -> int:
    return sum(ImportRun.objects.values_list("bytes_done", flat=True))


def _start(command: str, file: Path, mapping: Path) -> subprocess.Popen[bytes]:
    words = [
        sys.executable, "manage.py", command, str(file), "--mapping", str(mapping),
        "--batch", "50",
    ]  # fmt: skip
    environment = {**os.environ, "SLUICE_MODE": "demo", "DATABASE_URL": database_url()}
    return subprocess.Popen(
        words, cwd=settings.ROOT, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
