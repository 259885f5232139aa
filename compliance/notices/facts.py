"""A notice as a customer reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in one language, ready to send or show. `public_id` names it for ever."""

    public_id: str
    template: str
    title: str
    body: str
    queued_at: dt.datetime


class Ending(StrEnum):
    """How a delivery ended."""

    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"  # the customer has no address


@dataclass(frozen=True, slots=True)
class Draft:
    """One thing to tell one customer: `cause` and `template` name it once for ever.

    `context` must hold no personal data; `language` and `reason_codes` have their own meaning.
    """

    recipient: str
    cause: str
    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pace:
    """When notices written together leave: one after another from `first_at` on."""

    first_at: dt.datetime
    every: dt.timedelta
