"""What a draft would do, before anything is saved: faults, cases, one customer tried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.access.facts import Product
from accounts.customers import queries as customers
from backoffice.lib.errors import Conflict, Invalid, Missing
from backoffice.lib.transactions import entry
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor
from risk.policies import casework, inspection, moving
from risk.policies.answers import evaluate
from risk.policies.cases import facts_to_json, signals_from
from risk.policies.facts import Case, Checked
from risk.policies.models import PolicyVersion
from risk.signals import queries as signals
from risk.signals.rules import columns
from risk.tables.facts import HitPolicyViolation
from risk.tables.services import compile_model


def check(
    *, content: Any, cases: Sequence[Case], product: Product, language: str, at: dt.datetime
) -> Checked:
    """A draft's faults and readings; once it has no faults, warnings and what becomes of its cases.

    Writes nothing. Raises: Invalid (not a model at all).
    """
    model = moving.read_model(content)
    found = inspection.review(model=model, product=product)
    said = inspection.readings(model=model, language=language, currency=product.currency)
    results = () if found.errors else casework.run(cases, model=model, product=product, at=at)
    readings = {reading.name: reading.rules for reading in said}
    return Checked(found.errors, found.warnings, results, readings)


def tried(
    *, content: Any, facts: Mapping[str, str | None], product: Product, at: dt.datetime
) -> Mapping[str, Any]:
    """The answer that tables not yet saved give for these facts. Pure but for the reason codes:
    nothing is written.

    Raises: Invalid (not a model; tables with faults), Conflict (they contradict themselves).
    """
    model = moving.read_model(content)
    if moving.faults(model=model, product=product):
        raise Invalid(
            _("Mend the faults first: tables with faults give no answer."), code="policy_invalid"
        )
    try:
        return evaluate(
            compiled=compile_model(model), signals=signals_from(facts), product=product, at=at
        ).answer
    except HitPolicyViolation as error:
        raise Conflict(
            _("The policy gives no clear answer for this customer."), code="policy_inconclusive"
        ) from error


@entry
def borrow_facts(
    *, public_id: str, customer: str, actor: Actor, at: dt.datetime
) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """What is known now about a customer, by reference or public id, to try a draft with.

    Shape: (facts as texts, names too old to use). Effects: that this person looked is written to
    the ledger under the customer. Raises: Missing.
    """
    version = PolicyVersion.objects.filter(public_id=public_id).first()
    if version is None:
        raise Missing(_("No such policy version."), code="policy_unknown")
    found = customers.by_reference_or_id(customer)
    seen = signals.facts_for(customer_id=found.pk, at=at)
    ledger.record(
        actor=actor, action="policy.tried", subject=("customer", found.public_id),
        detail={"policy": version.public_id}, at=at,
    )  # fmt: skip
    return facts_to_json(columns(seen)), seen.stale
