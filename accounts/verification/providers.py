"""The ways out: a credit bureau and an identity provider, each behind a small interface.

Calls have time limits, few retries and a breaker; never make one inside a transaction. Errors are
short codes without personal data.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import httpx

from accounts.customers.rules import LENGTHS
from accounts.verification.facts import BureauProfile, Identity, Result
from backoffice.lib import clock

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 3.0, 5.0, 15.0
ATTEMPTS, WAIT_SECONDS = 3, 0.2
BODY_BYTES_AT_MOST = 64 * 1024
FAILURES_TO_OPEN, OPEN_SECONDS = 5, 30.0
_LENGTHS = tuple(LENGTHS[name] for name in ("legal_name", "id_number", "phone"))
Answer = TypeVar("Answer")


class NotAnswered(Exception):
    """The text is a code: timeout, unreachable, status_503, garbage, breaker_open."""


@dataclass(frozen=True, slots=True)
class BureauAnswer:
    record: BureauProfile
    reported_at: dt.datetime


class CreditBureau(Protocol):
    def record_of(self, person: Identity, *, inquiry: str) -> BureauAnswer:
        """`inquiry` is the same for every attempt. Raises: NotAnswered."""


class IdentityProvider(Protocol):
    def check(self, person: Identity, *, inquiry: str) -> Result:
        """`inquiry` is the same for every attempt. Raises: NotAnswered."""


@dataclass
class Breaker:
    """After so many failures in a row nobody is called for a while; then one call probes.

    One a process: sharing it would cost a write a call, to save a few calls of a handful of
    workers. The queue keeps what waits in either case.
    """

    now: Callable[[], float] = time.monotonic
    failures: int = 0
    opened_at: float = field(default=0.0)

    def enter(self) -> None:
        """Raises: NotAnswered while open. Past the pause one caller probes, the rest wait on."""
        if self.failures < FAILURES_TO_OPEN:
            return
        if self.now() - self.opened_at < OPEN_SECONDS:
            raise NotAnswered("breaker_open")
        self.opened_at = self.now()

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            self.opened_at = self.now()


class HttpProvider:
    """Both interfaces over HTTP: JSON to `/records` and `/checks` below one address."""

    def __init__(self, *, url: str, token: str, breaker: Breaker) -> None:
        self._url, self._token, self._breaker = url.rstrip("/"), token, breaker

    def record_of(self, person: Identity, *, inquiry: str) -> BureauAnswer:
        return self._asked("records", person, inquiry, _bureau_answer)

    def check(self, person: Identity, *, inquiry: str) -> Result:
        return self._asked("checks", person, inquiry, lambda found: Result(found["result"]))

    def _asked(
        self, path: str, person: Identity, inquiry: str, read: Callable[[Any], Answer]
    ) -> Answer:
        self._breaker.enter()
        until = time.monotonic() + WHOLE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = read(self._post(path, person, inquiry))
            except (KeyError, TypeError, ValueError, RecursionError) as error:
                failure, is_final = NotAnswered("garbage"), True
                failure.__cause__ = error
            except NotAnswered as error:
                failure, is_final = error, str(error).startswith("status_4")
            else:
                self._breaker.succeeded()
                return answer
            wait = WAIT_SECONDS * 4 ** (attempt - 1)
            if is_final or attempt == ATTEMPTS or time.monotonic() + wait > until:
                break
            time.sleep(wait)
        self._breaker.failed()
        raise failure

    def _post(self, path: str, person: Identity, inquiry: str) -> Any:
        body = {"name": person.name, "id_number": person.id_number, "phone": person.phone}
        headers = {"idempotency-key": inquiry}
        if self._token:  # the simulator wants none
            headers["authorization"] = f"Bearer {self._token}"
        try:
            with httpx.stream(
                "POST", f"{self._url}/{path}", json=body, headers=headers,
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            ) as answer:  # fmt: skip
                if answer.status_code != httpx.codes.OK:
                    raise NotAnswered(f"status_{answer.status_code}")
                return json.loads(_bounded(answer))
        except httpx.TimeoutException as error:
            raise NotAnswered("timeout") from error
        except httpx.HTTPError as error:
            raise NotAnswered("unreachable") from error


def _bounded(answer: httpx.Response) -> bytes:
    """A body that drips or never ends is garbage. Raises: ValueError, NotAnswered."""
    until, body = time.monotonic() + READ_SECONDS, b""
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > BODY_BYTES_AT_MOST:
            raise ValueError("too long")
        if time.monotonic() > until:
            raise NotAnswered("timeout")
    return body


def _bureau_answer(found: Any) -> BureauAnswer:
    """Raises: KeyError, TypeError, ValueError for anything that is no answer."""
    moment = clock.moment_in(found["reported_at"])
    values = [found[name] for name in ("name", "id_number", "phone")]
    if moment is None or not all(value is None or isinstance(value, str) for value in values):
        raise ValueError("no record")
    if any(len(value) > most for value, most in zip(values, _LENGTHS, strict=True) if value):
        raise ValueError("too long")
    return BureauAnswer(BureauProfile(*values), moment)
