"""Outcomes of checking and comparing, as policies see them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IdentityStatus(StrEnum):
    """The standing answer per customer."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    MISMATCH = "mismatch"
    FAILED = "failed"


class Comparison(StrEnum):
    """One field of the profile against the bureau record."""

    MATCH = "match"
    TYPO = "typo"  # names that differ as slips do: one character, or order, width, spacing
    DIFFERS = "differs"
    INVALID = "invalid"  # the profile's own value cannot be right
    MISSING = "missing"  # one side has no value


class Method(StrEnum):
    ID_DOCUMENT = "id_document"
    FACE = "face"
    BANK_CARD = "bank_card"
    SMS_CODE = "sms_code"
    IN_PERSON = "in_person"


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class BureauProfile:
    """What a bureau has on file; personal data, never logged."""

    legal_name: str | None
    id_number: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing answer for one customer."""

    status: IdentityStatus
    name: Comparison
    id_number: Comparison
    phone: Comparison


UNKNOWN = Standing(
    IdentityStatus.UNVERIFIED, Comparison.MISSING, Comparison.MISSING, Comparison.MISSING
)
