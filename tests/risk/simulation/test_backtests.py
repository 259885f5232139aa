"""Backtests compare two versions on one snapshot, and say for ever what they found."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from accounts.customers.models import Customer
from backoffice.lib.errors import Conflict, Invalid, Missing
from compliance.ledger.facts import staff, system
from risk.policies import queries as policies
from risk.policies import services as policy_services
from risk.policies.models import VersionStatus
from risk.signals import queries as signals
from risk.signals.rules import columns
from risk.simulation import queries, results, services, snapshots, storage
from tests.lender import AT, Lender
from tests.risk.policies.versions import DUE, version_in
from tests.risk.simulation.backtests import (
    NIGHT,
    alone,
    asks_for_age,
    asks_for_lives,
    candidate,
    lives,
    matrix_of,
    run,
    started,
    stricter,
)
from tests.snapshots import nothing_written

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_backtest_counts_what_deciding_everybody_one_by_one_would_say(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    done = run(started(people, stricter()))
    assert done.state == "finished"
    old, new = alone(done.live_hash, done), alone(done.candidate_hash, done)
    expected = matrix_of(old, new)
    found = {move: [leaf[0], leaf[3], leaf[4]] for move, leaf in done.result["matrix"].items()}
    assert found == expected
    assert {"OPEN>OPEN", "LIMITED>CLOSED", "CLOSED>CLOSED"} <= set(found)
    assert (done.partitions, done.partitions_done) == (done.snapshot.partitions,) * 2
    assert (
        done.customers_done
        == Customer.objects.count()
        == results.customers_in(done.result["matrix"])
    )

    reasons: dict[str, dict[str, int]] = {"old": {}, "new": {}, "gained": {}, "lost": {}}
    for public_id in old:
        before, after = set(old[public_id][2]), set(new[public_id][2])
        for kind, codes in (
            ("old", before), ("new", after), ("gained", after - before), ("lost", before - after),
        ):  # fmt: skip
            for code in codes:
                reasons[kind][code] = reasons[kind].get(code, 0) + 1
    assert done.result["reasons"] == reasons


def test_what_people_did_and_share_counts_as_it_does_one_by_one(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    lives()
    done = run(started(people, asks_for_lives()))
    assert done.state == "finished"
    new = alone(done.candidate_hash, done)
    found = {move: leaf[4] for move, leaf in done.result["matrix"].items()}
    expected = matrix_of(alone(done.live_hash, done), new)
    assert found == {move: leaf[2] for move, leaf in expected.items()}
    counted = done.result["hits"]["new"]["restrictions"][-8:]
    assert all(counted), counted


def test_a_version_whose_second_has_come_is_in_force_before_it_is_compared_with(
    people: Lender,
) -> None:
    due = version_in(VersionStatus.SCHEDULED, people)
    version = candidate(people, asks_for_age())
    backtest = services.start(
        candidate_public_id=version.public_id, note="test", actor=system("test"), at=DUE
    )
    assert backtest.live == due


def test_who_moves_is_listed_with_both_answers(people: Lender) -> None:
    done = run(started(people, stricter()))
    old, new = alone(done.live_hash, done), alone(done.candidate_hash, done)
    [part] = queries.results(backtest_id=done.pk)
    listed = pl.read_parquet(
        storage.read_moves(backtest_public_id=done.public_id, number=0, sha256=part.moves_sha256)
    )
    assert part.moves == listed.height == 4
    for row in listed.to_dicts():
        before, after = old[row["public_id"]], new[row["public_id"]]
        assert (row["old_state"], row["old_limit"]) == before[:2]
        assert (row["new_state"], row["new_limit"]) == after[:2]
        assert row["old_reasons"] == "|".join(before[2])
        assert row["new_reasons"] == "|".join(after[2])
    assert {row["public_id"] for row in listed.to_dicts()} == {
        public_id for public_id in old if old[public_id][0] != new[public_id][0]
    }
    samples = [one["public_id"] for found in done.result["samples"].values() for one in found]
    assert sorted(samples) == sorted(listed["public_id"].to_list())


def test_each_rule_is_counted_for_whom_it_fired(people: Lender) -> None:
    done = run(started(people, asks_for_age()))
    model = policies.compiled(done.candidate_hash)
    people_seen = signals.facts_for_many(
        customer_ids=list(Customer.objects.values_list("pk", flat=True)), at=NIGHT
    )
    expected = {"restrictions": [0] * 18, "terms": [0] * 5}
    for facts in people_seen.values():
        outcomes = model.evaluate(columns(facts))
        for row in outcomes["restrictions"].fired:
            expected["restrictions"][row] += 1
        expected["terms"][outcomes["terms"].fired[0]] += 1
    assert expected["restrictions"][-1] == 1
    assert done.result["hits"]["new"] == expected


def test_a_row_that_still_says_the_same_has_its_number(people: Lender) -> None:
    assert queries.row_hits(product_id=people.product.pk) is None
    done = run(started(people, stricter()))
    found = queries.row_hits(product_id=people.product.pk)
    assert found is not None
    assert (found["backtest"], found["customers"]) == (done.public_id, Customer.objects.count())
    tested, in_force = found["tables"]["restrictions"]
    assert tested["columns"] == in_force["columns"]
    row = [["-", "-", "< 620", "-", "-", "-", "-", "-"], ['"SCORE_TOO_LOW"', '"CLOSED"', "", ""]]
    key = json.dumps(row, separators=(",", ":"))
    assert tested["counts"][key] == done.result["hits"]["new"]["restrictions"][5] == 3
    assert key not in in_force["counts"]
    assert queries.row_hits(product_id=0) is None


def test_outcomes_and_what_customers_hold_now_are_counted(people: Lender) -> None:
    done = run(started(people, stricter()))
    leaves = done.result["matrix"].values()
    assert sum(leaf[1] for leaf in leaves) == Customer.objects.count() - 1
    assert sum(leaf[2] for leaf in leaves) == 2
    held = done.result["held"]
    assert sum(count for move, count in held.items() if move.startswith("NONE>")) == 8
    assert sum(held.values()) == Customer.objects.count()
    for dimension, values in done.result["segments"].items():
        total = sum(leaf[0] for matrix in values.values() for leaf in matrix.values())
        assert total == Customer.objects.count(), dimension
    assert set(done.result["segments"]["region"]) == {"11", "unknown"}
    assert set(done.result["segments"]["tenure"]) == {"0_89"}
    assert set(done.result["segments"]["age"]) == {"35_44", "unknown"}
    assert {"0_579", "580_619", "740_up", "unknown"} <= set(done.result["segments"]["tier"])


def test_without_a_policy_in_force_everybody_was_closed_before(people: Lender) -> None:
    live = policies.version(public_id=policies.live(product_id=people.product.pk).public_id)
    policy_services.retire(
        public_id=live.public_id, note="stop", actor=staff(people.approver.pk), at=AT
    )
    done = run(started(people, stricter()))
    assert (done.live, done.live_hash) == (None, "")
    assert {move.split(">")[0] for move in done.result["matrix"]} == {"CLOSED"}
    assert done.result["reasons"]["lost"] == {"NOT_DECIDED": Customer.objects.count()}
    assert set(done.result["hits"]) == {"new"}


@pytest.mark.parametrize(
    ("given", "error", "code"),
    [
        ({"note": " "}, Invalid, "note_required"),
        ({"candidate_public_id": "pol_none"}, Missing, "policy_unknown"),
        ({"snapshot_public_id": "snp_none"}, Missing, "snapshot_unknown"),
    ],
)
def test_a_backtest_that_cannot_be_is_refused(
    people: Lender, given: dict[str, Any], error: type[Exception], code: str
) -> None:
    version = candidate(people, stricter())
    asked = {"candidate_public_id": version.public_id, "note": "x", **given}
    with nothing_written(), pytest.raises(error) as refusal:
        services.start(actor=system("test"), at=NIGHT, **asked)
    assert refusal.value.code == code  # type: ignore[attr-defined]


def test_a_draft_is_not_backtested(people: Lender) -> None:
    draft = policy_services.create_draft(
        product_code="flex-credit", title="t", content=stricter(),
        actor=staff(people.author.pk), at=AT,
    )  # fmt: skip
    with nothing_written(), pytest.raises(Conflict) as refusal:
        services.start(candidate_public_id=draft.public_id, note="x", actor=system("t"), at=NIGHT)
    assert refusal.value.code == "policy_status"


def test_a_result_holds_no_personal_data(people: Lender) -> None:
    done = run(started(people, stricter()))
    text = json.dumps(done.result, ensure_ascii=False)
    assert "张小明" not in text
    assert "11010519491231002X" not in text
    assert "13812345678" not in text


def test_a_finished_backtest_proves_its_version_so_that_it_can_be_approved(people: Lender) -> None:
    done = run(started(people, stricter()))
    version = policies.version(public_id=done.candidate.public_id)
    proof = version.proofs.get()
    assert version.status == "backtested"
    assert (proof.backtest_public_id, proof.snapshot_hash) == (done.public_id, done.snapshot_hash)
    assert (proof.live_hash, proof.snapshot_at) == (done.live_hash, NIGHT)
    assert (proof.customers, proof.closes, proof.limits, proof.opens) == (
        Customer.objects.count(), 3, 1, 0,
    )  # fmt: skip
    assert proof.open_appeals is None
    policy_services.approve(
        public_id=version.public_id, approved_hash=version.content_hash, note="checked",
        actor=staff(people.approver.pk), at=NIGHT,
    )  # fmt: skip
    assert policies.version(public_id=version.public_id).status == "approved"


def test_a_backtest_of_a_version_rejected_meanwhile_is_finished_and_proves_nothing(
    people: Lender,
) -> None:
    backtest = started(people, stricter())
    policy_services.reject(
        public_id=backtest.candidate.public_id, note="no", actor=staff(people.approver.pk), at=NIGHT
    )
    done = run(backtest)
    assert (done.state, done.proof_problem) == ("finished", "policy_status")
    assert not done.candidate.proofs.exists()
