"""Every error as a problem document (RFC 9457), in the caller's language.

`type` is `urn:sluice:problem:<code>`: one code, one `title`. `errors` lists wrong inputs with a
JSON pointer (RFC 6901) each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework import exceptions

from backoffice.lib.errors import FieldFault, Refused

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "2"
PASSING_CODES = frozenset({"idempotency_in_flight"})
CHALLENGE = 'Bearer realm="sluice"'


def problem(
    *,
    status: int,
    code: str,
    title: str,
    faults: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    body: dict[str, Any] = {
        "type": f"urn:sluice:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
    }
    if faults:
        body["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "detail": str(fault.detail)}
            for fault in faults
        ]
    body.update(extra or {})
    return HttpResponse(
        json.dumps(body, ensure_ascii=False, default=str).encode(errors="replace"),
        status=status,
        content_type=CONTENT_TYPE,
        headers=dict(headers or {}),
    )


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's hook: whatever a view raised, answered. Only true bugs become 500, and are logged."""
    answer = _known(error)
    if answer is not None:
        return answer
    log.exception("api_error", view=type(context.get("view")).__name__)
    return problem(status=500, code="internal_error", title=_("Something went wrong on our side."))


def _known(error: Exception) -> HttpResponse | None:
    if isinstance(error, Refused):
        is_passing = error.status == 503 or error.code in PASSING_CODES
        headers = {"Retry-After": RETRY_AFTER_SECONDS} if is_passing else {}
        return problem(
            status=error.status, code=error.code, title=str(error.message),
            faults=error.faults, extra=error.extra, headers=headers,
        )  # fmt: skip
    if isinstance(error, exceptions.APIException):
        return _from_rest_framework(error)
    if isinstance(error, Http404):
        return problem(status=404, code="not_found", title=_("There is nothing here."))
    if isinstance(error, PermissionDenied):
        return problem(status=403, code="not_allowed", title=_("You may not do this."))
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent):
        return problem(status=413, code="too_large", title=_("The request is too large."))
    if isinstance(error, SuspiciousOperation | UnicodeError):
        return problem(status=400, code="bad_request", title=_("The request is malformed."))
    if isinstance(error, DatabaseError | InterfaceError):
        return _from_database(error)
    return None


def _from_rest_framework(error: exceptions.APIException) -> HttpResponse:
    if isinstance(error, exceptions.ValidationError):
        return problem(
            status=422, code="invalid", title=_("Some values are wrong."),
            faults=list(_faults(error.detail, "")),
        )  # fmt: skip
    code = str(getattr(error.detail, "code", error.default_code))
    headers = {}
    if isinstance(error, exceptions.NotAuthenticated):
        headers["WWW-Authenticate"] = CHALLENGE
    elif isinstance(error, exceptions.AuthenticationFailed):
        headers["WWW-Authenticate"] = f'{CHALLENGE}, error="invalid_token"'
    elif code == "insufficient_scope":
        headers["WWW-Authenticate"] = f'{CHALLENGE}, error="insufficient_scope"'
    elif isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(getattr(error, "wait", None) or 1)
    return problem(status=error.status_code, code=code, title=str(error.detail), headers=headers)


def _from_database(error: Exception) -> HttpResponse | None:
    """A restart is temporary; a constraint or trigger that said no is a conflict.

    Values no column can hold (DataError) are the caller's: a door should have said so earlier.
    """
    if isinstance(error, IntegrityError) or "pgtrigger: Cannot" in str(error):
        return problem(status=409, code="conflict", title=_("This conflicts with what is stored."))
    if isinstance(error, DataError):
        log.warning("value_unstorable", error=type(error).__name__)
        return problem(status=422, code="unstorable", title=_("Some values are wrong."))
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("database_unavailable", error=type(error).__name__)
        return problem(
            status=503, code="database_unavailable",
            title=_("The database is not available. Please try again."),
            headers={"Retry-After": RETRY_AFTER_SECONDS},
        )  # fmt: skip
    return None


def _faults(detail: Any, pointer: str) -> Iterator[FieldFault]:
    """DRF's nested error details, flattened."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            is_whole = name == "non_field_errors"
            yield from _faults(inner, pointer if is_whole else f"{pointer}/{_escaped(name)}")
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _faults(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield FieldFault(pointer, str(getattr(detail, "code", "invalid")), str(detail))


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def is_api(request: HttpRequest) -> bool:
    """The API, and where its tokens come from."""
    return request.path.startswith(("/api/", "/identity/o/api/"))


class ProblemMiddleware:
    """Errors raised before an API view is entered, answered in the same shape.

    Stands outside the language middleware, whose own failures it answers too: hence it works
    the language out itself.
    """

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        is_page = not response.get("Content-Type", "").startswith("application/")
        if is_api(request) and response.status_code >= 400 and is_page:
            with translation.override(translation.get_language_from_request(request)):
                return _instead_of(response.status_code)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return _known(error) if is_api(request) else None


def _instead_of(status: int) -> HttpResponse:
    """A problem in place of Django's error page."""
    known = {
        400: ("bad_request", _("The request is malformed.")),
        403: ("not_allowed", _("You may not do this.")),
        404: ("not_found", _("There is nothing here.")),
        405: ("method_not_allowed", _("This method is not allowed here.")),
        413: ("too_large", _("The request is too large.")),
    }
    other = ("internal_error", _("Something went wrong on our side."))
    code, title = known.get(status, other if status >= 500 else known[400])
    return problem(status=status, code=code, title=title)
