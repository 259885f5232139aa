"""Customers with addresses, notices for them, and a receiver that remembers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from accounts.customers import services as customers
from accounts.customers.facts import Profile
from compliance.ledger.facts import system
from compliance.notices import services
from tests.lender import AT, Lender

SECRET = "whsec_c2x1aWNlLXRlc3Qtc2VjcmV0LTAxMjM0NTY3ODk="
OPEN = {
    "language": "en", "product_code": "flex-credit",
    "product_names": {"zh-hans": "灵活借", "en": "Flex Credit"}, "currency": "CNY",
    "limit_cents": 20_000_000, "annual_rate": "0.07200", "max_term_months": 12,
    "reason_codes": [],
}  # fmt: skip


class Receiver:
    """A real HTTP server on this machine that verifies every signature it gets."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.answers: list[int] = []  # statuses to answer with, then 204 for ever
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                Webhook(SECRET).verify(body, dict(self.headers.items()))
                outer.received.append(
                    {"id": self.headers["webhook-id"], "body": json.loads(body), "raw": body}
                )
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    found = Receiver()
    settings.NOTICE_WEBHOOK_URL, settings.NOTICE_WEBHOOK_SECRET = found.url, SECRET
    settings.NOTICE_BY_EMAIL = False
    yield found
    found.close()


def a_customer(reference: str = "C-1", **profile: Any) -> str:
    given = Profile(**{"email": "zhang@example.com", "phone": "13812345678", **profile})
    written = customers.write_profile(
        reference=reference, profile=given, actor=system("test"), at=AT
    )
    return written.public_id


def queue(recipient: str, cause: str = "decision:dec_1", **given: Any) -> str | None:
    return services.queue(
        recipient=recipient, cause=cause, template=given.pop("template", "access_open"),
        context={**OPEN, **given}, at=AT,
    )  # fmt: skip


@pytest.fixture
def customer(lender: Lender) -> str:
    return a_customer()
