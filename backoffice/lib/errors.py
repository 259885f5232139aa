"""What a service raises when it will not do what was asked. Doors translate; nobody swallows.

Messages are written for the person at the door and never carry personal data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One wrong input. `pointer` is a JSON pointer (RFC 6901) into what was sent; `detail` may
    be a lazily translated text.
    """

    pointer: str
    code: str
    detail: str | Any


class Refused(Exception):
    """A service said no. `code` is stable for machines; `message` is translated for people."""

    status = 400

    def __init__(
        self,
        message: str | Any,
        *,
        code: str,
        faults: Sequence[FieldFault] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)  # logs carry the code, never the text
        self.message = message
        self.code = code
        self.faults = tuple(faults)
        self.extra = dict(extra or {})


class Invalid(Refused):
    """What was sent cannot mean anything."""

    status = 422


class Missing(Refused):
    """The thing named does not exist, or not for this caller."""

    status = 404


class Conflict(Refused):
    """The thing exists in a state in which this cannot be done."""

    status = 409


class NotAllowed(Refused):
    """This actor may not do this."""

    status = 403


class Unavailable(Refused):
    """Closed for now; asking later may work."""

    status = 503
