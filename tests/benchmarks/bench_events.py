"""From an event to changed access and a queued notice: a real web server, a real worker, a real
broker, over loopback HTTP.

Events come at a steady rate, whether those before have been answered or not. Each is about a
customer of its own whose access it closes, so that every one must be seen to change: a trigger of
the benchmark's own says when a notice is committed. Counted afterwards: events whose customer was
not decided again (lost), and decisions too many (doubled).

`RATE=200` and `SECONDS=30` set what is offered, `BATCH=10` how many events share a request.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg

from tests.benchmarks.database import PRODUCT, fill_rows, public_id, set_up_django
from tests.benchmarks.machine import print_title

RATE = int(os.environ.get("RATE", "200"))
SECONDS = int(os.environ.get("SECONDS", "30"))
BATCH = int(os.environ.get("BATCH", "10"))
WARM_SECONDS = 3
SENDERS = 8
WORKER = "risk.decisions.recheck_customers"
WEB_WORKERS = 2
WORKER_CHILDREN = 4  # as docs/operations.md starts one
PATIENCE_SECONDS = 60
HOST = "127.0.0.1"

_TELL = """
CREATE FUNCTION bench_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('told', NEW.recipient); RETURN NULL; END $$;
CREATE TRIGGER bench_told AFTER INSERT ON compliance_notice
    FOR EACH ROW EXECUTE FUNCTION bench_told();
"""
_DECIDED = """
SELECT c.public_id, count(*) FROM risk_decision d JOIN accounts_customer c ON c.id = d.customer_id
WHERE d.trigger = 'event' GROUP BY 1
"""


@dataclass
class Times:
    """When each event was due, answered, and seen to have changed access. By customer."""

    sent: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    changed: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def main() -> None:
    print_title(
        f"events: {RATE} a second for {SECONDS} s, {BATCH} a request; {WEB_WORKERS} web processes, "
        f"one worker with {WORKER_CHILDREN} children"
    )
    set_up_django()
    customers = _decided_customers(RATE * (SECONDS + WARM_SECONDS))
    token = _token()
    with (
        tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder,
        _broker(Path(folder)) as url,
        _running(url) as port,
        _swept(url),
        _listening() as times,
    ):
        _offer(port, token, customers, times)
        _wait_until_quiet(times)
    _print(times, customers)


def _decided_customers(count: int) -> list[str]:
    """Customers who are not closed for their score: an event with a score of 500 does that."""
    from django.db import connection
    from django.utils import timezone

    from compliance.ledger.facts import system
    from risk.decisions.models import DecisionTrigger
    from risk.decisions.services import decide_many

    numbers = [n for n in range(1, count * 10 // 8 + 200) if n % 200 >= 40][:count]
    fill_rows(customers=numbers[-1])
    found = [public_id(number) for number in numbers]
    for first in range(0, count, 1000):
        decide_many(
            customer_public_ids=found[first : first + 1000], product_code=PRODUCT,
            trigger=DecisionTrigger.REQUEST, actor=system("bench"), at=timezone.now(),
        )  # fmt: skip
    with connection.cursor() as cursor:  # the notices of this are not what is measured
        cursor.execute("UPDATE compliance_delivery SET state = 'skipped', finished_at = now()")
    return found


def _token() -> str:
    from tests.api_client import LenderApp

    return LenderApp().token


@contextmanager
def _broker(folder: Path) -> Iterator[str]:
    from backoffice.embedded import services as embedded

    try:
        yield os.environ.get("BROKER_URL") or embedded.broker_url(project_root=folder)
    finally:
        embedded.reset(project_root=folder)


@contextmanager
def _running(broker_url: str) -> Iterator[int]:
    """The web server and the worker, killed at the end; yields the port."""
    from tests.processes import running

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    web = [
        sys.executable, "-m", "gunicorn", "backoffice.wsgi:application", "--bind",
        f"{HOST}:{port}", "--workers", str(WEB_WORKERS),
    ]  # fmt: skip
    worker = [
        sys.executable, "-m", "celery", "-A", "backoffice.celery", "worker", "--concurrency",
        str(WORKER_CHILDREN), "--loglevel", "info", "--without-mingle", "--without-gossip",
    ]  # fmt: skip
    given = {"BROKER_URL": broker_url, "LOG_LEVEL": "WARNING"}
    settings = {"DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    with (
        running(web, until=lambda one: _answers(port), environment=given | settings),
        running(worker, until=lambda one: " ready." in one.said(), environment=given) as at_work,
    ):
        yield port
        if trouble := [line for line in at_work.said().splitlines() if '"warning"' in line]:
            print(f"  the worker said {len(trouble)} times: {trouble[0][:200]}", flush=True)


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def _swept(broker_url: str) -> Iterator[None]:
    """What the scheduler sends every five seconds, for nudges the broker did not take."""
    from backoffice.celery import app
    from backoffice.schedule import SCHEDULE

    [pause] = [float(one["schedule"]) for one in SCHEDULE.values() if one["task"] == WORKER]  # type: ignore[arg-type]
    is_over = threading.Event()

    def sweep() -> None:
        with app.connection_for_write(broker_url) as line:
            while not is_over.wait(pause):
                app.send_task(WORKER, connection=line, ignore_result=True)

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        yield
    finally:
        is_over.set()
        sweeper.join()


@contextmanager
def _listening() -> Iterator[Times]:
    """Notes the moment at which each customer's notice is committed."""
    times, is_over = Times(), threading.Event()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as line:
        line.execute(_TELL)
        line.execute("LISTEN told")

        def listen() -> None:
            while not is_over.is_set():
                for note in line.notifies(timeout=0.2):
                    times.changed.setdefault(note.payload, time.perf_counter())

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            yield times
        finally:
            is_over.set()
            listener.join()


