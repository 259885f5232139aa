"""A scheduled version takes effect at its second, whoever looks first, or says why not."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import translation

from backoffice.lib import clock
from backoffice.lib.errors import Conflict, Invalid
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from compliance.reasons.models import Reason
from risk.decisions.models import Decision
from risk.policies import activation, queries, starter, tiles
from risk.policies.models import PolicyStep, PolicyVersion
from risk.policies.tasks import activate_scheduled
from tests.lender import Lender
from tests.risk.policies.versions import (
    APPROVED,
    DUE,
    LATER,
    LIVE,
    SCHEDULED,
    cancel,
    live_number,
    schedule,
    snapshot,
    version_in,
)
from tests.snapshots import nothing_written
from tests.threads import at_once, failures

SECOND = dt.timedelta(seconds=1)


# ── the second ──────────────────────────────────────────────────────────────────────────────


def test_a_decision_uses_the_scheduled_version_from_its_second_on_without_a_scheduler(
    lender: Lender,
) -> None:
    version = version_in(SCHEDULED, lender)
    customer = lender.customer()
    lender.decide(customer, DUE - SECOND)
    assert live_number() == 1
    lender.decide(customer, DUE)
    version.refresh_from_db()
    assert (version.status, version.live_at, version.effective_at) == (LIVE, DUE, None)
    decided = Decision.objects.order_by("id").values_list("policy_version__number", flat=True)
    assert list(decided) == [1, 2]


def test_a_late_scheduler_writes_the_appointed_second(lender: Lender) -> None:
    old = PolicyVersion.objects.get()
    version = version_in(SCHEDULED, lender)
    late = DUE + dt.timedelta(hours=3)
    assert activation.activate_due(product_id=lender.product.pk, at=late) == version
    version.refresh_from_db()
    old.refresh_from_db()
    assert (version.live_at, old.retired_at) == (DUE, DUE)
    step = PolicyStep.objects.filter(version=version).latest("id")
    assert (step.from_status, step.to_status, step.actor, step.at) == (
        "scheduled", "live", "system:schedule", late,
    )  # fmt: skip


def test_the_worker_activates_what_is_due_and_nothing_else(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    version_in(SCHEDULED, lender)
    monkeypatch.setattr(activation, "activate", activation.activate.__wrapped__)
    monkeypatch.setattr(clock, "now", lambda: DUE - SECOND)
    before = snapshot()
    assert activate_scheduled() == 0
    assert snapshot() == before
    monkeypatch.setattr(clock, "now", lambda: DUE)
    assert (activate_scheduled(), activate_scheduled(), live_number()) == (1, 0, 2)


@pytest.mark.parametrize("away", [OperationalError, InterfaceError])
def test_the_worker_hears_of_a_database_that_is_away(
    lender: Lender, monkeypatch: pytest.MonkeyPatch, away: type[DatabaseError]
) -> None:
    version_in(SCHEDULED, lender)
    monkeypatch.setattr(clock, "now", lambda: DUE)
    monkeypatch.setattr(activation, "activate", mock.Mock(side_effect=away("gone")))
    with nothing_written(), pytest.raises(away):
        activate_scheduled()


def test_one_product_s_trouble_does_not_hold_up_the_others(
    lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "products_due", lambda **_at: [1, 2])
    monkeypatch.setattr(activation, "activate", mock.Mock(side_effect=[ValueError("odd"), lender]))
    assert activate_scheduled() == 1


def test_what_is_in_force_costs_one_query_when_nothing_is_due(
    lender: Lender, django_assert_num_queries: Any
) -> None:
    version_in(SCHEDULED, lender)
    activation.in_force(product_id=lender.product.pk, at=LATER)
    with django_assert_num_queries(1):
        found = queries.in_force(product_id=lender.product.pk, at=DUE - SECOND)
    assert found is not None
    assert (found.live.number, found.challenger, found.shadow) == (1, None, None)


@pytest.mark.django_db(transaction=True)
def test_deciders_of_the_due_second_make_the_move_once(lender_on_disk: Lender) -> None:
    lender = lender_on_disk
    version = version_in(SCHEDULED, lender)
    customers = [lender.customer(f"C-{number}") for number in range(4)]
    ended = at_once([partial(lender.decide, customer, DUE) for customer in customers])
    assert failures(ended) == []
    assert {decided.policy_hash for decided in ended} == {version.content_hash}
    assert set(Decision.objects.values_list("policy_version_id", flat=True)) == {version.pk}
    assert PolicyStep.objects.filter(version=version, to_status=LIVE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_cancelling_and_activating_at_once_are_one_of_the_two(lender_on_disk: Lender) -> None:
    lender = lender_on_disk
    version = version_in(SCHEDULED, lender)
    activate = partial(activation.activate, product_id=lender.product.pk, at=DUE)
    ended = at_once([partial(cancel, lender, version, DUE - SECOND), activate])
    version.refresh_from_db()
    if isinstance(ended[0], Conflict):
        assert (version.status, live_number()) == (LIVE, 2)
    else:
        assert (version.status, live_number(), ended[1]) == (APPROVED, 1, None)


# ── what no longer passes ───────────────────────────────────────────────────────────────────


@translation.override("en")
def test_a_version_that_no_longer_passes_leaves_the_old_one_in_force_and_says_so(
    lender: Lender,
) -> None:
    version = version_in(SCHEDULED, lender)
    customer = lender.customer()
    Reason.objects.filter(code="UTILISATION_HIGH").update(is_active=False)
    lender.decide(customer, DUE)
    version.refresh_from_db()
    assert (version.status, version.effective_at, live_number()) == (APPROVED, None, 1)
    step = PolicyStep.objects.filter(version=version).latest("id")
    assert (step.to_status, step.reason) == ("approved", "policy_invalid /restrictions/13/8")
    entry = LedgerEntry.objects.get(action="policy.activation_failed")
    assert entry.detail["places"] == ["/restrictions/13/8"]
    rows = tiles.policies_on_their_way()["rows"]
    assert [str(row["label"]) for row in rows if row["value"] == "!"] == [
        "schedule failed: tighter"
    ]
    lender.decide(customer, DUE + SECOND)
    assert PolicyStep.objects.filter(version=version).latest("id") == step


def test_another_version_that_went_live_meanwhile_stops_a_schedule(lender: Lender) -> None:
    version = version_in(SCHEDULED, lender)
    lender.publish(starter.repayment_behaviour(), LATER)
    assert activation.activate_due(product_id=lender.product.pk, at=DUE) is None
    version.refresh_from_db()
    assert (version.status, live_number()) == (APPROVED, 3)
    assert PolicyStep.objects.filter(version=version).latest("id").reason == "proof_other_live"


# ── schedules ───────────────────────────────────────────────────────────────────────────────


def test_a_schedule_is_cancelled_before_its_second_and_not_after(lender: Lender) -> None:
    version = version_in(SCHEDULED, lender)
    with pytest.raises(Conflict) as refused:
        cancel(lender, version, DUE)
    assert refused.value.extra == {"status": "live"}
    assert cancel(lender, version, DUE - SECOND).status == APPROVED
    assert schedule(lender, version).effective_at == DUE


def test_what_is_due_takes_effect_before_anything_else_is_done(lender: Lender) -> None:
    """A late scheduler must not make a verb see yesterday."""
    first = version_in(SCHEDULED, lender)
    second = PolicyVersion.objects.get(number=1)
    activation_late = DUE + SECOND
    with pytest.raises(Conflict):
        activation.roll_back(
            public_id=first.public_id, shown_hash=first.content_hash, note="x",
            actor=staff(lender.approver.pk), at=activation_late,
        )  # fmt: skip
    activation.activate_due(product_id=lender.product.pk, at=activation_late)
    rolled = activation.roll_back(
        public_id=second.public_id, shown_hash=second.content_hash, note="x",
        actor=staff(lender.approver.pk), at=activation_late,
    )  # fmt: skip
    assert (rolled.number, live_number()) == (1, 1)


@pytest.mark.parametrize("effective_at", [LATER, LATER - SECOND, LATER + dt.timedelta(days=367)])
def test_a_moment_that_has_passed_or_is_far_off_is_refused(
    lender: Lender, effective_at: dt.datetime
) -> None:
    version = version_in(APPROVED, lender)
    with nothing_written(), pytest.raises(Invalid) as refused:
        activation.schedule(
            public_id=version.public_id, effective_at=effective_at, note="x",
            actor=staff(lender.approver.pk), at=LATER,
        )  # fmt: skip
    assert refused.value.code == "effective_at_invalid"


def test_one_version_of_a_product_is_scheduled_at_a_time(lender: Lender) -> None:
    version_in(SCHEDULED, lender)
    other = version_in(APPROVED, lender)
    with nothing_written(), pytest.raises(Conflict) as refused:
        schedule(lender, other)
    assert refused.value.code == "schedule_taken"
