"""A credit bureau and identity provider on this machine, for the demo and for tests: real HTTP.

It knows nobody: `/records` gives back who was asked about, `/checks` passes them. The first digit
of a phone chooses otherwise: 2 another name, 5 a server error, 7 garbage, 9 a slow answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from backoffice.lib import clock

SLOW_SECONDS = 30.0
_ANOTHER, _BROKEN, _GARBAGE, _SLOW = "2", "5", "7", "9"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        asked = json.loads(self.rfile.read(min(length, 1 << 16)) or b"{}")
        kind = str(asked.get("phone") or "1")[:1]
        self.server.asked.append(self.headers.get("idempotency-key", ""))  # type: ignore[attr-defined]
        if kind == _SLOW:
            time.sleep(self.server.slow_seconds)  # type: ignore[attr-defined]
        status, body = 200, json.dumps(_answer(self.path, asked, kind)).encode()
        if kind == _BROKEN:
            status = 503
        elif kind == _GARBAGE:
            body = b"<html>"
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """What is asked is personal data."""


def _answer(path: str, asked: dict[str, Any], kind: str) -> dict[str, Any]:
    if path.endswith("/checks"):
        return {"result": "failed" if kind == _ANOTHER else "passed"}
    name = "李四光" if kind == _ANOTHER else asked.get("name")
    return {
        "name": name, "id_number": asked.get("id_number"), "phone": asked.get("phone"),
        "reported_at": clock.now().isoformat(),
    }  # fmt: skip


def server(*, port: int, slow_seconds: float = SLOW_SECONDS) -> ThreadingHTTPServer:
    """Bound to this machine only; `serve_forever` starts it. `asked` lists the keys it saw."""
    made = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    made.daemon_threads = True
    made.asked = []  # type: ignore[attr-defined]
    made.slow_seconds = slow_seconds  # type: ignore[attr-defined]
    return made


@contextmanager
def simulating(*, slow_seconds: float = SLOW_SECONDS) -> Iterator[tuple[str, list[str]]]:
    """Its address and the keys it was asked with, on a free port, until the block ends."""
    made = server(port=0, slow_seconds=slow_seconds)
    thread = Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}", made.asked  # type: ignore[attr-defined]
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
