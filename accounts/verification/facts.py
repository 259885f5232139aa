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


class Finding(StrEnum):
    """What a profile and a bureau record together say; one word, the gravest first."""

    MISSING = "missing"  # nothing to compare, or one field is empty on one side
    ID = "id"
    NAME = "name"
    PHONE = "phone"
    MATCH = "match"


class Cause(StrEnum):
    """Why that finding; empty for a match."""

    NONE = ""
    NO_RECORD = "no_record"
    NO_NAME = "no_name"
    NO_ID_NUMBER = "no_id_number"
    NO_PHONE = "no_phone"
    NO_USER_ID = "no_user_id"
    UNREADABLE_ROW = "unreadable_row"
    BAD_LENGTH = "bad_length"
    BAD_CHARACTERS = "bad_characters"
    BAD_BIRTH_DATE = "bad_birth_date"
    BAD_CHECK_DIGIT = "bad_check_digit"
    UNKNOWN_REGION = "unknown_region"
    OTHER_PERSON = "other_person"  # two possible numbers are two people
    OTHER_BIRTH_DATE = "other_birth_date"
    OTHER_GENDER = "other_gender"
    NEAR_NAME = "near_name"
    OTHER_NAME = "other_name"
    NEAR_PHONE = "near_phone"
    OTHER_PHONE = "other_phone"


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


class CaseState(StrEnum):
    """A difference somebody looks at."""

    OPEN = "open"
    WAITING = "waiting"  # the customer was asked
    DECIDED = "decided"
    SETTLED = "settled"  # the values agree now; nobody had to decide


class Ruling(StrEnum):
    """What staff say of a difference. The last of a case; only the first two end it."""

    SAME_PERSON = "same_person"
    OTHER_PERSON = "other_person"
    ASK_CUSTOMER = "ask_customer"


class InquiryKind(StrEnum):
    """Whom we ask outside."""

    BUREAU = "bureau"
    IDENTITY = "identity"


class InquiryState(StrEnum):
    QUEUED = "queued"
    ASKING = "asking"
    ANSWERED = "answered"
    FAILED = "failed"


# A phone alone is no other person, and what is absent cannot be looked at.
NEED_A_LOOK = frozenset({Finding.ID, Finding.NAME})
# What such a finding can be because of, where a record has no birth date and no gender.
CASE_CAUSES = frozenset(
    {
        Cause.BAD_LENGTH, Cause.BAD_CHARACTERS, Cause.BAD_BIRTH_DATE, Cause.BAD_CHECK_DIGIT,
        Cause.UNKNOWN_REGION, Cause.OTHER_PERSON, Cause.NEAR_NAME, Cause.OTHER_NAME,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BureauProfile:
    """What a bureau has on file; personal data, never logged."""

    legal_name: str | None
    id_number: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Region:
    """What a county code meant, and in which years; None where the list has no year."""

    name: str
    province: str
    since: int | None
    until: int | None


@dataclass(frozen=True, slots=True)
class Identity:
    """One side of a comparison, as written; None or empty where nothing is known."""

    name: str | None
    id_number: str | None
    phone: str | None
    birth_date: str | None = None
    gender: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one comparison found. No personal data."""

    finding: Finding
    cause: Cause
    name: Comparison
    id_number: Comparison
    phone: Comparison


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
