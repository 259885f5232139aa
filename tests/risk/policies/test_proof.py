"""No approval without a backtest of exactly this, against what is live, on a fresh snapshot."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from backoffice.lib.errors import Conflict, Invalid
from compliance.ledger.facts import staff
from risk.policies import activation, services, starter
from risk.policies.models import PolicyProof, PolicyStep, PolicyVersion
from risk.policies.proofs import proof_sentences
from tests.lender import AT, Lender, prove
from tests.risk.policies.versions import (
    APPROVED,
    BACKTESTED,
    DUE,
    LATER,
    SUBMITTED,
    approve,
    draft,
    publish,
    snapshot,
    version_in,
)
from tests.snapshots import nothing_written


def refused(code: str, verb: Any) -> None:
    with nothing_written(), pytest.raises(Conflict) as caught:
        verb()
    assert caught.value.code == code


def test_a_backtest_moves_a_submitted_version_on_and_is_kept(lender: Lender) -> None:
    version = version_in(SUBMITTED, lender)
    prove(version.public_id, AT, backtest_public_id="bkt_1", customers=9, closes=3, limits=2,
          opens=1, open_appeals=2)  # fmt: skip
    version.refresh_from_db()
    assert version.status == BACKTESTED
    kept = PolicyProof.objects.values(
        "backtest_public_id", "candidate_hash", "customers", "closes", "limits", "opens",
        "open_appeals", "recorded_by",
    ).get(version=version)  # fmt: skip
    assert kept == {
        "backtest_public_id": "bkt_1", "candidate_hash": version.content_hash, "customers": 9,
        "closes": 3, "limits": 2, "opens": 1, "open_appeals": 2, "recorded_by": "system:test",
    }  # fmt: skip
    last = PolicyStep.objects.filter(version=version).latest("id")
    assert (last.from_status, last.to_status, last.actor, last.content_hash) == (
        "submitted", "backtested", "system:test", version.content_hash,
    )  # fmt: skip


def test_a_proof_of_other_content_or_told_twice_is_refused(lender: Lender) -> None:
    version = version_in(SUBMITTED, lender)
    refused("proof_other_hash", lambda: prove(version.public_id, AT, candidate_hash="0" * 64))
    prove(version.public_id, AT, backtest_public_id="bkt_1")
    refused("proof_repeated", lambda: prove(version.public_id, AT, backtest_public_id="bkt_1"))


@pytest.mark.parametrize(
    "wrong",
    [{"customers": 1, "closes": 2}, {"closes": -1}, {"customers": 2, "closes": 1, "limits": 2},
     {"customers": 2, "closes": 1, "open_appeals": 2}, {"snapshot_hash": "x"},
     {"live_hash": "x"}],
)  # fmt: skip
def test_counts_and_hashes_that_cannot_be_are_refused(lender: Lender, wrong: Any) -> None:
    version = version_in(SUBMITTED, lender)
    with nothing_written(), pytest.raises(Invalid) as caught:
        prove(version.public_id, AT, **wrong)
    assert caught.value.code == "proof_malformed"


def test_a_snapshot_may_be_as_old_as_configured_and_no_older(lender: Lender) -> None:
    version = version_in(SUBMITTED, lender)
    old = AT - dt.timedelta(days=7)
    prove(version.public_id, AT, snapshot_at=old - dt.timedelta(seconds=1))
    refused("proof_stale", lambda: approve(lender, version))
    prove(version.public_id, AT, snapshot_at=old)
    assert approve(lender, version).status == APPROVED


def test_the_age_is_asked_again_when_it_goes_live_and_a_fresher_proof_helps(
    lender: Lender,
) -> None:
    version = version_in(APPROVED, lender)
    late = AT + dt.timedelta(days=8)

    def go_live() -> Any:
        return services.publish(
            public_id=version.public_id, note="go", actor=staff(lender.approver.pk), at=late
        )

    refused("proof_stale", go_live)
    assert prove(version.public_id, late).status == APPROVED
    assert go_live().status == "live"


@pytest.mark.parametrize(("status", "verb"), [(BACKTESTED, approve), (APPROVED, publish)])
def test_a_comparison_with_yesterdays_live_version_proves_nothing(
    lender: Lender, status: Any, verb: Any
) -> None:
    version = version_in(status, lender)
    lender.publish(starter.repayment_behaviour())
    refused("proof_other_live", lambda: verb(lender, version))
    prove(version.public_id, AT)
    verb(lender, version)


def test_a_version_from_before_proofs_were_kept_needs_one(lender: Lender) -> None:
    version = version_in(APPROVED, lender)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM risk_policyproof WHERE version_id = %s", [version.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    refused("proof_missing", lambda: publish(lender, version))


@translation.override("en")
def test_the_dialog_begins_with_whom_it_touches_and_warns(lender: Lender) -> None:
    version = version_in(SUBMITTED, lender)
    assert proof_sentences(version, at=AT) == ["Never backtested: nobody knows whom this touches."]
    prove(version.public_id, AT, customers=9000, closes=1284, limits=2, opens=1, open_appeals=37)
    first, second = proof_sentences(version, at=AT)
    assert first == (
        "Blast radius: closes 1,284 customers, 37 with open appeals; limits 2, opens 1."
    )
    assert second == "Backtested on 9,000 customers as of 2026-06-01 12:00."
    lender.publish(starter.repayment_behaviour())
    assert proof_sentences(version, at=AT + dt.timedelta(days=8))[2:] == [
        "Warning: it was compared with another version than the one in force.",
        "Warning: the snapshot is older than 7 days.",
    ]


def test_a_step_asked_for_inside_another_transaction_joins_it(lender: Lender) -> None:
    version = version_in(SUBMITTED, lender)
    before = snapshot()
    with transaction.atomic():
        prove(version.public_id, AT)
        transaction.set_rollback(True)
    assert snapshot() == before


@pytest.mark.parametrize(
    "sql",
    ["UPDATE risk_policyproof SET closes = 0", "DELETE FROM risk_policyproof",
     "TRUNCATE risk_policyproof", "UPDATE risk_policystep SET actor = 'x'",
     "DELETE FROM risk_policystep", "TRUNCATE risk_policystep"],
)  # fmt: skip
def test_steps_and_proofs_cannot_be_changed_or_forgotten(lender: Lender, sql: str) -> None:
    connection.check_constraints()  # nothing deferred stands in the way of a truncation
    with (
        nothing_written(),
        pytest.raises(DatabaseError, match=r"Cannot (update|delete|truncate)"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_a_draft_is_one_per_product_and_a_rejected_one_makes_room(lender: Lender) -> None:
    version = draft(lender)
    refused("draft_exists", lambda: draft(lender))
    services.reject(
        public_id=version.public_id, note="given up", actor=staff(lender.author.pk), at=LATER
    )
    assert draft(lender, version.content).number == 3


def test_a_schedule_needs_the_same_proof(lender: Lender) -> None:
    version = version_in(APPROVED, lender)
    lender.publish(starter.repayment_behaviour())
    refused(
        "proof_other_live",
        lambda: activation.schedule(
            public_id=version.public_id, effective_at=DUE, note="x",
            actor=staff(lender.approver.pk), at=LATER,
        ),
    )  # fmt: skip
    assert PolicyVersion.objects.get(pk=version.pk).status == APPROVED
