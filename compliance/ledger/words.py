"""What the ledger's codes are called on screens. A code without a word is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "access.opened": _("Access opened"),
    "access.opened_limited": _("Access opened with limits"),
    "access.refused": _("Access refused"),
    "access.limited": _("Access limited"),
    "access.closed": _("Access closed"),
    "access.restored": _("Access restored"),
    "access.partly_restored": _("Access partly restored"),
    "access.terms_changed": _("Terms changed"),
    "access.reasons_changed": _("Reasons changed"),
    "restriction.started": _("Restriction started"),
    "restriction.lifted": _("Restriction lifted"),
    "customer.created": _("Customer created"),
    "customer.changed": _("Profile changed"),
    "customer.revealed": _("Personal data shown"),
    "customer.imported": _("Customer imported"),
    "consent.granted": _("Consent given"),
    "consent.withdrawn": _("Consent withdrawn"),
    "signals.written": _("Signals received"),
    "verification.checked": _("Identity check recorded"),
    "verification.bureau_received": _("Bureau record received"),
    "verification.changed": _("Identity status changed"),
    "switch.turned_on": _("Switch turned on"),
    "switch.released": _("Switch released"),
    "policy.drafted": _("Policy drafted"),
    "policy.edited": _("Policy edited"),
    "policy.submitted": _("Policy submitted"),
    "policy.sent_back": _("Policy sent back"),
    "policy.approved": _("Policy approved"),
    "policy.published": _("Policy published"),
    "policy.retired": _("Policy retired"),
    "campaign.started": _("Campaign started"),
    "campaign.finished": _("Campaign finished"),
    "campaign.customer_failed": _("Campaign: customer not decided"),
    "decision.requested": _("Decision asked for by staff"),
    "reason.installed": _("Reason installed"),
    "reason.changed": _("Reason changed"),
    "product.changed": _("Product changed"),
    "staff.created": _("Staff user created"),
    "staff.roles_changed": _("Roles changed"),
    "staff.profile_changed": _("Staff profile changed"),
    "staff.password_set": _("Password set"),
    "staff.deactivated": _("Account closed"),
    "staff.reactivated": _("Account opened again"),
    "staff.second_factor_changed": _("Second factor changed"),
    "staff.second_factor_reset": _("Second factor reset"),
    "staff.logged_in": _("Logged in"),
    "staff.logged_out": _("Logged out"),
    "staff.session_ended": _("Session ended"),
    "staff.login_failed": _("Login failed"),
    "import.finished": _("Import finished"),
    "key.rotated": _("Keys rotated"),
}
ACTORS = {"staff": _("staff"), "client": _("app"), "system": _("system")}
DETAILS = {
    "product": _("product"), "from": _("from"), "to": _("to"), "effective": _("effective"),
    "reason_codes": _("reasons"), "reason_code": _("reason"), "fields": _("fields"),
    "status": _("status"), "result": _("result"), "method": _("method"), "bureau": _("bureau"),
    "name": _("name"), "id_number": _("ID number"), "phone": _("phone"), "signals": _("signals"),
    "purpose": _("purpose"), "effect": _("narrows to"), "role": _("role"), "scope": _("scope"),
    "customers": _("customers"), "done": _("done"), "failed": _("failed"),
}  # fmt: skip


def action_words(action: str) -> Any:
    return ACTIONS.get(action, action)


def actor_words(kind: str, actor_id: str) -> str:
    return f"{ACTORS.get(kind, kind)} {actor_id}"


def detail_words(detail: Mapping[str, Any]) -> str:
    """The details people ask for, in words; ids and hashes stay in the ledger's own page."""
    parts = []
    for name, value in detail.items():
        if name not in DETAILS or value in (None, "", []):
            continue
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        parts.append(f"{DETAILS[name]}: {text}")
    return " · ".join(parts)
