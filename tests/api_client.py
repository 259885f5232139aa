"""A lender's app: gets a token like any client and talks JSON."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from django.http import HttpResponse
from django.test import Client as HttpClient

from backoffice.api.scopes import SCOPES
from backoffice.management.commands.create_api_client import create_client


class LenderApp:
    """`post` sends a fresh Idempotency-Key unless one is given; an empty one is not sent."""

    def __init__(self, *, scopes: list[str] | None = None, language: str = "en") -> None:
        self.http = HttpClient(raise_request_exception=False)
        self.client, self.secret = create_client(
            name="app", scopes=list(SCOPES) if scopes is None else scopes, client_id=None
        )
        self.language = language
        self.token = self._token()

    def _token(self) -> str:
        answer = self.ask_for_token()
        assert answer.status_code == 200, answer.content
        return str(answer.json()["access_token"])

    def ask_for_token(self, secret: str | None = None, **form: str) -> HttpResponse:
        pair = base64.b64encode(f"{self.client.id}:{secret or self.secret}".encode()).decode()
        return self.http.post(
            "/identity/o/api/token",
            {"grant_type": "client_credentials", **form},
            headers={"authorization": f"Basic {pair}"},
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}", "accept-language": self.language}

    def get(
        self, path: str, *, headers: dict[str, str] | None = None, **query: Any
    ) -> HttpResponse:
        return self.http.get(f"/api/v1/{path}", query, headers={**self.headers, **(headers or {})})

    def post(
        self,
        path: str,
        body: Any,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        sent = {**self.headers, **(headers or {})}
        if key != "":
            sent["idempotency-key"] = key or uuid.uuid4().hex
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.http.post(f"/api/v1/{path}", raw, content_type="application/json", headers=sent)
