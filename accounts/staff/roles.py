"""What each role may do: explicit permissions, kept here, synced into groups.

The table is the whole truth: a permission added to a group by hand is taken away by the next
`migrate`.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.staff.facts import Role

ROLE_LABELS = {
    Role.RISK_ANALYST: _("Risk analyst"),
    Role.POLICY_APPROVER: _("Policy approver"),
    Role.COMPLIANCE_OFFICER: _("Compliance officer"),
    Role.SUPPORT_AGENT: _("Support agent"),
    Role.AUDITOR: _("Auditor (read-only)"),
    Role.ADMINISTRATOR: _("Administrator"),
}

# Everything operators may look at; no role sees more than it needs.
_CUSTOMER_VIEWS = (
    "accounts.view_customer",
    "accounts.view_consent",
    "accounts.view_verification",
    "accounts.view_identitycheck",
    "accounts.view_identitycase",
    "accounts.view_inquiry",
    "accounts.view_access",
    "accounts.view_restriction",
    "risk.view_decision",
    "risk.view_customersignals",
    "risk.view_event",
    "risk.view_recheck",
    "compliance.view_notice",
    "compliance.view_delivery",
)
_RULE_VIEWS = (
    "accounts.view_product",
    "compliance.view_reason",
    "compliance.view_switch",
    "risk.view_policyversion",
    "risk.view_policytrial",
    "risk.view_campaign",
    "risk.view_snapshot",
    "risk.view_backtest",
)
# They show what customers have to do with each other: only for those who look into patterns.
_LINK_VIEWS = ("risk.view_link", "risk.view_device")
_EVERY_VIEW = (
    *_CUSTOMER_VIEWS,
    *_RULE_VIEWS,
    *_LINK_VIEWS,
    "accounts.view_bureaurecord",
    "risk.view_importrun",
    "accounts.view_staffuser",
    "compliance.view_ledgerentry",
    "risk.view_outcome",
    "django_celery_beat.view_crontabschedule",
    "django_celery_beat.view_intervalschedule",
    "django_celery_beat.view_periodictask",
    "django_celery_results.view_taskresult",
    "allauth_idp_oidc.view_client",
)

PERMISSIONS: dict[Role, tuple[str, ...]] = {
    Role.RISK_ANALYST: (
        *_CUSTOMER_VIEWS,
        *_RULE_VIEWS,
        *_LINK_VIEWS,
        "risk.draft_policyversion",
        "risk.submit_policyversion",
        "risk.view_outcome",
        "risk.take_snapshot",
        "risk.run_backtest",
    ),
    Role.POLICY_APPROVER: (
        *_CUSTOMER_VIEWS,
        *_RULE_VIEWS,
        *_LINK_VIEWS,
        "risk.approve_policyversion",
        "risk.publish_policyversion",
        "risk.roll_back_policyversion",
        "risk.try_policyversion",
        "risk.start_campaign",
        "risk.run_backtest",
    ),
    Role.COMPLIANCE_OFFICER: (
        *_CUSTOMER_VIEWS,
        *_RULE_VIEWS,
        *_LINK_VIEWS,
        "accounts.reveal_customer",
        "accounts.decide_identitycase",
        "accounts.add_inquiry",
        "accounts.restrict_access",
        "accounts.lift_restriction",
        "compliance.change_reason",
        "compliance.add_reason",
        "compliance.turn_on_switch",
        "compliance.release_switch",
        "compliance.retry_delivery",
        "risk.retry_recheck",
        "compliance.view_ledgerentry",
    ),
    Role.SUPPORT_AGENT: (
        *_CUSTOMER_VIEWS,
        "accounts.view_product",
        "compliance.view_reason",
        "accounts.reveal_customer",
        "accounts.decide_identitycase",
        "accounts.add_inquiry",
        "risk.decide_customer",
        "risk.retry_recheck",
    ),
    Role.AUDITOR: _EVERY_VIEW,
    Role.ADMINISTRATOR: (
        "accounts.view_staffuser",
        "accounts.add_staffuser",
        "accounts.change_staffuser",
        "accounts.view_product",
        "accounts.add_product",
        "accounts.change_product",
        "risk.view_importrun",
        "allauth_idp_oidc.view_client",
        "allauth_idp_oidc.add_client",
        "allauth_idp_oidc.change_client",
        "django_celery_beat.view_crontabschedule",
        "django_celery_beat.view_intervalschedule",
        "django_celery_beat.view_periodictask",
        "django_celery_beat.change_periodictask",
        "django_celery_results.view_taskresult",
        "compliance.view_switch",
        "compliance.turn_on_switch",
        "compliance.release_switch",
        "compliance.view_delivery",
        "compliance.retry_delivery",
        "compliance.view_ledgerentry",
    ),
}


def label(name: str) -> str:
    """What a role's name says to people, in the active language."""
    return str(ROLE_LABELS[Role(name)]) if name in PERMISSIONS else name
