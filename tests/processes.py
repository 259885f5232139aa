"""Real workers and web servers beside the tests, on the test's own database and broker.

A broker is nobody else's: an embedded one of its own, or, where BROKER_URL names a server, a
database of that server that no other test process uses.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from kombu.connection import Connection

from backoffice.embedded import services as embedded

ROOT = Path(settings.ROOT)
PATIENCE_SECONDS = 60


def database_url(name: str = "") -> str:
    """The test database, or another one beside it, as another process is told about it."""
    given = connection.settings_dict
    user, password = quote(given["USER"]), quote(given["PASSWORD"] or "", safe="")
    login = f"{user}:{password}" if password else user
    host = quote(given["HOST"] or "localhost", safe="")
    return f"postgresql://{login}@:{given['PORT'] or 5432}/{name or given['NAME']}?host={host}"


@contextmanager
def project_folder() -> Iterator[Path]:
    """Embedded servers of its own; gone with everything they kept."""
    folder = Path(tempfile.mkdtemp(prefix="sluice-test-"))
    try:
        yield folder
    finally:
        embedded.reset(project_root=folder)
        shutil.rmtree(folder)


@contextmanager
def own_broker() -> Iterator[str]:
    """The URL of an empty broker."""
    given = os.environ.get("BROKER_URL")
    if not given:
        with project_folder() as folder:
            yield embedded.broker_url(project_root=folder)
        return
    number = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    url = re.sub(r"/\d*$", f"/{number % 15 + 1}", given)
    lose_all_messages(url)
    yield url
    lose_all_messages(url)


def lose_all_messages(url: str) -> None:
    """What a broker without a disk does when it is restarted."""
    with Connection(url) as broker:
        broker.default_channel.client.flushdb()


@dataclass
class Process:
    """One running process in a group of its own, and what it has said."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """As the kernel does when memory runs out: nobody gets to say goodbye."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)


@contextmanager
def running(
    command: list[str], *, until: Callable[[Process], bool], environment: Mapping[str, str]
) -> Iterator[Process]:
    """Started and ready; killed at the end, whatever happened."""
    with tempfile.TemporaryDirectory(prefix="sluice-log-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            started = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, "SLUICE_MODE": "demo", **environment},
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        process = Process(started, log)
        try:
            wait_for(lambda: until(process) or _ended(process), process.said)
            yield process
        finally:
            process.kill()


@contextmanager
def worker(*, broker_url: str, **environment: str) -> Iterator[Process]:
    """A Celery worker as production runs one, with one child; ready for work."""
    command = [
        sys.executable, "-m", "celery", "-A", "backoffice.celery", "worker",
        "--concurrency", "1", "--loglevel", "info", "--without-mingle", "--without-gossip",
    ]  # fmt: skip
    given = {"DATABASE_URL": database_url(), "BROKER_URL": broker_url, **environment}
    with running(command, until=lambda one: " ready." in one.said(), environment=given) as one:
        yield one


def wait_for(is_so: Callable[[], object], otherwise: Callable[[], object] = str) -> None:
    """Polls until it is so. Raises: AssertionError with what `otherwise` says."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"it never came to it: {otherwise()}"
        time.sleep(0.02)


def _ended(process: Process) -> bool:
    assert process.process.poll() is None, f"it ended by itself:\n{process.said()}"
    return False
