"""A version's life: which moves there are, who may make them, and what is asked of every move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backoffice.lib.errors import Conflict, Invalid, Missing, NotAllowed
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from compliance.reasons.models import Reason
from risk.policies import services, starter
from risk.policies.models import PolicyProof, PolicyVersion, VersionStatus
from risk.tables.services import content_hash, model_from_json
from tests.lender import AT, Lender
from tests.risk.policies.versions import (
    APPROVED,
    BACKTESTED,
    DRAFT,
    LATER,
    LIVE,
    MOVES,
    RETIRED,
    SUBMITTED,
    VERBS,
    alter_behind_the_triggers,
    approve,
    backtest,
    draft,
    publish,
    reject,
    retire,
    roll_back,
    save,
    snapshot,
    submit,
    version_in,
)


@pytest.mark.parametrize("status", VersionStatus)
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_every_move_is_the_one_in_the_table_or_refused_without_a_trace(
    lender: Lender, status: VersionStatus, verb: Callable[[Lender, PolicyVersion], Any]
) -> None:
    version = version_in(status, lender)
    before = snapshot()
    if (status, verb) in MOVES:
        verb(lender, version)
        version.refresh_from_db()
        assert version.status == MOVES[status, verb]
        return
    with pytest.raises(Conflict) as refused:
        verb(lender, version)
    assert (refused.value.code, refused.value.extra) == ("policy_status", {"status": status.value})
    assert snapshot() == before


def test_a_life_is_told_in_the_ledger_in_order(lender: Lender) -> None:
    version = draft(lender)
    save(lender, version)
    for step in (submit, backtest, approve, publish, retire, roll_back):
        step(lender, version)
    told = LedgerEntry.objects.filter(subject_id=version.public_id).order_by("id")
    assert [(entry.action, entry.actor_id, entry.reason) for entry in told] == [
        ("policy.drafted", str(lender.author.pk), ""),
        ("policy.edited", str(lender.author.pk), ""),
        ("policy.submitted", str(lender.author.pk), "less risk"),
        ("policy.backtested", "test", PolicyProof.objects.get(version=version).backtest_public_id),
        ("policy.approved", str(lender.approver.pk), "checked"),
        ("policy.published", str(lender.approver.pk), "go"),
        ("policy.retired", str(lender.approver.pk), "stop"),
        ("policy.rolled_back", str(lender.approver.pk), "too many complaints"),
    ]


def test_the_hash_is_given_on_submission_and_kept_when_rejected(lender: Lender) -> None:
    version = version_in(SUBMITTED, lender)
    wanted = content_hash(model_from_json(starter.consumer_credit()))
    assert version.content_hash == wanted
    reject(lender, version)
    version.refresh_from_db()
    assert (version.content_hash, version.submitted_by_id) == (wanted, lender.author.pk)


def test_publishing_retires_the_one_before_in_the_same_moment(lender: Lender) -> None:
    old = PolicyVersion.objects.get(status=LIVE)
    new = version_in(LIVE, lender)
    old.refresh_from_db()
    assert (old.status, old.retired_at, new.live_at) == (RETIRED, LATER, LATER)
    assert (old.number, new.number) == (1, 2)
    retired = LedgerEntry.objects.get(action="policy.retired")
    assert (retired.subject_id, retired.reason) == (old.public_id, new.public_id)


# ── who ─────────────────────────────────────────────────────────────────────────────────────


def test_nobody_approves_what_they_submitted(lender: Lender) -> None:
    version = version_in(BACKTESTED, lender)
    before = snapshot()
    with pytest.raises(NotAllowed) as refused:
        approve(lender, version, actor=staff(lender.author.pk))
    assert refused.value.code == "approver_is_submitter"
    assert snapshot() == before


@pytest.mark.parametrize("wrong", ["", "0" * 64, "content"])
def test_only_the_hash_that_was_looked_at_is_approved(lender: Lender, wrong: str) -> None:
    version = version_in(BACKTESTED, lender)
    before = snapshot()
    with pytest.raises(Conflict) as refused:
        approve(lender, version, approved_hash=wrong)
    assert refused.value.code == "hash_differs"
    assert snapshot() == before


# ── what has changed since ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("status", "verb"), [(BACKTESTED, approve), (APPROVED, publish)])
def test_tables_that_no_longer_pass_go_no_further(
    lender: Lender, status: VersionStatus, verb: Callable[[Lender, PolicyVersion], Any]
) -> None:
    version = version_in(status, lender)
    Reason.objects.filter(code="UTILISATION_HIGH").update(is_active=False)
    before = snapshot()
    with pytest.raises(Invalid) as refused:
        verb(lender, version)
    assert refused.value.code == "policy_invalid"
    assert [(f.pointer, f.code) for f in refused.value.faults] == [
        ("/restrictions/13/8", "reason_retired")
    ]
    assert snapshot() == before


def test_bounds_the_product_has_narrowed_are_seen_before_going_live(lender: Lender) -> None:
    version = version_in(APPROVED, lender)
    type(lender.product).objects.update(max_annual_rate="0.14")
    with pytest.raises(Invalid) as refused:
        publish(lender, version)
    assert {fault.pointer for fault in refused.value.faults} == {"/terms/4/3"}
    assert PolicyVersion.objects.get(status=LIVE).number == 1


@pytest.mark.parametrize(("status", "verb"), [(BACKTESTED, approve), (APPROVED, publish)])
def test_content_altered_behind_the_triggers_goes_no_further(
    lender: Lender, status: VersionStatus, verb: Callable[[Lender, PolicyVersion], Any]
) -> None:
    version = version_in(status, lender)
    alter_behind_the_triggers(version)
    with pytest.raises(Conflict) as refused:
        verb(lender, version)
    assert refused.value.code == "hash_differs"
    version.refresh_from_db()
    assert version.status == status


# ── what is asked of every caller ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "verb"),
    [(DRAFT, "submit"), (SUBMITTED, "reject"), (BACKTESTED, "approve"), (APPROVED, "publish"),
     (LIVE, "retire")],
)  # fmt: skip
@pytest.mark.parametrize("note", ["", " \n "])
def test_every_move_says_why(lender: Lender, status: VersionStatus, verb: str, note: str) -> None:
    version = version_in(status, lender)
    before = snapshot()
    words = {"change_note" if verb == "submit" else "note": note}
    if verb == "approve":
        words["approved_hash"] = version.content_hash
    with pytest.raises(Invalid) as refused:
        getattr(services, verb)(
            public_id=version.public_id, actor=staff(lender.approver.pk), at=AT, **words
        )
    assert refused.value.code == "note_required"
    assert snapshot() == before


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_an_unknown_version_is_missing(
    lender: Lender, verb: Callable[[Lender, PolicyVersion], Any]
) -> None:
    ghost = PolicyVersion.objects.get()
    ghost.public_id = "pol_nobody"
    with pytest.raises(Missing) as refused:
        verb(lender, ghost)
    assert refused.value.code == "policy_unknown"


def test_a_draft_for_an_unknown_product_is_missing(lender: Lender) -> None:
    before = snapshot()
    with pytest.raises(Missing):
        services.create_draft(
            product_code="no-such", title="", content=starter.consumer_credit(),
            actor=staff(lender.author.pk), at=AT,
        )  # fmt: skip
    assert snapshot() == before
