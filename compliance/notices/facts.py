"""A notice as a customer reads it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


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
