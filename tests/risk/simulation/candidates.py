"""A stricter policy, and its backtest as the worker runs it, on the night of the snapshot."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from compliance.ledger.facts import staff, system
from risk.policies import services as policy_services
from risk.policies import starter
from risk.simulation import queries, services
from risk.simulation.models import Backtest
from tests.lender import AT, Lender

NIGHT = AT + dt.timedelta(hours=12)
Content = dict[str, Any]


def stricter() -> Content:
    """Closes below 620, limits to 680, and nobody over forty-five percent use is unlimited."""
    content: Content = copy.deepcopy(starter.consumer_credit())
    rules = content["tables"][0]["rules"]
    rules[5]["inputs"][2], rules[6]["inputs"][2] = "< 620", "[620..680)"
    rules[4]["outputs"] = ['"SCORE_UNKNOWN"', '"CLOSED"', "", ""]
    return content


def candidate(lender: Lender, content: Content) -> Any:
    draft = policy_services.create_draft(
        product_code="flex-credit", title="stricter", content=content,
        actor=staff(lender.author.pk), at=AT,
    )  # fmt: skip
    return policy_services.submit(
        public_id=draft.public_id, change_note="less risk", actor=staff(lender.author.pk), at=AT
    )


def started(lender: Lender, content: Content, **given: Any) -> Backtest:
    version = candidate(lender, content)
    backtest: Backtest = services.start(
        candidate_public_id=version.public_id, note="test", actor=system("test"), at=NIGHT, **given
    )
    return backtest


def run(backtest: Backtest) -> Backtest:
    while services.advance(public_id=backtest.public_id, now=lambda: NIGHT):
        pass
    return queries.backtest(public_id=backtest.public_id)
