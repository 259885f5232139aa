"""A decision sees of what is counted and worked out exactly what some version in force looks at."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from accounts.customers import queries as customers
from accounts.staff.facts import Role
from risk.decisions import rules, services
from risk.decisions.models import Decision
from risk.events.facts import EventKind
from risk.policies import queries as policies
from risk.policies import starter
from risk.signals.catalogue import STORED, of_family
from risk.signals.facts import SignalFamily
from tests.console import statements
from tests.lender import AT, Lender
from tests.risk.decisions.test_trials import candidate, challenge, shadow
from tests.risk.policies.versions import APPROVED, SUBMITTED
from tests.risk.signals.log import happened

BASE = {*STORED, *of_family(SignalFamily.VERIFICATION)}
# What decisions saw before the catalogue grew.
FIRST = {
    "score", "utilisation", "months_late_now", "months_late_max_6m", "payment_ratio_6m",
    "current_limit_cents", "age_years", "applications_7d", "applications_30d", "applications_90d",
    "identity_status", "name_comparison", "id_number_comparison", "phone_comparison",
}  # fmt: skip


def looking_at(**tests: str) -> dict[str, Any]:
    """The starter policy, limiting besides where a test of these signals holds."""
    content = starter.consumer_credit()
    table = content["tables"][0]
    table["inputs"] += [{"name": name, "type": "number", "unknown": "accepted"} for name in tests]
    for rule in table["rules"]:
        rule["inputs"] += ["-"] * len(tests)
    for place, test in enumerate(tests.values()):
        cells = ["-"] * len(table["inputs"])
        cells[place - len(tests)] = test
        table["rules"].append(
            {"inputs": cells, "outputs": ['"DATA_STALE"', '"LIMITED"', "600000", ""]}
        )
    return content


def saw(public_id: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(Decision.objects.get(public_id=public_id).facts)
    return facts


def test_a_policy_without_windows_keeps_no_fact_and_asks_no_statement_more(
    lender: Lender,
) -> None:
    customer = lender.customer()
    lender.decide(customer)
    with statements() as asked:
        decided = lender.decide(customer)
    assert set(saw(decided.public_id)) == {"at", "product", "signals", "stale"}
    assert set(saw(decided.public_id)["signals"]) == BASE
    assert not [sql for sql in asked if "risk_event" in sql or "risk_link" in sql]
    lender.publish(looking_at(seen_applications_7d="> 3"))
    lender.decide(customer)
    with statements() as counting:
        lender.decide(customer)
    assert len(counting) == len(asked) + 1


def test_a_decision_keeps_what_it_counted_and_gives_the_same_bytes_again(lender: Lender) -> None:
    lender.publish(looking_at(seen_logins_24h="> 999", score_change_30d="< 0"))
    customer = lender.customer()
    pk = customers.resolve_id(customer)
    assert lender.decide(customer).change.effective.value == "OPEN"
    happened(pk, EventKind.LOGIN, AT, times=1001)
    happened(pk, EventKind.SCORE, AT - dt.timedelta(days=40), detail={"score": 700})
    decided = lender.decide(customer)
    facts = saw(decided.public_id)
    assert facts["capped"] == ["seen_logins_24h"]
    assert set(facts["signals"]) == BASE | {"seen_logins_24h", "score_change_30d"}
    assert (facts["signals"]["seen_logins_24h"], facts["signals"]["score_change_30d"]) == (
        "1000", "20",
    )  # fmt: skip
    assert decided.answer["state"] == "LIMITED"
    happened(pk, EventKind.SCORE, AT - dt.timedelta(days=35), detail={"score": 999})
    assert services.replay(public_id=decided.public_id).is_equal


@pytest.mark.parametrize(("begin", "status"), [(shadow, SUBMITTED), (challenge, APPROVED)])
def test_what_only_a_version_on_trial_looks_at_is_seen_too(
    lender: Lender, begin: Any, status: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.risk.decisions import test_trials

    monkeypatch.setattr(
        test_trials.contents, "flex_second", lambda: looking_at(tenure_days="> 9000")
    )
    begin(lender, candidate(lender, status))
    decided = lender.decide(lender.customer())
    assert set(saw(decided.public_id)["signals"]) == BASE | {"tenure_days"}


def test_a_decision_from_before_the_catalogue_grew_is_replayed(lender: Lender) -> None:
    decided = lender.decide(lender.customer())
    kept = Decision.objects.get(public_id=decided.public_id)
    facts = json.loads(kept.facts)
    facts["signals"] = {name: facts["signals"][name] for name in FIRST}
    compiled = policies.compiled(kept.policy_hash)
    seen, product, at = rules.read_facts(json.dumps(facts), columns=compiled.inputs)
    found = rules.evaluate(compiled=compiled, signals=seen, product=product, at=at)
    assert rules.canonical(found.answer) == kept.answer


def test_a_decision_says_at_least_where_it_did_not_count_on(lender: Lender, as_role: Any) -> None:
    lender.publish(looking_at(seen_logins_24h="> 9999"))
    customer = lender.customer()
    happened(customers.resolve_id(customer), EventKind.LOGIN, AT, times=1001)
    lender.decide(customer)
    page = as_role(Role.RISK_ANALYST).get(
        f"/admin/risk/decision/{Decision.objects.get().pk}/change/"
    )
    assert "≥ 1,000" in page.content.decode()
