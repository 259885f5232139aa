"""Candidates to backtest, and backtests run to their end."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from accounts.access.facts import Product
from accounts.customers.models import Customer
from compliance.ledger.facts import staff, system
from risk.decisions.rules import evaluate
from risk.events.facts import EventKind
from risk.links.models import Link
from risk.policies import queries as policies
from risk.policies import services as policy_services
from risk.policies import starter
from risk.signals import queries as signals
from risk.signals.catalogue import SIGNALS, STORED
from risk.signals.facts import SignalSource
from risk.signals.models import CustomerSignals
from risk.simulation import queries, services
from risk.simulation.models import Backtest
from tests.lender import AT, Lender
from tests.risk.signals.log import device, happened

REPAYMENT = [name for name, s in STORED.items() if s.source is SignalSource.REPAYMENT]
NIGHT = AT + dt.timedelta(hours=12)
Content = dict[str, Any]


def stricter() -> Content:
    """Closes below 620, limits to 680, and nobody over forty-five percent use is unlimited."""
    content: Content = copy.deepcopy(starter.consumer_credit())
    rules = content["tables"][0]["rules"]
    rules[5]["inputs"][2], rules[6]["inputs"][2] = "< 620", "[620..680)"
    rules[4]["outputs"] = ['"SCORE_UNKNOWN"', '"CLOSED"', "", ""]
    return content


def asks_for_age() -> Content:
    """Besides, whoever's use of credit was told too long ago is limited."""
    content = stricter()
    table = content["tables"][0]
    table["inputs"].append({"name": "utilisation_is_stale", "type": "boolean"})
    for rule in table["rules"]:
        rule["inputs"].append("-")
    table["rules"].append(
        {"inputs": ["-"] * 8 + ["true"], "outputs": ['"DATA_STALE"', '"LIMITED"', "100000", ""]}
    )
    return content


def asks_for_lives() -> Content:
    """Besides, what people did, what they share and how their score moved limits them."""
    content = stricter()
    table = content["tables"][0]
    tests = {
        "seen_applications_7d": ">= 2", "drawn_30d_cents": "> 100000",
        "days_since_missed_payment": "< 20", "score_change_30d": "< -50",
        "customers_on_my_devices": ">= 1", "on_time_share_90d": "< 1",
        "device_applicants_30d": "> 1", "repayment_age_days": "> 40",
    }  # fmt: skip
    accepted = {"type": "number", "unknown": "accepted"}
    table["inputs"] += [{"name": name, **accepted} for name in tests]
    for rule in table["rules"]:
        rule["inputs"] += ["-"] * len(tests)
    for place, (name, test) in enumerate(tests.items()):
        cells = ["-"] * len(table["inputs"])
        cells[place - len(tests)] = test
        is_about_others = SIGNALS[name].source is SignalSource.LINKS
        reason = '"ADDITIONAL_CHECK"' if is_about_others else '"DATA_STALE"'
        outputs = [reason, '"LIMITED"', str(600_000 + place), ""]
        table["rules"].append({"inputs": cells, "outputs": outputs})
    return content


def lives() -> None:
    """Things that happened to the first customers, and what some of them share."""
    first, second, third, *_others = Customer.objects.order_by("pk").values_list("pk", flat=True)
    day, shared = dt.timedelta(days=1), device(1)
    for customer_id in (first, second):
        happened(customer_id, EventKind.APPLICATION, NIGHT, device_id=shared)
        Link.objects.create(
            customer_id=customer_id, kind="device", key=b"k", first_seen_at=AT, last_seen_at=AT
        )
    happened(second, EventKind.APPLICATION, NIGHT - 6 * day)
    happened(second, EventKind.DRAWDOWN, NIGHT - 29 * day, amount_cents=100_001)
    happened(third, EventKind.SCORE, NIGHT - 31 * day, detail={"score": 800})
    happened(third, EventKind.REPAYMENT_DUE, NIGHT - 20 * day)
    happened(third, EventKind.REPAYMENT_MISSED, NIGHT - 19 * day)
    CustomerSignals.objects.filter(pk=first).update(
        **{f"{name}_observed_at": NIGHT - 41 * day for name in REPAYMENT}
    )


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


def alone(content_hash: str, backtest: Backtest) -> dict[str, tuple[str, int | None, list[str]]]:
    """What deciding one customer after the other would say, by public id."""
    people = dict(Customer.objects.values_list("pk", "public_id"))
    facts = signals.facts_for_many(customer_ids=list(people), at=NIGHT)
    found = {}
    for pk, public_id in people.items():
        answer = evaluate(
            compiled=policies.compiled(content_hash), signals=facts[pk].values,
            product=Product.from_stored(backtest.product_facts), at=NIGHT,
        ).answer  # fmt: skip
        found[public_id] = (answer["state"], answer["limit_cents"], answer["reason_codes"])
    return found


def matrix_of(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for public_id, before in old.items():
        after = new[public_id]
        leaf = found.setdefault(f"{before[0]}>{after[0]}", [0, 0, 0])
        leaf[0] += 1
        leaf[1] += before[1] or 0
        leaf[2] += after[1] or 0
    return found
