"""Starting and stopping the embedded Valkey. Every caller but `is_ready` holds the lock."""

from __future__ import annotations

import shutil
import socket
import time

from backoffice.embedded.binaries import valkey_server
from backoffice.embedded.places import EmbeddedError, Places, is_private
from backoffice.embedded.processes import last_lines, run

START_SECONDS = 20
ANSWER_SECONDS = 10


def is_ready(found: Places) -> bool:
    """Whether it answers and has read its queue back from disk."""
    return is_private(found) and _asked(found, "PING").startswith("+PONG")


def start(found: Places) -> None:
    """Effects: starts a daemon that keeps its queue on disk. Raises: EmbeddedError."""
    found.broker_folder.mkdir(exist_ok=True, mode=0o700)
    if found.service:
        shutil.chown(found.broker_folder, found.service.uid, found.service.gid)
    done = run(
        found=found,
        is_server=True,
        command=[
            valkey_server(found), "--port", "0", "--unixsocket", found.broker_socket,
            "--unixsocketperm", "700", "--dir", found.broker_folder, "--appendonly", "yes",
            "--save", "", "--daemonize", "yes", "--logfile", found.broker_log,
        ],
    )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(found):
        if done.returncode or time.monotonic() > deadline:
            tail = last_lines(found.broker_log)
            raise EmbeddedError(f"The broker did not start:\n{tail}\n({found.broker_log})")
        time.sleep(0.02)


def stop(found: Places) -> None:
    """Effects: writes its queue to disk and stops; nothing when not running.

    Raises: EmbeddedError when it does not stop.
    """
    if not is_private(found):
        return
    refusal = _asked(found, "SHUTDOWN")
    if refusal:
        raise EmbeddedError(f"The broker did not stop: {refusal.strip()}")


def _asked(found: Places, question: str) -> str:
    """The answer; empty when nobody listens, or when the server ended instead of answering.

    By hand: a client library retries for seconds what we want to know at once.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(ANSWER_SECONDS)
        try:
            line.connect(str(found.broker_socket))
            line.sendall(question.encode() + b"\r\n")
            return line.recv(1000).decode(errors="replace")
        except TimeoutError:
            return "-no answer"
        except OSError:
            return ""
