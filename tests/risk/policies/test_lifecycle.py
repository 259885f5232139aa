"""A version's life: which moves there are, who may make them, and what stays as it was."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.staff.models import StaffUser
from backoffice.lib.errors import Conflict, Invalid, Missing, NotAllowed
from compliance.ledger.facts import staff
from compliance.ledger.models import LedgerEntry
from compliance.reasons.models import Reason
from risk.policies import services, starter
from risk.policies.models import PolicyVersion, VersionStatus
from risk.tables.services import content_hash, model_from_json
from tests.lender import AT, Lender

DRAFT, SUBMITTED, APPROVED, LIVE, RETIRED = VersionStatus
LATER = AT + dt.timedelta(hours=1)


def draft(lender: Lender, content: Any = None) -> PolicyVersion:
    version: PolicyVersion = services.create_draft(
        product_code="flex-credit", title="tighter", content=content or starter.consumer_credit(),
        actor=staff(lender.author.pk), at=AT,
    )  # fmt: skip
    return version


def submit(lender: Lender, version: PolicyVersion) -> Any:
    return services.submit(
        public_id=version.public_id, change_note="less risk", actor=staff(lender.author.pk), at=AT
    )


def approve(lender: Lender, version: PolicyVersion, **given: Any) -> Any:
    fresh = PolicyVersion.objects.get(pk=version.pk)
    values = {"approved_hash": fresh.content_hash, "note": "checked",
              "actor": staff(lender.approver.pk), **given}  # fmt: skip
    return services.approve(public_id=version.public_id, at=AT, **values)


def publish(lender: Lender, version: PolicyVersion) -> Any:
    return services.publish(
        public_id=version.public_id, note="go", actor=staff(lender.approver.pk), at=LATER
    )


def retire(lender: Lender, version: PolicyVersion) -> Any:
    return services.retire(
        public_id=version.public_id, note="stop", actor=staff(lender.approver.pk), at=LATER
    )


def send_back(lender: Lender, version: PolicyVersion) -> Any:
    return services.send_back(
        public_id=version.public_id, note="too hard", actor=staff(lender.approver.pk), at=LATER
    )


def save(lender: Lender, version: PolicyVersion) -> Any:
    return services.save_draft(
        public_id=version.public_id, content=starter.repayment_behaviour(), revision=0,
        actor=staff(lender.author.pk), at=LATER,
    )  # fmt: skip


ROUTES: dict[VersionStatus, list[Callable[[Lender, PolicyVersion], Any]]] = {
    DRAFT: [], SUBMITTED: [submit], APPROVED: [submit, approve],
    LIVE: [submit, approve, publish], RETIRED: [submit, approve, publish, retire],
}  # fmt: skip
MOVES: dict[tuple[VersionStatus, Callable[[Lender, PolicyVersion], Any]], VersionStatus] = {
    (DRAFT, save): DRAFT,
    (DRAFT, submit): SUBMITTED,
    (SUBMITTED, send_back): DRAFT,
    (SUBMITTED, approve): APPROVED,
    (APPROVED, publish): LIVE,
    (APPROVED, retire): RETIRED,
    (LIVE, retire): RETIRED,
}
VERBS = [save, submit, send_back, approve, publish, retire]


def version_in(status: VersionStatus, lender: Lender) -> PolicyVersion:
    version = draft(lender)
    for step in ROUTES[status]:
        step(lender, version)
    return PolicyVersion.objects.get(pk=version.pk)


def snapshot() -> Any:
    return list(PolicyVersion.objects.order_by("pk").values()), LedgerEntry.objects.count()


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
    for step in (submit, send_back, submit, approve, publish, retire):
        step(lender, version)
    told = LedgerEntry.objects.filter(subject_id=version.public_id).order_by("id")
    assert [(entry.action, entry.actor_id, entry.reason) for entry in told] == [
        ("policy.drafted", str(lender.author.pk), ""),
        ("policy.edited", str(lender.author.pk), ""),
        ("policy.submitted", str(lender.author.pk), "less risk"),
        ("policy.sent_back", str(lender.approver.pk), "too hard"),
        ("policy.submitted", str(lender.author.pk), "less risk"),
        ("policy.approved", str(lender.approver.pk), "checked"),
        ("policy.published", str(lender.approver.pk), "go"),
        ("policy.retired", str(lender.approver.pk), "stop"),
    ]


def test_the_hash_is_given_on_submission_and_gone_when_sent_back(lender: Lender) -> None:
    version = version_in(SUBMITTED, lender)
    assert version.content_hash == content_hash(model_from_json(starter.consumer_credit()))
    send_back(lender, version)
    version.refresh_from_db()
    assert (version.content_hash, version.submitted_by, version.submitted_at) == ("", None, None)
    services.save_draft(
        public_id=version.public_id, content=starter.repayment_behaviour(), revision=0,
        actor=staff(lender.author.pk), at=LATER,
    )  # fmt: skip
    submit(lender, version)
    version.refresh_from_db()
    assert version.content_hash == content_hash(model_from_json(starter.repayment_behaviour()))


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
    version = version_in(SUBMITTED, lender)
    before = snapshot()
    with pytest.raises(NotAllowed) as refused:
        approve(lender, version, actor=staff(lender.author.pk))
    assert refused.value.code == "approver_is_submitter"
    assert snapshot() == before


def test_the_submitter_counts_not_the_one_who_drafted(lender: Lender) -> None:
    version = draft(lender)
    services.submit(
        public_id=version.public_id, change_note="mine now", actor=staff(lender.approver.pk), at=AT
    )
    with pytest.raises(NotAllowed):
        approve(lender, version)
    assert approve(lender, version, actor=staff(lender.author.pk)).status == APPROVED


@pytest.mark.parametrize("wrong", ["", "0" * 64, "content"])
def test_only_the_hash_that_was_looked_at_is_approved(lender: Lender, wrong: str) -> None:
    version = version_in(SUBMITTED, lender)
    before = snapshot()
    with pytest.raises(Conflict) as refused:
        approve(lender, version, approved_hash=wrong)
    assert refused.value.code == "hash_differs"
    assert snapshot() == before


# ── what has changed since ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("status", "verb"), [(SUBMITTED, approve), (APPROVED, publish)])
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
        ("/restrictions/13/8", "not_allowed")
    ]
    assert snapshot() == before


def test_bounds_the_product_has_narrowed_are_seen_before_going_live(lender: Lender) -> None:
    version = version_in(APPROVED, lender)
    type(lender.product).objects.update(max_annual_rate="0.14")
    with pytest.raises(Invalid) as refused:
        publish(lender, version)
    assert {fault.pointer for fault in refused.value.faults} == {"/terms/4/3"}
    assert PolicyVersion.objects.get(status=LIVE).number == 1


@pytest.mark.parametrize(("status", "verb"), [(SUBMITTED, approve), (APPROVED, publish)])
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


def alter_behind_the_triggers(version: PolicyVersion) -> None:
    """As somebody with the database's keys could."""
    content = copy.deepcopy(version.content)
    content["tables"][0]["rules"][0]["inputs"][0] = '"verified"'
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        PolicyVersion.objects.filter(pk=version.pk).update(content=content)
        cursor.execute("SET LOCAL session_replication_role = origin")


