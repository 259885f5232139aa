"""A production deployment from nothing: migrate, collect, serve behind a proxy; or refuse."""

from __future__ import annotations

import base64
import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.processes import database_url

ROOT = Path(settings.ROOT)
HOST = "console.lender.example"
BEHIND_PROXY = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
START_SECONDS = 60

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """All that a new deployment sets, and a database nobody has touched."""
    name = f"production_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    yield {
        **kept,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_KEYS": f"k1:{key()}",
        "BLIND_INDEX_KEY": key(),
        "ALLOWED_HOSTS": HOST,
        "BEHIND_TLS_PROXY": "true",
        "DATABASE_URL": database_url(name),
        "BROKER_URL": settings.CELERY_BROKER_URL,
        "STATIC_ROOT": str(tmp_path / "static"),
        "WEB_CONCURRENCY": "1",
    }
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@contextmanager
def served(environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT, env={**environment, "BIND": f"127.0.0.1:{port}"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        assert server.poll() is None
        yield port
    finally:
        server.terminate()
        assert server.wait(timeout=30) == 0


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    asked.request("GET", path, headers=headers)
    answer = asked.getresponse()
    body = answer.read().decode()
    asked.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_a_deployment_starts_from_nothing_and_serves_behind_its_proxy(
    environment: dict[str, str],
) -> None:
    for step in (
        ["check", "--deploy", "--fail-level", "WARNING"],
        ["migrate", "--no-input"],
        ["collectstatic", "--no-input", "--verbosity", "0"],
    ):
        done = manage(environment, *step)
        assert done.returncode == 0, done.stderr
    with served(environment) as port:
        status, headers, body = get(port, "/api/v1/health", **BEHIND_PROXY)
        assert status == 200
        assert '"database": "ok"' in body
        assert headers["strict-transport-security"].startswith("max-age=31536000")

        status, headers, _ = get(port, "/api/v1/health", Host=HOST)
        assert (status, headers["location"]) == (301, f"https://{HOST}/api/v1/health")

        status, _, _ = get(port, "/api/v1/health", **{**BEHIND_PROXY, "Host": "other.example"})
        assert status == 400

        status, headers, body = get(port, "/account/login/", **BEHIND_PROXY)
        assert status == 200
        assert "secure" in headers["set-cookie"].lower()
        assert "'unsafe-inline'" not in headers["content-security-policy"].split("style-src")[0]
        style = re.search(r'href="(/static/[^"]+\.css)"', body)
        assert style is not None

        status, headers, _ = get(port, style[1], **BEHIND_PROXY)
        assert status == 200
        assert "immutable" in headers["cache-control"]

        status, _, body = get(port, "/admin/", **BEHIND_PROXY)
        assert status == 302


@pytest.mark.parametrize("program", ["manage.py", "gunicorn", "celery"])
def test_without_its_secrets_nothing_starts_and_one_message_says_why(
    program: str, environment: dict[str, str]
) -> None:
    for name in ("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY"):
        del environment[name]
    started = subprocess.run(
        {
            "manage.py": [sys.executable, "manage.py", "migrate"],
            "gunicorn": [sys.executable, "-m", "gunicorn"],
            "celery": [sys.executable, "-m", "celery", "-A", "backoffice.celery", "worker"],
        }[program],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert started.returncode == 1
    assert started.stderr.splitlines() == [
        "Sluice cannot start:",
        "  SECRET_KEY must be at least 50 unpredictable characters.",
        "  FIELD_KEYS must hold at least one key: FIELD_KEYS=k1:<base64>.",
        "  BLIND_INDEX_KEY must be 32 random bytes in base64.",
        "  docs/configuration.md describes each; SLUICE_MODE=demo needs none of them.",
    ]
    assert started.stdout == ""
