"""What the ledger's codes are called on screens. A code without a word is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import get_language
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
    "events.taken": _("Events received"),
    "events.months_made": _("Months of events made"),
    "events.month_detached": _("Month of events set aside"),
    "verification.checked": _("Identity check recorded"),
    "verification.bureau_received": _("Bureau record received"),
    "verification.changed": _("Identity status changed"),
    "verification.inquiry_made": _("Outside record asked for"),
    "verification.case_decided": _("Identity case decided"),
    "verification.case_settled": _("Identity case settled by new data"),
    "switch.turned_on": _("Switch turned on"),
    "switch.released": _("Switch released"),
    "policy.drafted": _("Policy drafted"),
    "policy.edited": _("Policy edited"),
    "policy.tried": _("Policy draft tried on the customer"),
    "policy.submitted": _("Policy submitted"),
    "policy.sent_back": _("Policy sent back"),
    "policy.backtested": _("Policy backtested"),
    "policy.proved_again": _("Policy backtested again"),
    "policy.rejected": _("Policy rejected"),
    "policy.scheduled": _("Policy scheduled"),
    "policy.schedule_cancelled": _("Policy schedule cancelled"),
    "policy.activated": _("Policy took effect as scheduled"),
    "policy.activation_failed": _("Scheduled policy could not take effect"),
    "policy.rolled_back": _("Policy rolled back"),
    "policy.trial_started": _("Policy trial started"),
    "policy.trial_ended": _("Policy trial ended"),
    "policy.approved": _("Policy approved"),
    "policy.published": _("Policy published"),
    "policy.retired": _("Policy retired"),
    "snapshot.requested": _("Snapshot asked for"),
    "snapshot.resumed": _("Snapshot taken up again"),
    "snapshot.taken": _("Snapshot taken"),
    "snapshot.removed": _("Snapshot's files removed"),
    "backtest.started": _("Backtest started"),
    "backtest.cancelled": _("Backtest cancelled"),
    "backtest.resumed": _("Backtest resumed"),
    "backtest.finished": _("Backtest finished"),
    "campaign.started": _("Campaign started"),
    "campaign.finished": _("Campaign finished"),
    "campaign.paused": _("Campaign paused"),
    "campaign.resumed": _("Campaign resumed"),
    "campaign.cancelled": _("Campaign cancelled"),
    "campaign.stopped": _("Campaign stopped by itself"),
    "campaign.customer_failed": _("Campaign: customer not decided"),
    "recheck.retried": _("Customer decided again by staff"),
    "recheck.given_up": _("Customer not decided again after an event"),
    "decision.requested": _("Decision asked for by staff"),
    "reason.installed": _("Reason installed"),
    "reason.changed": _("Reason changed"),
    "product.created": _("Product created"),
    "product.changed": _("Product changed"),
    "reason.created": _("Reason created"),
    "delivery.retried": _("Delivery sent again"),
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
    "import.started": _("Import started"),
    "import.finished": _("Import finished"),
    "import.abandoned": _("Import begun anew"),
    "key.rotated": _("Keys rotated"),
    "demo.seeded": _("Demo data written"),
}
CHANGED_TEXT_AT_MOST = 24
ACTORS = {"staff": _("staff"), "client": _("API client"), "system": _("system")}
SYSTEM_PARTS = {
    "access": _("automatic expiry"), "campaign": _("campaign"), "staff": _("sign-in"),
    "import": _("import"), "demo": _("demo data"), "verification": _("verification"),
    "signals": _("signals"), "reasons": _("reasons"), "simulation": _("simulation"),
    "events": _("events"),
}  # fmt: skip
SUBJECTS = {
    "customer": _("customer"), "switch": _("switch"), "policy": _("policy version"),
    "campaign": _("campaign"), "reason": _("reason"), "staff": _("staff user"),
    "import": _("import"), "product": _("product"), "delivery": _("delivery"), "key": _("key"),
    "demo": _("demo data"), "snapshot": _("snapshot"), "backtest": _("backtest"),
}  # fmt: skip
DETAILS = {
    "product": _("product"), "effective": _("effective"),
    "reason_codes": _("reasons"), "reason_code": _("reason"), "fields": _("fields"),
    "status": _("status"), "result": _("result"), "method": _("method"), "bureau": _("bureau"),
    "name": _("legal name"), "id_number": _("ID number"), "phone": _("phone"),
    "signals": _("signals"), "purpose": _("purpose"), "effect": _("narrows to"),
    "roles": _("roles"), "scope": _("scope"),
    "customers": _("customers"), "done": _("done"), "failed": _("failed"), "kind": _("kind"),
    "channel": _("channel"), "change": _("change"), "why": _("because"), "number": _("version"),
    "ruling": _("decision"),
}  # fmt: skip
_COUNTED = {"signals"}
NAMED_AT_MOST = 3
_MOVE = {"from", "to", "effective"}
VALUES = {
    "OPEN": _("open"), "LIMITED": _("limited"), "CLOSED": _("closed"),
    "verified": _("verified"), "unverified": _("unverified"), "mismatch": _("mismatch"),
    "failed": _("failed"), "match": _("match"), "typo": _("likely typo"),
    "differs": _("differs"), "invalid": _("invalid"), "missing": _("missing"),
    "passed": _("passed"), "inconclusive": _("inconclusive"),
    "id_document": _("identity document"), "face": _("face"), "bank_card": _("bank card"),
    "sms_code": _("SMS code"), "in_person": _("in person"), "pboc": _("PBOC credit reference"),
    "legal_name": _("legal name"), "id_number": _("ID number"), "phone": _("phone"),
    "birth_date": _("date of birth"), "email": _("e-mail"), "address": _("address"),
    "employer": _("employer"), "employment_status": _("employment"), "language": _("language"),
    "display_name": _("name"), "emergency": _("emergency"), "regulator": _("regulator"),
    "maintenance": _("maintenance"), "platform": _("The whole platform"),
    "credit_decision": _("credit decision"), "bureau_query": _("bureau query"),
    "marketing": _("marketing"), "webhook": _("webhook"), "sms": _("SMS"),
    "idle": _("idle too long"), "lifetime": _("open too long"), "replaced": _("too many sessions"),
    "totp_activated": _("authenticator app added"),
    "totp_deactivated": _("authenticator app removed"),
    "webauthn_added": _("passkey added"), "webauthn_removed": _("passkey removed"),
    "recovery_codes_generated": _("recovery codes made"),
    "same_person": _("the same person"), "other_person": _("another person"),
    "ask_customer": _("ask the customer"),
    "shadow": _("shadow"), "challenger": _("challenger"),
    "bureau": _("credit bureau"), "identity": _("identity provider"),
    "risk analyst": _("Risk analyst"), "policy approver": _("Policy approver"),
    "compliance officer": _("Compliance officer"), "support agent": _("Support agent"),
    "auditor": _("Auditor (read-only)"), "administrator": _("Administrator"),
}  # fmt: skip


def action_words(action: str) -> Any:
    return ACTIONS.get(action, action)


def actor_words(actor: str, names: Mapping[str, str]) -> str:
    """Who acted, by name. `actor` is `kind:id`; `names` are those `queries.actor_names` found."""
    kind, _separator, actor_id = actor.partition(":")
    if kind == "system":
        return f"{ACTORS[kind]} · {SYSTEM_PARTS.get(actor_id, actor_id)}"
    return names.get(actor) or f"{ACTORS.get(kind, kind)} {actor_id}"


def subject_words(kind: str) -> Any:
    return SUBJECTS.get(kind, kind)


def detail_words(detail: Mapping[str, Any], known: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The details people ask for, in words; ids and hashes stay on the entry's own page."""
    parts = _move(detail)
    for name, value in detail.items():
        if name not in DETAILS or name in _MOVE or value in (None, "", []):
            continue
        many = value if isinstance(value, list) else [value]
        if len(many) > NAMED_AT_MOST and name in _COUNTED:
            many = [len(many)]  # ten technical names tell nobody anything
        words = [str(VALUES.get(one) or known.get(one, one)) for one in many]
        parts.append(f"{DETAILS[name]}: {('、' if _is_chinese() else ', ').join(words)}")
    changes = [
        f"{name}: {_brief(old)} → {_brief(new)}"
        for name, (old, new) in sorted(_changes(detail).items())
    ]
    return " · ".join([*parts, *changes])


def _move(detail: Mapping[str, Any]) -> list[str]:
    """From one state to another, and what was effective when a switch lay over it."""
    before, after = (VALUES.get(str(detail.get(name)), detail.get(name)) for name in ("from", "to"))
    if not after:
        return []
    parts = [f"{before} → {after}" if before and before != after else str(after)]
    if detail.get("effective") not in (None, detail.get("to")):
        effective = VALUES.get(detail["effective"], detail["effective"])
        parts.append(f"{DETAILS['effective']}: {effective}")
    return parts


def _changes(detail: Mapping[str, Any]) -> Mapping[str, tuple[Any, Any]]:
    """`{"changes": {field: [old, new]}}` as rooms record an edit."""
    changes: Mapping[str, tuple[Any, Any]] = detail.get("changes") or {}
    return changes


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= CHANGED_TEXT_AT_MOST else f"{text[:CHANGED_TEXT_AT_MOST]}…"


def _is_chinese() -> bool:
    return (get_language() or "zh-hans").startswith("zh")
