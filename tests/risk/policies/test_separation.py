"""Author, submitter, approver and publisher differ as configured: asked of everybody."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.staff.models import StaffUser
from backoffice.lib.errors import Conflict, NotAllowed
from compliance.ledger.facts import staff
from risk.policies import activation, services, starter
from risk.policies.models import PolicyVersion, Separation
from tests.lender import AT, Lender
from tests.risk.policies.versions import (
    APPROVED,
    BACKTESTED,
    DUE,
    LATER,
    RETIRED,
    SUBMITTED,
    approve,
    backtest,
    draft,
    publish,
    roll_back,
    submit,
    version_in,
)
from tests.snapshots import nothing_written
from tests.threads import at_once


def edit(lender: Lender, version: PolicyVersion, who: StaffUser) -> Any:
    return services.save_draft(
        public_id=version.public_id, content=starter.consumer_credit(),
        revision=version.revision, actor=staff(who.pk), at=AT,
    )  # fmt: skip


def refused(code: str, verb: Any) -> None:
    with nothing_written(), pytest.raises(NotAllowed) as caught:
        verb()
    assert caught.value.code == code


@pytest.mark.parametrize("is_superuser", [False, True])
def test_an_approver_who_touched_the_draft_is_an_author(lender: Lender, is_superuser: bool) -> None:
    StaffUser.objects.filter(pk=lender.approver.pk).update(is_superuser=is_superuser)
    version = draft(lender)
    edit(lender, version, lender.approver)
    submit(lender, version)
    backtest(lender, version)
    refused("approver_is_author", lambda: approve(lender, version))
    third = StaffUser.objects.create_user("third", password=None)
    assert approve(lender, version, actor=staff(third.pk)).status == APPROVED


def test_whoever_created_the_draft_cannot_approve_it_when_another_submits(lender: Lender) -> None:
    version = draft(lender)
    services.submit(
        public_id=version.public_id, change_note="mine now", actor=staff(lender.approver.pk), at=AT
    )
    backtest(lender, version)
    refused("approver_is_author", lambda: approve(lender, version, actor=staff(lender.author.pk)))


def test_by_default_the_approver_may_put_it_in_force(lender: Lender) -> None:
    assert publish(lender, version_in(APPROVED, lender)).published_by_id == lender.approver.pk


def test_where_configured_the_publisher_is_a_third_person(lender: Lender, settings: Any) -> None:
    settings.POLICY_SEPARATION = Separation.PUBLISHER
    version = version_in(APPROVED, lender)
    refused("publisher_is_involved", lambda: publish(lender, version))
    refused(
        "publisher_is_involved",
        lambda: activation.schedule(
            public_id=version.public_id, effective_at=DUE, note="x",
            actor=staff(lender.author.pk), at=LATER,
        ),
    )  # fmt: skip
    third = StaffUser.objects.create_user("third", password=None)
    services.publish(public_id=version.public_id, note="go", actor=staff(third.pk), at=LATER)


def test_a_roll_back_is_asked_the_same(lender: Lender, settings: Any) -> None:
    version = version_in(RETIRED, lender)
    settings.POLICY_SEPARATION = Separation.PUBLISHER
    refused("publisher_is_involved", lambda: roll_back(lender, version))


def test_where_configured_an_author_does_not_submit(lender: Lender, settings: Any) -> None:
    settings.POLICY_SEPARATION = Separation.EVERYBODY
    version = draft(lender)
    refused("submitter_is_author", lambda: submit(lender, version))


def test_a_stricter_rule_stays_with_the_version_when_the_configuration_is_eased(
    lender: Lender, settings: Any
) -> None:
    settings.POLICY_SEPARATION = Separation.PUBLISHER
    version = version_in(APPROVED, lender)
    settings.POLICY_SEPARATION = Separation.APPROVER
    refused("publisher_is_involved", lambda: publish(lender, version))
    with (
        nothing_written(),
        pytest.raises(DatabaseError, match="never lowered"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE risk_policyversion SET separation = 1")


@pytest.mark.parametrize("column", ["submitted_by_id", "created_by_id", "approved_by_id"])
def test_the_database_refuses_a_publisher_who_is_involved(
    lender: Lender, settings: Any, column: str
) -> None:
    settings.POLICY_SEPARATION = Separation.PUBLISHER
    version_in(APPROVED, lender)
    with (
        nothing_written(),
        pytest.raises(DatabaseError, match="people_differ: publisher"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE risk_policyversion SET published_by_id = {column} WHERE status = 'approved'"
        )


def test_the_database_knows_an_author_by_the_steps(lender: Lender) -> None:
    version = draft(lender)
    edit(lender, version, lender.approver)
    submit(lender, version)
    backtest(lender, version)
    with (
        nothing_written(),
        pytest.raises(DatabaseError, match="people_differ: approver"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE risk_policyversion SET approved_by_id = %s WHERE id = %s",
            [lender.approver.pk, version.pk],
        )


@pytest.mark.django_db(transaction=True)
def test_an_edit_that_races_with_submission_makes_an_author_or_is_refused(
    lender_on_disk: Lender,
) -> None:
    lender = lender_on_disk
    version = draft(lender)
    ended = at_once(
        [partial(edit, lender, version, lender.approver), partial(submit, lender, version)]
    )
    version.refresh_from_db()
    assert version.status == SUBMITTED
    backtest(lender, version)
    if isinstance(ended[0], Conflict):
        assert approve(lender, version).status == APPROVED
    else:
        with pytest.raises(NotAllowed):
            approve(lender, version)
        version.refresh_from_db()
        assert version.status == BACKTESTED
