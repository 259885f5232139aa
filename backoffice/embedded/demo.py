"""`make demo`: everything on this machine, from nothing to a page, and all of it stopped again.

`python -m backoffice.embedded.demo [--host 127.0.0.1] [--port 8000]`
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from backoffice.embedded import services
from backoffice.embedded.children import ChildDied, Children, commands, stop_leftovers
from backoffice.embedded.places import EmbeddedError

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / ".sluice"
READY_WITHIN_SECONDS = 90


class DemoFailed(Exception):
    """The demo cannot go on; the message is for the person who typed `make demo`."""


class Stopped(BaseException):
    """Somebody asked the demo to end: Ctrl-C, SIGTERM, or the terminal was closed."""


def main() -> int:
    options = _options()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_once)
    try:
        with ExitStack() as undo:
            undo.enter_context(_only_one())
            _run(undo, options)
    except (DemoFailed, ChildDied, EmbeddedError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except Stopped:
        print("Stopped; the data stays for the next `make demo`.", flush=True)
    return 0


def _run(undo: ExitStack, options: argparse.Namespace) -> None:
    started, host, port = time.monotonic(), options.host, options.port
    children = Children(
        root=ROOT, logs=STATE / "logs", record=STATE / "demo.pids", environment=_environment()
    )
    left = stop_leftovers(children.record)
    if left:
        _step(started, f"stopped {left} processes of a run that was killed")
    _refuse_taken_port(host, port)
    _start_servers(undo, started)
    _step(started, "bringing the database up to date")
    _manage("migrate", "--verbosity", "0")
    _step(started, "seeding the fictional lender (kept if already there)")
    _manage("seed_demo", "--customers", str(options.customers))
    _step(started, "starting web, worker and scheduler")
    undo.callback(children.stop)
    for name, command in commands(host=host, port=port).items():
        children.start(name, command)
    _wait_until_served(children, host, port)
    _step(started, "ready")
    _manage("demo_card", "--address", f"http://{host}:{port}")
    print(f"\nLogs: {children.logs}. Ctrl-C stops everything.", flush=True)
    while True:
        children.check()
        time.sleep(1)


def _start_servers(undo: ExitStack, started: float) -> None:
    """Only for what no URL is given; only what a demo started is stopped with it.

    What a killed run left behind counts as started: it is on record. Undone also when the start
    is interrupted half way, when nobody else can be using it.
    """
    ours = _Record(STATE / "demo.servers")
    servers: list[tuple[str, str, Callable[..., bool], Callable[..., None]]] = [
        ("DATABASE_URL", "PostgreSQL", services.ensure_database, services.stop_database),
        ("BROKER_URL", "broker", services.ensure_broker, services.stop_broker),
    ]
    for variable, name, ensure, stop in servers:
        if os.environ.get(variable):
            continue
        _step(started, f"starting the embedded {name}")
        try:
            is_ours = ensure(project_root=ROOT)
        except Stopped:
            stop(project_root=ROOT)
            raise
        if is_ours or name in ours.names():
            ours.add(name)
            undo.callback(ours.remove, name)
            undo.callback(stop, project_root=ROOT)


@dataclass(frozen=True, slots=True)
class _Record:
    """Names kept in a file, a line each, for the next run should this one be killed."""

    path: Path

    def names(self) -> list[str]:
        return self.path.read_text().split() if self.path.exists() else []

    def add(self, name: str) -> None:
        self._write([*self.names(), name])

    def remove(self, name: str) -> None:
        self._write([known for known in self.names() if known != name])

    def _write(self, names: list[str]) -> None:
        self.path.write_text("\n".join(dict.fromkeys(names)))


def _wait_until_served(children: Children, host: str, port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not _is_healthy(host, port):
        children.check()
        if time.monotonic() > deadline:
            raise DemoFailed(f"The web server did not answer; see {children.log('web')}")
        time.sleep(0.3)


def _is_healthy(host: str, port: int) -> bool:
    """Not through urllib: that would ask a configured proxy for this machine."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/api/v1/health", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _manage(*arguments: str) -> None:
    """In a session of its own, so that Ctrl-C prints our line instead of its traceback."""
    command = [sys.executable, "manage.py", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=_environment(), start_new_session=True) as child:
        try:
            failed = child.wait()
        except Stopped:
            child.terminate()
            raise
    if failed:
        raise DemoFailed(f"`manage.py {arguments[0]}` failed.")


def _environment() -> dict[str, str]:
    return {**os.environ, "SLUICE_MODE": "demo", "PYTHONUNBUFFERED": "1"}


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DemoFailed(
                f"Cannot serve on {host}:{port}: {error.strerror}."
                f" Try another port: PORT={port + 1} make demo"
            ) from error


@contextmanager
def _only_one() -> Iterator[None]:
    STATE.mkdir(exist_ok=True, mode=0o700)
    with (STATE / "demo.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            raise DemoFailed(
                f"The demo is already running (process {handle.read()}). Stop it with Ctrl-C there."
            ) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="Run Sluice on this machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
    parser.add_argument("--customers", type=int, default=5_000, help="how many to invent")
    return parser.parse_args()


def _step(started: float, text: str) -> None:
    print(f"· {time.monotonic() - started:3.0f} s  {text}", flush=True)


def _stop_once(number: int, frame: FrameType | None) -> None:
    """A second Ctrl-C must not cut the stopping short: it would leave servers behind."""
    for known in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(known, signal.SIG_IGN)
    print("\nstopping …", flush=True)
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
