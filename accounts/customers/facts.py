"""A customer's profile as plain values. Personal data: never logged, never in an error."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import Final


class NotGiven(Enum):
    """Tells "leave it as it is" from "clear it" (None)."""

    NOT_GIVEN = "not given"


NOT_GIVEN: Final = NotGiven.NOT_GIVEN
Text = str | None | NotGiven

SEALED_FIELDS = (
    "legal_name", "id_number", "birth_date", "phone", "email", "address", "employer",
)  # fmt: skip
INDEXED_FIELDS = ("legal_name", "id_number", "phone", "email")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a lender tells us about a customer. Fields not given stay as they are."""

    legal_name: Text = NOT_GIVEN
    id_number: Text = NOT_GIVEN
    birth_date: dt.date | NotGiven | None = NOT_GIVEN
    phone: Text = NOT_GIVEN
    email: Text = NOT_GIVEN
    address: Text = NOT_GIVEN
    employer: Text = NOT_GIVEN
    employment_status: str | NotGiven = NOT_GIVEN
    language: str | NotGiven = NOT_GIVEN


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """Which customer, and whether this call created or changed them."""

    id: int
    public_id: str
    was_created: bool
    was_changed: bool = True


@dataclass(frozen=True, slots=True)
class Contacts:
    """What people may share, in clear; empty where nothing is on file. Personal data."""

    phone: str
    address: str
    employer: str


@dataclass(frozen=True, slots=True)
class MaskedProfile:
    """What may be shown on a screen without a reason; empty where nothing is on file."""

    legal_name: str
    id_number: str
    birth_date: str
    phone: str
    email: str
    address: str
    employer: str
