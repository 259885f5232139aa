"""Who works at the fictional lender, and what the demo tells its visitor."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.staff.facts import Role

SUBJECT = ("demo", "lender")  # the ledger's subject whose first entry says: it is there
CLIENT_ID = "demo-app"
CUSTOMERS = 5_000
SEED = 20_260


@dataclass(frozen=True, slots=True)
class Colleague:
    """One invented member of staff; there is one for each role."""

    username: str
    display_name: str
    role: Role
    language: str = "zh-hans"


STAFF = (
    Colleague("analyst", "沈知远", Role.RISK_ANALYST),
    Colleague("approver", "顾明川", Role.POLICY_APPROVER),
    Colleague("compliance", "林若兰", Role.COMPLIANCE_OFFICER),
    Colleague("support", "何小舟", Role.SUPPORT_AGENT),
    Colleague("auditor", "Robin Reed", Role.AUDITOR, "en"),
    Colleague("admin", "方子安", Role.ADMINISTRATOR),
)


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was written; `was_there` means that this call wrote nothing."""

    customers: int
    decisions: int
    notices: int
    was_there: bool
