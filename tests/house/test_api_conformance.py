"""The whole API against its own description: no 5xx, and every answer as described.

Schemathesis makes requests from the description, right and wrong ones, with a fixed seed; they
run in this process against the real application and database with a token for everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from backoffice.lib.ids import looks_valid
from compliance.ledger.facts import system
from compliance.notices.models import Notice
from compliance.switches import services as switches
from compliance.switches.facts import Effect, Kind
from tests.api_client import LenderApp
from tests.lender import AT, Lender

# What a description cannot say: that a moment may not lie ahead, that a thing exists.
UNSAYABLE = [positive_data_acceptance]
# Each item of a batch answers for itself: one that is wrong is refused in an answer of 200.
ANSWERED_ONE_BY_ONE = {"POST /api/v1/events"}
EXAMPLES = 12

description = schemathesis.openapi.from_wsgi("/api/v1/schema", app=WSGIHandler())


@pytest.fixture
def known(lender: Lender) -> dict[str, str]:
    """Real things the paths can name: without them nearly every request would end at 404."""
    customer = lender.customer()
    decided = lender.decide(customer)
    switch = switches.turn_on(
        scope="platform", kind=Kind.MAINTENANCE, effect=Effect.LIMITED, limit_cents=600_000,
        reason_code="SYSTEM_MAINTENANCE", note="test", actor=system("test"), at=AT,
    )  # fmt: skip
    return {
        "switch_id": switch,
        "customer_id": customer,
        "product": "flex-credit",
        "decision_id": decided.public_id,
        "notice_id": Notice.objects.get().public_id,
        "code": "PHONE_MISMATCH",
    }


@pytest.fixture
def app(lender: Lender) -> Iterator[LenderApp]:
    """Requests share the test's connection and transaction, as with Django's own test client."""
    app = LenderApp()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield app
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def is_kept(value: Any) -> bool:
    """One in four of the made-up names is used, always the same ones."""
    return hashlib.sha256(repr(value).encode()).digest()[0] % 4 == 0


@description.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(
    case: schemathesis.Case, known: dict[str, str], app: LenderApp
) -> None:
    for name, value in (case.path_parameters or {}).items():
        if not is_kept(value) and name in known:
            case.path_parameters[name] = known[name]
    if isinstance(case.body, dict) and looks_valid("cus", str(case.body.get("customer_id"))):
        case.body |= {"customer_id": known["customer_id"], "product": known["product"]}
    is_batch = case.operation.label in ANSWERED_ONE_BY_ONE
    answer = case.call_and_validate(
        headers={"Authorization": f"Bearer {app.token}"},
        excluded_checks=[*UNSAYABLE, *([negative_data_rejection] if is_batch else [])],
    )
    assert answer.status_code < 500
