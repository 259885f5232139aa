"""`make demo` from nothing to a page, and back to nothing: on servers and data of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from backoffice.embedded import services
from backoffice.embedded.processes import command_line

pytestmark = pytest.mark.journey
READY_WITHIN_SECONDS = 240
ENDED_WITHIN_SECONDS = 60
PARTS = ("backoffice", "compliance", "accounts", "risk", "templates", "manage.py")


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """The program in a folder of its own, so that nothing of the developer's is touched."""
    folder = Path(tempfile.mkdtemp(prefix="sluice-demo-"))
    for part in PARTS:
        source = Path(settings.ROOT) / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    yield folder
    services.reset(project_root=folder)
    shutil.rmtree(folder)


class Demo:
    """One run of the runner."""

    def __init__(self, checkout: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.checkout = checkout
        self.output = checkout / f"output-{self.port}"
        mine = ("DATABASE_URL", "BROKER_URL", "SLUICE_MODE", "DJANGO_SETTINGS_MODULE", "PORT")
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backoffice.embedded.demo", "--customers", "12",
                 "--port", str(self.port)],
                cwd=checkout, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                env={name: value for name, value in os.environ.items() if name not in mine},
            )  # fmt: skip

    def wait_until_ready(self) -> str:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while "Ctrl-C stops everything" not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.2)
        return self.output.read_text()

    def children(self) -> list[int]:
        return [int(pid) for pid in (self.checkout / ".sluice" / "demo.pids").read_text().split()]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=ENDED_WITHIN_SECONDS)

    def page(self, path: str) -> httpx.Response:
        return httpx.get(
            f"http://127.0.0.1:{self.port}{path}", trust_env=False, follow_redirects=True,
            timeout=30,
        )  # fmt: skip


def test_it_serves_stops_everything_and_recovers_from_a_killed_run(checkout: Path) -> None:
    first = Demo(checkout)
    card = first.wait_until_ready()
    assert first.page("/").status_code == httpx.codes.OK
    assert f"http://127.0.0.1:{first.port}/admin/accounts/customer/" in card
    assert "backtest of the policy that waits: " in first.output.read_text()
    left_behind = first.children()
    assert len(left_behind) == 3

    refused = Demo(checkout)
    assert refused.process.wait(timeout=ENDED_WITHIN_SECONDS) == 1
    assert f"already running (process {first.process.pid})" in refused.output.read_text()

    first.end(signal.SIGKILL)
    assert all(command_line(pid) for pid in left_behind)
    second = Demo(checkout)
    told = second.wait_until_ready()
    assert "stopped 3 processes of a run that was killed" in told
    assert "it is there already: kept" in told
    assert not any("backoffice." in command_line(pid) for pid in left_behind)

    running = second.children()
    assert second.end(signal.SIGINT) == 0
    assert not any(command_line(pid) for pid in running)
    assert [server.is_running for server in services.status(project_root=checkout)] == [
        False, False,
    ]  # fmt: skip
