"""The six roles by name; what each may do is in `accounts.staff.roles`."""

from __future__ import annotations

from enum import StrEnum

# What a sealed secret of a second factor is bound to (backoffice.lib.crypto).
SECOND_FACTOR_CONTEXT = "staff.second_factor"


class Role(StrEnum):
    RISK_ANALYST = "risk analyst"
    POLICY_APPROVER = "policy approver"
    COMPLIANCE_OFFICER = "compliance officer"
    SUPPORT_AGENT = "support agent"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
