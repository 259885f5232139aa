"""The demo's three processes: started, watched, and every one of them stopped again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.embedded.processes import command_line, last_lines

GRACE_SECONDS = 15
OURS = "backoffice."  # in every child's command line: `backoffice.wsgi`, `backoffice.celery`


class ChildDied(Exception):
    """One of the processes ended by itself; the message shows the end of its log."""


@dataclass(slots=True)
class Children:
    """Each in a session of its own: Ctrl-C reaches only the runner, which then stops them."""

    root: Path
    logs: Path
    record: Path  # their process ids, for the next run should this one be killed
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: list[str]) -> None:
        self.logs.mkdir(exist_ok=True)
        with self.log(name).open("wb") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.record.write_text("\n".join(str(child.pid) for child in self.running.values()))

    def check(self) -> None:
        """Raises: ChildDied naming the first that ended."""
        for name, child in self.running.items():
            if child.poll() is not None:
                tail = last_lines(self.log(name), 20)
                raise ChildDied(f"{tail}\nThe {name} stopped by itself; its log: {self.log(name)}")

    def stop(self) -> None:
        """Effects: asks all, waits, then ends whatever is left of their groups."""
        for child in self.running.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(0, deadline - time.monotonic()))
            _signal_group(child.pid, signal.SIGKILL)
            child.wait()
        self.running.clear()
        self.record.unlink(missing_ok=True)

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def stop_leftovers(record: Path) -> int:
    """Effects: ends the children of a run that was killed. How many there were."""
    if not record.exists():
        return 0
    recorded = [int(text) for text in record.read_text().split() if text.isdigit()]
    left = [pid for pid in recorded if OURS in command_line(pid)]
    for pid in left:
        _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(command_line(pid) for pid in left) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in left:
        if OURS in command_line(pid):
            _signal_group(pid, signal.SIGKILL)
    record.unlink(missing_ok=True)
    return len(left)


def commands(*, host: str, port: int) -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "-A", "backoffice.celery"]
    return {
        "web": [
            sys.executable, "-m", "gunicorn", "backoffice.wsgi:application",
            "--bind", f"{host}:{port}", "--workers", "2", "--threads", "4",
            "--access-logfile", "-", "--access-logformat", "%(t)s %(m)s %(U)s %(s)s %(M)sms",
        ],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "warning"],
        "scheduler": [*celery, "beat", "--loglevel", "warning", "--pidfile", ""],
    }  # fmt: skip


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group just ended
        return