# ── what is asked of every caller ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "verb"),
    [(DRAFT, "submit"), (SUBMITTED, "send_back"), (SUBMITTED, "approve"), (APPROVED, "publish"),
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


# ── drafts ──────────────────────────────────────────────────────────────────────────────────


def test_a_draft_with_faults_is_saved_and_not_submitted(lender: Lender) -> None:
    version = draft(lender)
    content = starter.consumer_credit()
    content["tables"][0]["rules"][5]["inputs"][2] = "<< 580"
    content["tables"][0]["rules"][5]["outputs"][0] = '"MISSPELT"'
    found = services.save_draft(
        public_id=version.public_id, content=content, revision=0,
        actor=staff(lender.author.pk), at=AT,
    )  # fmt: skip
    assert [(e.table, e.rule, e.column, e.code) for e in found] == [
        ("restrictions", 5, 2, "value_expected"), ("restrictions", 5, 8, "not_allowed"),
    ]  # fmt: skip
    version.refresh_from_db()
    assert (version.content, version.revision) == (content, 1)
    with pytest.raises(Invalid) as refused:
        submit(lender, version)
    assert [fault.pointer for fault in refused.value.faults] == [
        "/restrictions/5/2", "/restrictions/5/8",
    ]  # fmt: skip
    version.refresh_from_db()
    assert (version.status, version.content_hash) == (DRAFT, "")


def test_a_stale_editor_does_not_overwrite_a_newer_draft(lender: Lender) -> None:
    version = draft(lender)
    save(lender, version)
    before = snapshot()
    with pytest.raises(Conflict) as refused:
        services.save_draft(
            public_id=version.public_id, content=starter.consumer_credit(), revision=0,
            actor=staff(lender.approver.pk), at=AT,
        )  # fmt: skip
    assert refused.value.code == "draft_changed"
    assert snapshot() == before


@pytest.mark.parametrize("content", [None, [], "x", {"tables": [{"name": "restrictions"}]}])
def test_what_is_no_model_at_all_is_not_saved(lender: Lender, content: Any) -> None:
    version = draft(lender)
    before = snapshot()
    with pytest.raises(Invalid) as refused:
        services.save_draft(
            public_id=version.public_id, content=content, revision=0,
            actor=staff(lender.author.pk), at=AT,
        )  # fmt: skip
    assert refused.value.code == "policy_malformed"
    assert snapshot() == before


# ── behind the services: the database ───────────────────────────────────────────────────────


def refused_by_the_database(sql: str, *parameters: Any, match: str) -> None:
    before = snapshot()
    refused = pytest.raises(DatabaseError, match=match)
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    assert snapshot() == before


def test_the_database_refuses_a_version_approved_by_its_submitter(lender: Lender) -> None:
    version = version_in(SUBMITTED, lender)
    refused_by_the_database(
        "UPDATE risk_policyversion SET status = 'approved', approved_by_id = submitted_by_id, "
        "approved_at = now() WHERE id = %s", version.pk, match="policy_approver_is_another",
    )  # fmt: skip


@pytest.mark.parametrize("status", [SUBMITTED, APPROVED, LIVE, RETIRED])
def test_the_database_keeps_who_submitted(lender: Lender, status: VersionStatus) -> None:
    version = version_in(status, lender)
    other = StaffUser.objects.create_user("third", password=None)
    refused_by_the_database(
        "UPDATE risk_policyversion SET submitted_by_id = %s WHERE id = %s",
        other.pk, version.pk, match="Cannot update",
    )  # fmt: skip


@pytest.mark.parametrize("status", [APPROVED, LIVE, RETIRED])
def test_the_database_keeps_who_approved(lender: Lender, status: VersionStatus) -> None:
    version = version_in(status, lender)
    other = StaffUser.objects.create_user("third", password=None)
    for change in (f"approved_by_id = {other.pk}", "approved_by_id = NULL", "approval_note = ''"):
        refused_by_the_database(
            f"UPDATE risk_policyversion SET {change} WHERE id = %s",
            version.pk, match="Cannot update",
        )  # fmt: skip


@pytest.mark.parametrize("status", [SUBMITTED, APPROVED, LIVE, RETIRED])
@pytest.mark.parametrize(
    "change",
    ["content = '{}'", "content_hash = repeat('0', 64)", "number = 99", "title = 'x'",
     "change_note = 'x'", "submitted_at = now()", "public_id = 'x'"],
)  # fmt: skip
def test_the_database_freezes_what_was_submitted(
    lender: Lender, status: VersionStatus, change: str
) -> None:
    version = version_in(status, lender)
    refused_by_the_database(
        f"UPDATE risk_policyversion SET {change} WHERE id = %s", version.pk, match="Cannot update"
    )


IMPOSSIBLE = [
    (status, target)
    for status in VersionStatus
    for target in VersionStatus
    if status != target and (status, target) not in {(s, t) for (s, _verb), t in MOVES.items()}
]


@pytest.mark.parametrize(("status", "target"), IMPOSSIBLE)
def test_the_database_makes_no_move_that_is_not_in_the_table(
    lender: Lender, status: VersionStatus, target: VersionStatus
) -> None:
    version = version_in(status, lender)
    refused_by_the_database(
        "UPDATE risk_policyversion SET status = %s WHERE id = %s", target, version.pk,
        match="Invalid transition",
    )  # fmt: skip


def test_the_database_holds_one_live_version_per_product(lender: Lender) -> None:
    version = version_in(APPROVED, lender)
    refused_by_the_database(
        "UPDATE risk_policyversion SET status = 'live' WHERE id = %s", version.pk,
        match="policy_one_live_per_product",
    )  # fmt: skip


@pytest.mark.parametrize("status", [SUBMITTED, APPROVED, LIVE, RETIRED])
def test_the_database_lets_nobody_begin_further_on(lender: Lender, status: VersionStatus) -> None:
    version_in(APPROVED, lender)
    refused_by_the_database(
        "INSERT INTO risk_policyversion (public_id, product_id, number, title, status, content, "
        "content_hash, change_note, created_at, submitted_by_id, submitted_at, approved_by_id, "
        "approved_at, approval_note, revision) SELECT 'pol_x', product_id, 99, title, %s, content, "
        "content_hash, change_note, created_at, submitted_by_id, submitted_at, approved_by_id, "
        "approved_at, approval_note, 0 FROM risk_policyversion WHERE status = 'approved'",
        status, match="Cannot insert",
    )  # fmt: skip


@pytest.mark.parametrize("status", [SUBMITTED, APPROVED, LIVE, RETIRED])
def test_the_database_deletes_drafts_only(lender: Lender, status: VersionStatus) -> None:
    version = version_in(status, lender)
    refused_by_the_database(
        "DELETE FROM risk_policyversion WHERE id = %s", version.pk, match="Cannot delete"
    )


def test_a_number_is_given_once_per_product(lender: Lender) -> None:
    assert [draft(lender).number, draft(lender).number] == [2, 3]
    with pytest.raises(DatabaseError, match="policy_number_once"), transaction.atomic():
        PolicyVersion.objects.create(
            public_id="x", product_id=lender.product.pk, number=2, title="", content={},
            created_at=AT,
        )  # fmt: skip
