"""The lender's webhook: a real HTTP server on this machine that verifies what it gets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

SECRET = "whsec_c2x1aWNlLXRlc3Qtc2VjcmV0LTAxMjM0NTY3ODk="
PATIENCE_SECONDS = 60


class Receiver:
    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.answers: list[int] = []  # statuses to answer with, then 204 for ever
        self.is_open = threading.Event()  # while it is closed, callers wait for their answer
        self.is_open.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                Webhook(SECRET).verify(body, dict(self.headers.items()))
                outer.received.append(
                    {"id": self.headers["webhook-id"], "body": json.loads(body), "raw": body}
                )
                outer.is_open.wait(PATIENCE_SECONDS)
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    @property
    def ids(self) -> list[str]:
        return [call["id"] for call in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.is_open.set()
        found.server.shutdown()
        found.server.server_close()
