"""The embedded Valkey keeps its queue through restarts and kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import redis
from kombu import Connection

from backoffice.embedded import broker as broker_server
from backoffice.embedded import services
from backoffice.embedded.places import places

STARTER = """
import sys
from pathlib import Path
from backoffice.embedded import services
print(services.ensure_broker(project_root=Path(sys.argv[1])))
"""


def client(project: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(places(project_root=project).broker_socket))


def process_id(project: Path) -> int:
    return int(client(project).info("server")["process_id"])


def test_url_is_one_celery_connects_to(broker: Path) -> None:
    with Connection(services.broker_url(project_root=broker)) as connection:
        queue = connection.SimpleQueue("sluice")
        queue.put({"number": 7})
        assert queue.get(timeout=5).payload == {"number": 7}
        queue.close()


def test_second_start_finds_the_same_server(broker: Path) -> None:
    before = process_id(broker)
    assert services.ensure_broker(project_root=broker) is False
    assert process_id(broker) == before


def test_four_starters_at_once_make_one_server(project: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, project], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    printed = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert printed == ["False", "False", "False", "True"]


def test_killed_server_is_started_again_with_its_queue(broker: Path) -> None:
    client(broker).delete("sluice")
    client(broker).lpush("sluice", "waiting")
    time.sleep(1.2)  # its journal reaches the disk every second
    before = process_id(broker)
    os.kill(before, signal.SIGKILL)
    while broker_server.is_ready(places(project_root=broker)):
        time.sleep(0.01)
    assert services.ensure_broker(project_root=broker) is True
    assert client(broker).lrange("sluice", 0, -1) == [b"waiting"]


def test_stop_ends_it_and_keeps_the_queue(broker: Path) -> None:
    client(broker).delete("sluice")
    client(broker).lpush("sluice", "waiting")
    services.stop_broker(project_root=broker)
    assert services.status(project_root=broker)[1].is_running is False
    services.stop_broker(project_root=broker)
    services.ensure_broker(project_root=broker)
    assert client(broker).lrange("sluice", 0, -1) == [b"waiting"]


def test_it_does_not_run_as_root(broker: Path) -> None:
    found = places(project_root=broker)
    owner = found.broker_socket.stat().st_uid
    assert owner == found.owner
    assert owner != 0
