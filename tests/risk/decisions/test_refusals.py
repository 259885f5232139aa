"""What a decision refuses, and that a refusal leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.access.models import Access, Restriction
from backoffice.lib.errors import Conflict, Missing, Refused, Unavailable
from compliance.ledger.facts import staff, system
from compliance.ledger.models import LedgerEntry
from compliance.notices.models import Delivery, Notice
from risk.decisions import services
from risk.decisions.models import Decision, DecisionTrigger
from risk.policies import queries as policies
from risk.policies import services as policy_services
from risk.policies.facts import InForce, LiveVersion
from risk.policies.models import PolicyVersion
from risk.tables.facts import HitPolicy, InputColumn, Model, Rule, Table
from risk.tables.services import compile_model, model_from_json
from tests.lender import AT, Lender
from tests.risk.policies.versions import alter_behind_the_triggers

WRITTEN = (Decision, Access, Restriction, Notice, Delivery, LedgerEntry)


def counts() -> list[int]:
    return [model.objects.count() for model in WRITTEN]


def decide(**given: Any) -> Any:
    values = {"customer_public_id": "cus_nobody", "product_code": "flex-credit",
              "trigger": DecisionTrigger.REQUEST, "actor": system("test"), "at": AT}  # fmt: skip
    return services.decide(**{**values, **given})


def refused(error: type[Refused], code: str, **given: Any) -> None:
    before = counts()
    with pytest.raises(error) as caught, transaction.atomic():
        decide(**given)
    assert caught.value.code == code
    assert counts() == before


def test_an_unknown_customer_or_product_is_missing(lender: Lender) -> None:
    customer = lender.customer()
    code = "customer_or_product_unknown"
    refused(Missing, code, customer_public_id="cus_nobody")
    refused(Missing, code, customer_public_id=customer, product_code="no-such")
    refused(Missing, code, customer_public_id="' OR 1=1 --")


def test_a_product_no_longer_offered_decides_nothing(lender: Lender) -> None:
    customer = lender.customer()
    type(lender.product).objects.update(is_active=False)
    refused(Conflict, "product_not_offered", customer_public_id=customer)


def test_without_a_live_policy_nothing_is_decided(lender: Lender) -> None:
    customer = lender.customer()
    policy_services.retire(
        public_id=PolicyVersion.objects.get().public_id, note="stop",
        actor=staff(lender.approver.pk), at=AT,
    )  # fmt: skip
    refused(Unavailable, "no_live_policy", customer_public_id=customer)


def test_a_policy_altered_after_its_approval_decides_nothing(lender: Lender) -> None:
    customer = lender.customer()
    policies.compiled.cache_clear()
    alter_behind_the_triggers(PolicyVersion.objects.get())
    refused(Unavailable, "policy_unreadable", customer_public_id=customer)


def unique_twice(model: Model) -> Model:
    """The same restrictions with a hit policy that two matching rows break."""
    restrictions, terms = model.tables
    rules = (Rule(("-",), restrictions.rules[0].outputs),) * 2
    broken = Table("restrictions", HitPolicy.UNIQUE, restrictions.inputs[:1],
                   restrictions.outputs, rules)  # fmt: skip
    return Model((broken, terms))


def asks_for_what_nobody_gives(model: Model) -> Model:
    restrictions, terms = model.tables
    number = terms.inputs[0].type
    odd = Table("terms", HitPolicy.FIRST, (InputColumn("unheard_of", number),), terms.outputs,
                (Rule(("-",), terms.rules[0].outputs),))  # fmt: skip
    return Model((restrictions, odd))


@pytest.mark.parametrize("broken", [unique_twice, asks_for_what_nobody_gives])
def test_a_policy_that_contradicts_itself_is_a_conflict_and_writes_nothing(
    lender: Lender, broken: Callable[[Model], Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = lender.customer()
    lender.decide(customer)
    row = PolicyVersion.objects.get()
    compiled = compile_model(broken(model_from_json(row.content)))
    monkeypatch.setattr(
        policies, "in_force",
        lambda **_given: InForce(LiveVersion(row.pk, row.public_id, 1, row.content_hash, compiled)),
    )  # fmt: skip
    refused(Conflict, "policy_inconclusive", customer_public_id=customer)


# ── what is written stays written ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE risk_decision SET state = 'OPEN'",
        "UPDATE risk_decision SET answer = answer",
        "UPDATE risk_decision SET facts = '{}' WHERE id > 0",
        "DELETE FROM risk_decision",
        "TRUNCATE risk_decision, risk_shadowdecision",  # past the foreign key between them
        "TRUNCATE risk_decision CASCADE",
        "TRUNCATE accounts_customer CASCADE",
    ],
)
def test_the_database_refuses_to_change_or_forget_a_decision(lender: Lender, sql: str) -> None:
    lender.decide(lender.customer())
    before = list(Decision.objects.values())
    refused_here = pytest.raises(DatabaseError, match=r"pgtrigger: Cannot (update|delete|truncate)")
    with refused_here, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)
    assert list(Decision.objects.values()) == before


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [("state", "AJAR", "decision_states_known"),
     ("effective_state", "", "decision_states_known"),
     ("trigger", "whim", "decision_trigger_known")],
)  # fmt: skip
def test_the_database_knows_the_states_and_triggers(
    lender: Lender, column: str, value: str, constraint: str
) -> None:
    lender.decide(lender.customer())
    fresh = Decision.objects.get()
    fresh.pk, fresh.public_id = None, "dec_other"
    setattr(fresh, column, value)
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        fresh.save(force_insert=True)
    assert Decision.objects.count() == 1
