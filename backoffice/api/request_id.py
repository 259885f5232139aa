"""One name for one request: in the answer, in the logs, and in the caller's own."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from backoffice.api.problems import is_api

HEADER = "X-Request-ID"
_META = "HTTP_X_REQUEST_ID"
_SHAPE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class RequestIdMiddleware:
    """Takes the caller's X-Request-ID when it looks like an id, else makes one.

    The logging middleware further in reads the same header: what it writes on every line is
    never free text of a stranger. Every API answer carries it, errors included; so does
    `Cache-Control: no-store`, since what is true of a customer now is not to be kept.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get(_META, "")
        request_id = given if _SHAPE.fullmatch(given) else uuid.uuid4().hex
        request.META[_META] = request_id
        response: HttpResponse = self.get_response(request)
        if is_api(request):
            response[HEADER] = request_id
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class LoggingMiddleware(RequestMiddleware):
    """Binds the request id to every log line. What was searched for is not written down."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"
