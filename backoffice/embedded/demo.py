"""`make demo`: everything on this machine, from nothing to a page, and all of it stopped again."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from backoffice.embedded import services
from backoffice.embedded.places import EmbeddedError

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = ROOT / ".sluice"
HOST = "127.0.0.1"
READY_WITHIN_SECONDS = 60


class DemoFailed(Exception):
    """The demo cannot go on; the message is for the person who typed `make demo`."""


def main() -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    port = int(os.environ.get("PORT", "8000"))
    STATE.mkdir(exist_ok=True, mode=0o700)
    try:
        with _only_one():
            _refuse_taken_port(port)
            return _run(port)
    except (DemoFailed, EmbeddedError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _run(port: int) -> int:
    started = time.monotonic()
    environment = {**os.environ, "SLUICE_MODE": "demo", "PYTHONUNBUFFERED": "1"}
    stop_servers = _start_servers()
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        _step(started, "bringing the database up to date")
        _manage(environment, "migrate", "--verbosity", "0")
        _step(started, "seeding the fictional lender (kept if already there)")
        _manage(environment, "seed_demo")
        _step(started, "starting web, worker and scheduler")
        children = {
            name: _spawn(name, environment, port) for name in ("web", "worker", "scheduler")
        }
        _wait_until_served(children, port)
        _step(started, "ready")
        _manage(environment, "demo_card", "--address", f"http://{HOST}:{port}")
        print("\nCtrl-C stops everything; the data stays.", flush=True)
        while True:
            _check_alive(children)
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nstopping …", flush=True)
        return 0
    finally:
        _stop(children)
        if stop_servers:
            services.stop_all(project_root=ROOT)


def _start_servers() -> bool:
    """Start what no URL was given for; True when this run started any of it."""
    started = False
    if not os.environ.get("DATABASE_URL"):
        print("· starting the embedded PostgreSQL", flush=True)
        started |= services.ensure_database(project_root=ROOT)
    if not os.environ.get("BROKER_URL"):
        print("· starting the embedded broker", flush=True)
        started |= services.ensure_broker(project_root=ROOT)
    return started


def _command(name: str, port: int) -> list[str]:
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "backoffice.celery"]
    return {
        "web": [
            python, "-m", "gunicorn", "backoffice.wsgi:application", "--bind", f"{HOST}:{port}",
            "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/tmp",  # noqa: S108
            "--access-logfile", "-", "--access-logformat", "%(t)s %(m)s %(U)s %(s)s %(M)sms",
        ],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "warning"],
        "scheduler": [
            *celery, "beat", "--loglevel", "warning", "--pidfile", "",
        ],
    }[name]  # fmt: skip


def _spawn(name: str, environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    """In a session of its own: Ctrl-C reaches only us, and we stop it by its process id."""
    with _log(name).open("wb") as log:
        return subprocess.Popen(
            _command(name, port),
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def _wait_until_served(children: dict[str, subprocess.Popen[bytes]], port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        _check_alive(children)
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/api/v1/health", timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise DemoFailed(f"The web server did not answer; see {_log('web')}")


def _check_alive(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            tail = _log(name).read_text(errors="replace")[-2000:]
            raise DemoFailed(f"{tail}\nThe {name} stopped by itself; its log is {_log(name)}")


def _stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    for child in children.values():
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _manage(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment)
    if done.returncode:
        raise DemoFailed(f"`manage.py {arguments[0]}` failed.")


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DemoFailed(
                f"Port {port} is in use. Try another one: PORT={port + 1} make demo"
            ) from error


@contextmanager
def _only_one() -> Iterator[None]:
    with (STATE / "demo.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DemoFailed("The demo is already running in another terminal.") from error
        yield


def _log(name: str) -> Path:
    (STATE / "logs").mkdir(exist_ok=True)
    return STATE / "logs" / f"{name}.log"


def _step(started: float, text: str) -> None:
    print(f"· {text} ({time.monotonic() - started:.0f} s)", flush=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
