"""Access follows who the customer is: whoever's standing changed since the last decision is
decided again.

What counts is what the last decision saw, not when it was made: a decision made while the standing
was being written saw the old one. It is looked at again once access is held still: two workers who
find the same customer at the same time decide once.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import structlog
from django.db import InterfaceError, OperationalError

from accounts.access import services as access
from accounts.verification import queries as verification
from accounts.verification.facts import Standing
from backoffice.lib.errors import Refused
from backoffice.lib.transactions import entry
from compliance.ledger.facts import Actor
from risk.decisions import services
from risk.decisions.models import Decision, DecisionTrigger

log = structlog.get_logger(__name__)

BATCH = 500


def follow_identities(*, since: dt.datetime, actor: Actor, at: dt.datetime) -> int:
    """Decides again for everybody whose standing changed since then, each in a transaction of
    their own; returns how many decisions were made. One that fails is logged and left.

    Raises: OperationalError, InterfaceError: without a database nobody else would fare better.
    """
    decided, after = 0, (since, 0)
    while changed := verification.changed_since(after=after, limit=BATCH):
        for row_id, customer, product in _outdated([row_id for _moment, row_id in changed]):
            decided += _decide(row_id, customer, product, actor=actor, at=at)
        after = changed[-1]
    return decided


def _outdated(customer_ids: Sequence[int]) -> list[tuple[int, str, str]]:
    """Whose last decision saw another standing. Shape: customer's row id and public id, product.
    Two queries."""
    standings = verification.standings(customer_ids=customer_ids)
    last = (
        Decision.objects.filter(customer_id__in=customer_ids, product__is_active=True)
        .order_by("customer_id", "product_id", "-id")
        .distinct("customer_id", "product_id")
        .values_list("customer_id", "facts", "customer__public_id", "product__code")
    )
    return [
        (row_id, customer, product)
        for row_id, facts, customer, product in last
        if not _saw(facts, standings[row_id])
    ]


def _saw(facts: str, standing: Standing) -> bool:
    signals = json.loads(facts)["signals"]
    now = {
        "identity_status": standing.status.value,
        "name_comparison": standing.name.value,
        "id_number_comparison": standing.id_number.value,
        "phone_comparison": standing.phone.value,
    }
    return all(signals.get(name) == value for name, value in now.items())


def _decide(row_id: int, customer: str, product: str, *, actor: Actor, at: dt.datetime) -> bool:
    try:
        return _decide_once(row_id, customer, product, actor, at)
    except Refused as refusal:
        log.info("identity_not_followed", customer=customer, product=product, code=refusal.code)
    except (OperationalError, InterfaceError):
        raise  # the next sweep looks at the same customers
    except Exception as error:  # one broken customer must not hold up the others
        log.error("identity_not_followed", customer=customer, error=type(error).__name__)
    return False


@entry
def _decide_once(row_id: int, customer: str, product: str, actor: Actor, at: dt.datetime) -> bool:
    access.lock(customer_public_id=customer, product_code=product)
    if (row_id, customer, product) not in _outdated([row_id]):
        return False
    services.decide(
        customer_public_id=customer,
        product_code=product,
        trigger=DecisionTrigger.REQUEST,
        actor=actor,
        at=at,
    )
    return True
