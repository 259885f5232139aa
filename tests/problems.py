"""What every refusal of the API must look like (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

MEMBERS = {"type", "title", "status", "code", "errors"}


def problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The problem document, after checking the parts all of them share."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"urn:sluice:problem:{code}"
    assert isinstance(body["title"], str)
    assert body["title"]
    assert set(body) <= MEMBERS
    return body


def faults(answer: HttpResponse, status: int = 422, code: str = "invalid") -> dict[str, str]:
    """JSON pointer → fault code, of a refusal that names what was wrong."""
    body = problem(answer, status, code)
    for fault in body["errors"]:
        assert set(fault) == {"pointer", "code", "detail"}
        assert fault["detail"]
    return {fault["pointer"]: fault["code"] for fault in body["errors"]}
