"""An earlier version comes back in one act, unless it could do harm today."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest
from django.utils import translation

from backoffice.lib.errors import Conflict, Invalid
from compliance.ledger.models import LedgerEntry
from compliance.reasons.models import Reason
from risk.policies import starter
from risk.policies.forms import RollBackForm
from risk.policies.models import PolicyVersion, VersionStatus
from tests.lender import Lender
from tests.risk.policies.versions import (
    APPROVED,
    LATER,
    LIVE,
    RETIRED,
    live_number,
    publish,
    retire,
    roll_back,
    stored_before_unknown_was_asked,
    version_in,
)
from tests.snapshots import nothing_written
from tests.threads import at_once, failures


def test_an_earlier_version_comes_back_in_one_act_and_the_present_one_is_retired(
    lender: Lender,
) -> None:
    old = PolicyVersion.objects.get()
    new = version_in(LIVE, lender)
    roll_back(lender, old)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, old.retired_at, old.live_at, new.status) == (LIVE, None, LATER, RETIRED)
    assert LedgerEntry.objects.get(action="policy.rolled_back").reason == "too many complaints"


def test_a_version_given_up_before_it_was_live_does_not_come_back(lender: Lender) -> None:
    version = version_in(APPROVED, lender)
    retire(lender, version)
    with nothing_written(), pytest.raises(Conflict) as refused:
        roll_back(lender, version)
    assert refused.value.code == "never_in_force"
    with (
        nothing_written(),
        pytest.raises(DatabaseError, match="never in force"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO risk_policystep (version_id, from_status, to_status, actor, reason, "
            "content_hash, at) SELECT id, 'retired', 'live', 'x', '', content_hash, now() "
            f"FROM risk_policyversion WHERE id = {version.pk}; "
            f"UPDATE risk_policyversion SET status = 'live' WHERE id = {version.pk}"
        )


def test_an_earlier_version_is_held_to_todays_reasons(lender: Lender) -> None:
    old = PolicyVersion.objects.get()
    lender.publish(starter.repayment_behaviour())
    Reason.objects.filter(code="SCORE_UNKNOWN").update(is_active=False)
    with nothing_written(), pytest.raises(Invalid) as refused:
        roll_back(lender, old)
    assert refused.value.code == "policy_invalid"
    assert live_number() == 2


UNDECIDED = ["applications_30d", "utilisation"]


def test_a_version_older_than_the_question_of_the_unknown_comes_back_and_it_is_noted(
    lender: Lender,
) -> None:
    old = PolicyVersion.objects.get()
    stored_before_unknown_was_asked(old)
    lender.publish(starter.repayment_behaviour())
    roll_back(lender, old)
    old.refresh_from_db()
    assert (old.status, live_number()) == (LIVE, 1)
    entry = LedgerEntry.objects.get(action="policy.rolled_back")
    assert (entry.detail["undecided"], entry.detail["hash"]) == (UNDECIDED, old.content_hash)
    decided = lender.decide(lender.customer(applications_30d=None, utilisation=None), LATER)
    assert (decided.policy_hash, decided.answer["state"]) == (old.content_hash, "OPEN")


@translation.override("en")
def test_who_rolls_back_reads_which_columns_are_undecided(lender: Lender) -> None:
    old = PolicyVersion.objects.get()
    stored_before_unknown_was_asked(old)
    lender.publish(starter.repayment_behaviour())
    told = RollBackForm(HttpRequest(), old.pk).blast_radius()
    assert [line.partition(": ")[0] for line in told[-2:]] == [
        "Restrictions, column 6", "Restrictions, column 7",
    ]  # fmt: skip
    assert "No row says what follows when this is unknown" in told[-1]


def test_what_could_do_harm_stops_it_beside_an_undecided_column(lender: Lender) -> None:
    old = PolicyVersion.objects.get()
    stored_before_unknown_was_asked(old)
    lender.publish(starter.repayment_behaviour())
    Reason.objects.filter(code="SCORE_UNKNOWN").update(is_active=False)
    with nothing_written(), pytest.raises(Invalid) as refused:
        roll_back(lender, old)
    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [
        ("reason_retired", "/restrictions/4/8")
    ]
    assert live_number() == 2


def test_a_version_that_was_never_in_force_still_has_to_decide_the_unknown(lender: Lender) -> None:
    new = version_in(APPROVED, lender)
    stored_before_unknown_was_asked(new)
    with nothing_written(), pytest.raises(Invalid) as refused:
        publish(lender, new)
    assert {fault.code for fault in refused.value.faults} == {"unknown_not_decided"}


@pytest.mark.django_db(transaction=True)
def test_two_people_rolling_back_at_once_leave_one_live(lender_on_disk: Lender) -> None:
    lender = lender_on_disk
    old = PolicyVersion.objects.get()
    publish(lender, version_in(APPROVED, lender))
    ended = at_once([partial(roll_back, lender, old)] * 3)
    assert len(failures(ended)) == 2
    assert PolicyVersion.objects.get(status=VersionStatus.LIVE) == old
