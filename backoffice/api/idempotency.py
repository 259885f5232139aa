"""Creates that may be sent again: the same key gives the same answer, once the work is done.

The key is taken by an advisory lock and the answer is stored in the transaction of the work, so
a crash leaves either both or neither. Refusals (4xx) are not kept: they changed nothing, and a
later try may succeed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from backoffice.api.rendering import ExactEncoder
from backoffice.lib import crypto
from backoffice.lib.errors import Conflict, Invalid, Refused

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TAKE = """
SELECT pg_try_advisory_xact_lock(%s), r.status, r.body, r.fingerprint
FROM (SELECT 1) AS one
LEFT JOIN backoffice_idempotentrequest r ON r.client_id = %s AND r.key = %s
"""
_KEEP = """
INSERT INTO backoffice_idempotentrequest (client_id, key, fingerprint, status, body, created_at)
VALUES (%s, %s, %s, %s, %s, now())
"""

Work = Callable[[], tuple[int, Any]]


def idempotently(request: Request, work: Work) -> HttpResponse:
    """Run `work` (→ status, JSON-able body) at most once for this client's key.

    Effects: opens the transaction the work runs in. Raises: Refused (400 no key), Conflict (409
    the first is still running), Invalid (422 the key was used for another request).
    """
    key = required_key(request)
    client_id = str(request.user.id)
    fingerprint = _fingerprint(request._request)
    context = answer_context(client_id, key)
    try:
        with transaction.atomic(durable=True):
            stored = _take(client_id, key, fingerprint)
            if stored is not None:
                status, body = stored
                text = _opened(body, context)
                return _response(status, text, {"Idempotency-Replayed": "true"})
            status, answer = work()
            text = json.dumps(answer, cls=ExactEncoder, ensure_ascii=False, separators=(",", ":"))
            _keep(client_id, key, fingerprint, status, crypto.seal(text, context=context))
    except _KeyTaken as error:  # the first request ended between our look and our write
        raise _in_flight() from error
    return _response(status, text, {})


def answer_context(client_id: str, key: str) -> str:
    """What a kept answer is sealed with: it opens only for this client and key."""
    return f"idempotency:{client_id}:{key}"


def _opened(body: bytes, context: str) -> str:
    """Raises: Conflict (409): doing it again would be wrong, and the answer is beyond reach."""
    try:
        return crypto.unseal(body, context=context)
    except crypto.SealBroken as error:
        log.error("idempotent_answer_unreadable", key_id=crypto.key_id_of(body))
        raise Conflict(
            _("This was done before, but its answer can no longer be read."),
            code="idempotency_answer_lost",
        ) from error


def required_key(request: Request) -> str:
    """Raises: Refused (400)."""
    key = str(request.headers.get(HEADER, ""))
    if not _KEY.fullmatch(key):
        raise Refused(
            _("Send an Idempotency-Key header of 1 to 255 visible ASCII characters."),
            code="idempotency_key_required",
        )
    return key


class _KeyTaken(Exception):
    pass


def _fingerprint(request: HttpRequest) -> bytes:
    """SHA-256 of method, path and the body's bytes: a retry sends what was sent before."""
    digest = hashlib.sha256(f"{request.method} {request.path}\0".encode(errors="surrogatepass"))
    digest.update(request.body)
    return digest.digest()


def _take(client_id: str, key: str, fingerprint: bytes) -> tuple[int, bytes] | None:
    digest = hashlib.sha256(f"{client_id}\0{key}".encode()).digest()
    lock = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [lock, client_id, key])
        is_taken, status, body, known = cursor.fetchone()
    if not is_taken:
        raise _in_flight()
    if known is None:
        return None
    if bytes(known) != fingerprint:
        raise Invalid(
            _("This Idempotency-Key was used for a different request."),
            code="idempotency_key_reused",
        )
    return status, bytes(body)


def _keep(client_id: str, key: str, fingerprint: bytes, status: int, body: bytes) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [client_id, key, fingerprint, status, body])
    except IntegrityError as error:
        raise _KeyTaken from error


def _in_flight() -> Conflict:
    return Conflict(
        _("The first request with this key is still being worked on."),
        code="idempotency_in_flight",
    )


def _response(status: int, text: str, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(
        text.encode(), status=status, content_type="application/json", headers=headers
    )