def _offer(port: int, token: str, customers: list[str], times: Times) -> None:
    """Customer k's event happens at k / RATE seconds; a request leaves with the last of its own,
    on the next sender that is free."""
    waiting: queue.SimpleQueue[tuple[float, list[str]]] = queue.SimpleQueue()
    begin = time.perf_counter() + 1
    for first in range(0, len(customers), BATCH):
        waiting.put((begin + (first + BATCH) / RATE, customers[first : first + BATCH]))
    senders = [
        threading.Thread(target=_send_all, args=(port, token, waiting, times))
        for _sender in range(SENDERS)
    ]
    print(f"  {SECONDS + WARM_SECONDS} s from now", flush=True)
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


def _send_all(port: int, token: str, waiting: Any, times: Times) -> None:
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nConnection: close\r\n"
    )
    while True:
        try:
            due_at, customers = waiting.get_nowait()
        except queue.Empty:
            return
        time.sleep(max(0.0, due_at - time.perf_counter()))
        # Late senders do not excuse anybody: the clock runs from when it was due.
        times.sent |= dict.fromkeys(customers, due_at)
        accepted = _send(port, head, customers)
        times.answered |= dict.fromkeys(accepted, time.perf_counter())
        times.refused += set(customers) - set(accepted)


def _send(port: int, head: str, customers: list[str]) -> list[str]:
    """Whose events were accepted."""
    now = datetime.now(tz=UTC).isoformat()
    events = [
        {"event_id": uuid.uuid4().hex, "kind": "score", "customer_id": customer,
         "occurred_at": now, "score": 500}
        for customer in customers
    ]  # fmt: skip
    body = json.dumps({"events": events}).encode()
    with socket.create_connection((HOST, port), timeout=60) as line:
        line.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        with line.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            _head, _separator, text = answer.read().partition(b"\r\n\r\n")
    if status != 200:
        print(f"  {status}: {text.decode()[:500]}", flush=True)
        return []
    results = json.loads(text)["results"]
    return [
        customer for customer, result in zip(customers, results, strict=True)
        if result["status"] == "accepted"
    ]  # fmt: skip


def _wait_until_quiet(times: Times) -> None:
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while set(times.answered) - set(times.changed) and time.perf_counter() < deadline:
        time.sleep(0.1)
    time.sleep(1)  # what would be doubled


def _print(times: Times, customers: list[str]) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as line:
        decided = dict(line.execute(_DECIDED).fetchall())
        [(left,)] = line.execute("SELECT count(*) FROM risk_recheck").fetchall()
    lost = [one for one in times.answered if one not in decided or one not in times.changed]
    doubled = sum(count - 1 for count in decided.values())
    counted = [one for one in customers[RATE * WARM_SECONDS :] if one in times.changed]
    _print_row("from accepted to changed and queued (aim p99 ≤ 1 s)", [
        max(0.0, times.changed[one] - times.answered[one]) for one in counted
        if one in times.answered
    ])  # fmt: skip
    _print_row("from due to changed and queued", [
        times.changed[one] - times.sent[one] for one in counted
    ])  # fmt: skip
    _print_row("from due to accepted", [
        times.answered[one] - times.sent[one] for one in counted if one in times.answered
    ])  # fmt: skip
    span = max(times.answered.values()) - min(times.sent.values())
    print(
        f"  {len(times.answered):,} accepted in {span:.1f} s, {len(times.refused)} refused, "
        f"{len(lost)} lost, {doubled} doubled, {left} left in the queue",
        flush=True,
    )
    assert not lost
    assert not doubled


def _print_row(name: str, seconds: list[float]) -> None:
    cuts = quantiles(seconds, n=100)
    print(
        f"{name:52} p50 {cuts[49] * 1000:7,.0f} ms   p99 {cuts[98] * 1000:7,.0f} ms   "
        f"most {max(seconds) * 1000:7,.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
