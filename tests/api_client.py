"""A lender's app: gets a token like any client and talks JSON."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from django.http import HttpResponse
from django.test import Client as HttpClient

from backoffice.api.clients import create_client
from backoffice.api.scopes import SCOPES


class LenderApp:
    """`post` sends a fresh Idempotency-Key unless one is given."""

    def __init__(self, *, scopes: list[str] | None = None, language: str = "en") -> None:
        self.http = HttpClient(raise_request_exception=False)
        self.client, self.secret = create_client(
            name="app", scopes=scopes or list(SCOPES), client_id=None
        )
        self.language = language
        self.token = self._token()

    def _token(self) -> str:
        pair = base64.b64encode(f"{self.client.id}:{self.secret}".encode()).decode()
        answer = self.http.post(
            "/identity/o/api/token",
            {"grant_type": "client_credentials"},
            headers={"authorization": f"Basic {pair}"},
        )
        assert answer.status_code == 200, answer.content
        return str(answer.json()["access_token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}", "accept-language": self.language}

    def get(self, path: str, **query: str) -> HttpResponse:
        return self.http.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any, *, key: str | None = None) -> HttpResponse:
        headers = {**self.headers, "idempotency-key": key or uuid.uuid4().hex}
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.http.post(
            f"/api/v1/{path}", raw, content_type="application/json", headers=headers
        )
