"""The six roles by name (what each may do: `accounts.staff.roles`), and a name for sealing."""

from __future__ import annotations

from enum import StrEnum

SECOND_FACTOR_CONTEXT = "staff.second_factor"


class Role(StrEnum):
    RISK_ANALYST = "risk analyst"
    POLICY_APPROVER = "policy approver"
    COMPLIANCE_OFFICER = "compliance officer"
    SUPPORT_AGENT = "support agent"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
