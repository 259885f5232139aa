"""A campaign decides its customers together, and one by one when somebody stands in the way."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.lib.errors import Conflict
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from risk.decisions import campaigns, services, shards
from risk.decisions.facts import Turn
from risk.decisions.models import Campaign, Decision
from tests.lender import AT, Lender

pytestmark = pytest.mark.django_db(transaction=True)


def start() -> str:
    campaign = campaigns.start(
        product_code="flex-credit", note="test", actor=system("test"), at=AT, reference_prefix="C-"
    )
    return campaign.public_id


def test_a_batch_asks_its_common_questions_once(lender_on_disk: Lender) -> None:
    for number in range(20):
        lender_on_disk.customer(f"C-{number}")
    public_id = start()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert shards.run_batch(public_id=public_id, at=AT) is Turn.DECIDED
    assert Decision.objects.count() == 20
    assert len(asked) == 27
    assert shards.run_batch(public_id=public_id, at=AT) is Turn.OVER
    assert Campaign.objects.get().state == "finished"


def test_a_customer_who_cannot_be_decided_is_counted_and_the_others_are_decided(
    lender_on_disk: Lender,
) -> None:
    customers = [lender_on_disk.customer(f"C-{number}") for number in range(3)]
    evaluate, calls = services.rules.evaluate, []

    def fail_for_one(**given: object) -> object:
        calls.append(given)
        if given["signals"]["score"] == 1:  # type: ignore[index]
            raise Conflict("no", code="policy_inconclusive")
        return evaluate(**given)  # type: ignore[arg-type]

    from accounts.customers import queries
    from risk.signals import services as signals

    odd = queries.resolve_id(customers[1])
    signals.write(customer_id=odd, values={"score": 1}, observed_at=AT)
    public_id = start()
    with mock.patch.object(services.rules, "evaluate", fail_for_one):
        shards.run_batch(public_id=public_id, at=AT)
    campaign = Campaign.objects.get()
    assert (campaign.customers_done, campaign.customers_failed) == (3, 1)
    decided = set(Decision.objects.values_list("customer__public_id", flat=True))
    assert decided == {customers[0], customers[2]}
    entry = LedgerEntry.objects.get(action="campaign.customer_failed")
    assert (entry.subject_id, entry.detail["code"]) == (customers[1], "policy_inconclusive")


def test_a_batch_gives_the_answers_single_decisions_give(lender_on_disk: Lender) -> None:
    customers = [
        lender_on_disk.customer(f"C-{score}", score=score) for score in (500, 600, 650, 720)
    ]
    together = services.decide_many(
        customer_public_ids=customers, product_code="flex-credit",
        trigger=services.DecisionTrigger.REQUEST, actor=system("test"), at=AT,
    )  # fmt: skip
    singly = [lender_on_disk.decide(customer) for customer in customers]
    assert [d.answer for d in together] == [d.answer for d in singly]
    assert [d.change.effective for d in together] == [d.change.effective for d in singly]
