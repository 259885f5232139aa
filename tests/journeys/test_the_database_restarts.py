"""The database goes away under a running web server and worker, and comes back.

On a PostgreSQL of the test's own: nobody else's is stopped.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from backoffice.embedded import services as embedded
from backoffice.lib import outbox
from backoffice.schedule import SCHEDULE
from tests.processes import ROOT, project_folder, running, wait_for, worker
from tests.receiver import SECRET, receiving

pytestmark = pytest.mark.journey

WORKER = "risk.decisions.recheck_customers"
SWEEP = str(SCHEDULE["deliver notices whose nudge was lost"]["task"])
SEED = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from backoffice.api.clients import create_client
from backoffice.api.scopes import SCOPES
from tests.lender import build_lender
lender = build_lender()
client, secret = create_client(name="app", scopes=list(SCOPES), client_id=None)
print(client.id, secret, *[lender.customer(f"C-{number}") for number in range(33)])
"""


@dataclass
class App:
    """A lender's app that asks for a decision again and again, as apps do."""

    http: httpx.Client
    seen: list[int] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def decide(self, customer: str, key: str | None = None) -> httpx.Response:
        return self.http.post(
            "/api/v1/decisions",
            json={"customer_id": customer, "product": "flex-credit"},
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )

    def tell(self, customer: str) -> None:
        """News that closes, sent until the answer says that it is written."""
        now = dt.datetime.now(tz=dt.UTC).isoformat()
        while not self.is_over.is_set():
            answer = self.http.post(
                f"/api/v1/customers/{customer}/signals",
                json={"observed_at": now, "values": {"score": 500}},
                headers={"Idempotency-Key": f"news-{customer}"},
            )
            self.seen.append(answer.status_code)
            if answer.status_code == 201:
                return
            self.is_over.wait(0.02)

    def tell_all(self, customers: list[str]) -> None:
        for customer in customers:
            self.tell(customer)
            self.told.append(customer)

    def keep_asking(self, customer: str) -> None:
        while not self.is_over.is_set():
            answer = self.decide(customer)
            self.seen.append(answer.status_code)
            if answer.status_code == 201:
                self.decided.append(answer.json()["id"])
            self.is_over.wait(0.02)


def seeded(environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SEED], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "SLUICE_MODE": "demo", "DJANGO_SETTINGS_MODULE": "backoffice.settings",
             **environment}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@contextmanager
def served(environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    given = {**environment, "BIND": address, "WEB_CONCURRENCY": "1"}
    with running(
        [sys.executable, "-m", "gunicorn"],
        until=lambda one: "Booting worker" in one.said(), environment=given,
    ):  # fmt: skip
        yield f"http://{address}"


def token(http: httpx.Client, client: str, secret: str) -> str:
    answer = http.post(
        "/identity/o/api/token", data={"grant_type": "client_credentials"}, auth=(client, secret)
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def test_requests_answer_503_and_then_work_again_and_nothing_is_lost(broker: str) -> None:
    with project_folder() as folder, receiving() as receiver:
        environment = {
            "DATABASE_URL": embedded.database_url(project_root=folder),
            "BROKER_URL": broker, "WEBHOOK_URL": receiver.url, "WEBHOOK_SECRET": SECRET,
        }  # fmt: skip
        client, secret, *customers = seeded(environment)
        with (
            worker(broker_url=broker, **environment) as at_work,
            served(environment) as address,
            httpx.Client(base_url=address, timeout=30) as http,
        ):
            http.headers["Authorization"] = f"Bearer {token(http, client, secret)}"
            app = App(http)
            asking = threading.Thread(target=app.keep_asking, args=(customers[0],), daemon=True)
            asking.start()
            wait_for(lambda: app.decided and receiver.received, at_work.said)

            embedded.stop_database(project_root=folder)
            refused = app.decide(customers[1], key="asked-while-it-was-away")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
            assert refused.json()["code"] == "database_unavailable"
            health = http.get("/api/v1/health")
            assert (health.status_code, health.json()["database"]) == (503, "down")
            page = http.get("/admin/", headers={"Cookie": "sessionid=of-somebody-signed-in"})
            assert (page.status_code, page.headers["retry-after"]) == (503, "5")
            before = at_work.said().count("] received")
            for _time in range(3):  # more than the worker may hold at once
                outbox.app.send_task(SWEEP)
            wait_for(lambda: at_work.said().count("] received") >= before + 3, at_work.said)
            assert "OperationalError" in at_work.said()

            embedded.ensure_database(project_root=folder)
            again = app.decide(customers[1], key="asked-while-it-was-away")
            assert again.status_code == 201, again.text
            assert http.get("/api/v1/health").status_code == 200
            assert app.decide(customers[2]).status_code == 201
            # The worker that saw the database go has found it again: each customer is told.
            wait_for(lambda: len(set(receiver.ids)) == 3, at_work.said)

            app.is_over.set()
            asking.join()
            assert set(app.seen) == {201, 503}
            assert app.seen[0] == app.seen[-1] == 201
            assert _decisions(http, customers[0]) == sorted(app.decided)
            assert len(_decisions(http, customers[1])) == 1
            _news_during_a_restart(folder, environment["DATABASE_URL"], App(http), customers[3:])


def _news_during_a_restart(folder: Path, url: str, app: App, customers: list[str]) -> None:
    """Everybody there is news about is decided again, and nobody twice."""
    assert {app.decide(customer).status_code for customer in customers} == {201}
    telling = threading.Thread(target=app.tell_all, args=(customers,), daemon=True)
    telling.start()
    wait_for(lambda: len(app.told) > len(customers) // 3)
    embedded.stop_database(project_root=folder)
    wait_for(lambda: 503 in app.seen)
    embedded.ensure_database(project_root=folder)
    wait_for(lambda: app.told == customers)
    outbox.app.send_task(WORKER)  # as the schedule does
    wait_for(lambda: _counted(url, "risk_recheck") == 0)
    for what in (
        "risk_decision WHERE trigger = 'event'",
        "accounts_access WHERE state = 'CLOSED'",
        "compliance_notice WHERE template = 'access_closed'",
        "compliance_ledgerentry WHERE action = 'access.closed'",
    ):
        assert _counted(url, what) == len(customers), what


def _counted(url: str, rows: str) -> int:
    with psycopg.connect(url) as line:
        [(count,)] = line.execute(f"SELECT count(*) FROM {rows}").fetchall()
    return int(count)


def _decisions(http: httpx.Client, customer: str) -> list[str]:
    """Every decision of one customer, page by page."""
    found: list[str] = []
    where: str | None = f"/api/v1/decisions?customer_id={customer}"
    while where:
        page = http.get(where).json()
        found += [row["id"] for row in page["items"]]
        where = page["next"]
    return sorted(found)
