"""A reason as other rooms see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Who the cause lies with: what the customer did or is, our platform, or the regulator."""

    CUSTOMER = "customer"
    PLATFORM = "platform"
    REGULATOR = "regulator"


# The reasons that may be given when links to other people narrow access: whoever reads one learns
# nothing of anybody else, not even from its code.
FOR_ASSOCIATION = frozenset({"ADDITIONAL_CHECK", "OPERATOR_REVIEW"})


class EndsBy(StrEnum):
    """How a restriction with this reason ends."""

    FACT = "fact"  # by itself, when the next decision no longer finds the cause
    DATE = "date"  # on its end date
    PROBATION = "probation"  # in steps, after a clean period
    OPERATOR = "operator"  # only when staff lift it


@dataclass(frozen=True, slots=True)
class Wording:
    """Whether a reason may be given now: still in use, and said whole in which languages."""

    code: str
    is_active: bool
    lacking: tuple[str, ...]  # languages in which text or remedy is missing: "zh-hans", "en"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason in one language. Lower `precedence` is said first."""

    code: str
    level: Level
    precedence: int
    text: str
    remedy: str
    is_appealable: bool
    ends_by: EndsBy
    legal_basis: str
