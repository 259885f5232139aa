"""Backtests compare two versions on one snapshot, and say for ever what they found."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.customers.models import Customer
from backoffice.lib.errors import Conflict, Invalid, Missing
from compliance.ledger.facts import staff, system
from risk.decisions.rules import evaluate
from risk.policies import queries as policies
from risk.policies import services as policy_services
from risk.policies import starter
from risk.signals import queries as signals
from risk.signals.rules import columns
from risk.simulation import queries, results, services, snapshots, storage
from risk.simulation.derivation import product_from
from risk.simulation.models import Backtest, BacktestPartition, Snapshot
from tests.lender import AT, Lender
from tests.risk.simulation.candidates import NIGHT, Content, candidate, run, started, stricter
from tests.snapshots import nothing_written

pytestmark = pytest.mark.django_db(transaction=True)


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


def alone(content_hash: str, backtest: Backtest) -> dict[str, tuple[str, int | None, list[str]]]:
    """What deciding one customer after the other would say, by public id."""
    people = dict(Customer.objects.values_list("pk", "public_id"))
    facts = signals.facts_for_many(customer_ids=list(people), at=NIGHT)
    found = {}
    for pk, public_id in people.items():
        _causes, _terms, answer = evaluate(
            compiled=policies.compiled(content_hash), signals=facts[pk].values,
            product=product_from(backtest.product_facts), at=NIGHT,
        )  # fmt: skip
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


def test_a_finished_backtest_and_its_parts_cannot_be_changed(people: Lender) -> None:
    done = run(started(people, stricter()))
    for statement in (
        "UPDATE risk_backtest SET result = '{}'",
        "UPDATE risk_backtest SET state = 'running'",
        "UPDATE risk_backtest SET note = 'x'",
        "DELETE FROM risk_backtest",
        "UPDATE risk_backtestpartition SET counts = '{}'",
        "DELETE FROM risk_backtestpartition",
    ):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            connection.cursor().execute(statement)
    assert queries.backtest(public_id=done.public_id).result == done.result


@pytest.mark.parametrize("verb", [services.cancel, services.resume])
def test_a_finished_backtest_is_neither_cancelled_nor_resumed(people: Lender, verb: Any) -> None:
    done = run(started(people, stricter()))
    with nothing_written(), pytest.raises(Conflict) as refusal:
        verb(public_id=done.public_id, note="no", actor=system("test"), at=NIGHT)
    assert refusal.value.code == "backtest_state"


def test_a_cancelled_backtest_keeps_what_is_done_and_goes_on_from_there(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    backtest = started(people, stricter())
    for _piece in range(2):  # the snapshot, then one partition
        services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    services.cancel(public_id=backtest.public_id, note="wait", actor=system("test"), at=NIGHT)
    with nothing_written():
        assert not services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    [kept] = BacktestPartition.objects.values("pk", "counts")

    services.resume(public_id=backtest.public_id, note="go on", actor=system("test"), at=NIGHT)
    done = run(backtest)
    assert done.state == "finished"
    assert BacktestPartition.objects.values("pk", "counts")[0] == kept
    assert done.customers_done == Customer.objects.count()


def test_a_partition_worked_out_while_somebody_cancels_is_not_kept(
    people: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    backtest = started(people, stricter())
    services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    read = storage.read_partition

    def and_cancel(**given: Any) -> bytes:
        services.cancel(public_id=backtest.public_id, note="stop", actor=system("t"), at=NIGHT)
        return read(**given)

    monkeypatch.setattr(storage, "read_partition", and_cancel)
    assert not services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    assert BacktestPartition.objects.count() == 0
    assert queries.backtest(public_id=backtest.public_id).state == "cancelled"


@pytest.mark.parametrize(("harm", "code"), [("delete", "file_missing"), ("alter", "file_altered")])
def test_a_snapshot_harmed_under_a_running_backtest_is_said_and_loses_nothing(
    people: Lender, monkeypatch: pytest.MonkeyPatch, harm: str, code: str
) -> None:
    monkeypatch.setattr(snapshots, "PARTITION_SPAN", 4)
    backtest = started(people, stricter())
    for _piece in range(2):
        services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    file = queries.partitions(snapshot_id=backtest.snapshot_id)[1]
    path = storage.partition_path(number=file.number, sha256=file.sha256)
    whole = path.read_bytes()
    if harm == "delete":
        path.unlink()
    else:
        path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    failed = run(backtest)
    assert (failed.state, failed.problem, failed.partitions_done) == ("failed", code, 1)
    assert failed.result is None

    path.write_bytes(whole)  # brought back from a backup
    services.resume(public_id=backtest.public_id, note="mended", actor=system("t"), at=NIGHT)
    assert run(backtest).state == "finished"


def test_two_backtests_at_once_share_a_snapshot_and_do_not_mix(people: Lender) -> None:
    one = started(people, stricter())
    assert services.advance(public_id=one.public_id, now=lambda: NIGHT)
    other = started(people, starter.consumer_credit(), snapshot_public_id=one.snapshot.public_id)
    for backtest in (one, other):
        services.advance(public_id=backtest.public_id, now=lambda: NIGHT)
    first, second = run(one), run(other)
    assert first.snapshot_hash == second.snapshot_hash
    assert results.changes(first.result) == {"closes": 3, "limits": 1, "opens": 0}
    assert results.changes(second.result) == {"closes": 0, "limits": 0, "opens": 0}
    assert Snapshot.objects.count() == 1


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
