"""Nobody is offered a button for their own work; the page says why, and the service refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client

from accounts.staff.models import StaffUser
from compliance.ledger.facts import staff
from risk.policies import services, starter
from risk.policies.models import PolicyVersion, Separation
from tests.console import press
from tests.lender import AT, Lender
from tests.risk.policies.versions import (
    APPROVED,
    BACKTESTED,
    DRAFT,
    RETIRED,
    VersionStatus,
    backtest,
    draft,
    snapshot,
    submit,
    version_in,
)

SAME_SUBMITTER = "Another person must approve this."
SAME_AUTHOR = "Nobody approves what they have written themselves."
INVOLVED = "Somebody who did not write, submit or approve it must put it in force."
AUTHOR_SUBMITS = "Another person than an author must submit this."


def signed_in(who: StaffUser, *, is_superuser: bool = True) -> Client:
    found = StaffUser.objects.filter(pk=who.pk)
    found.update(is_staff=True, is_superuser=is_superuser, language="en")
    browser = Client()
    browser.force_login(found.get())
    browser.get("/account/2fa/")
    return browser


def page(who: StaffUser, version: PolicyVersion) -> tuple[set[str], str]:
    """The verbs a superuser is offered on the version's page, and what they are told."""
    address = f"/admin/risk/policyversion/{version.pk}"
    text = signed_in(who).get(f"{address}/change/").content.decode()
    verbs = ("submit", "approve", "reject", "publish", "schedule", "roll_back", "start_shadow")
    offered = {verb for verb in verbs if f"{address}/{verb}/" in text}
    _before, is_told, note = text.partition('id="withheld" role="note">')
    return offered, note.partition("</p>")[0] if is_told else ""


def test_who_submitted_is_not_offered_to_approve_and_is_told_why(lender: Lender) -> None:
    version = version_in(BACKTESTED, lender)
    offered, note = page(lender.author, version)
    assert (offered, note) == ({"reject", "start_shadow"}, SAME_SUBMITTER)
    offered, note = page(lender.approver, version)
    assert (offered, note) == ({"approve", "reject", "start_shadow"}, "")


def test_who_wrote_it_is_not_offered_to_approve_either(lender: Lender) -> None:
    version = draft(lender)
    services.save_draft(
        public_id=version.public_id, content=starter.consumer_credit(), revision=0,
        actor=staff(lender.approver.pk), at=AT,
    )  # fmt: skip
    submit(lender, version)
    backtest(lender, version)
    assert page(lender.approver, version) == ({"reject", "start_shadow"}, SAME_AUTHOR)


@pytest.mark.parametrize(
    ("level", "status", "who", "withheld", "note"),
    [
        (Separation.APPROVER, DRAFT, "author", set(), ""),
        (Separation.EVERYBODY, DRAFT, "author", {"submit"}, AUTHOR_SUBMITS),
        (Separation.EVERYBODY, DRAFT, "approver", set(), ""),
        (Separation.APPROVER, APPROVED, "approver", set(), ""),
        (Separation.PUBLISHER, APPROVED, "approver", {"publish", "schedule"}, INVOLVED),
        (Separation.PUBLISHER, APPROVED, "author", {"publish", "schedule"}, INVOLVED),
        (Separation.PUBLISHER, RETIRED, "approver", {"roll_back"}, INVOLVED),
    ],
)  # fmt: skip
def test_the_other_verbs_follow_the_configured_separation(
    level: Separation, status: VersionStatus, who: str, withheld: set[str], note: str,
    lender: Lender, settings: Any,
) -> None:  # fmt: skip
    version = version_in(status, lender)
    everything, _note = page(StaffUser.objects.create_user("third", password=None), version)
    settings.POLICY_SEPARATION = level
    assert page(getattr(lender, who), version) == (everything - withheld, note)


def test_somebody_without_the_permission_is_told_nothing_about_it(lender: Lender) -> None:
    version = version_in(BACKTESTED, lender)
    lender.author.user_permissions.set(
        Permission.objects.filter(codename__in=["view_policyversion", "start_shadow"])
    )
    browser = signed_in(lender.author, is_superuser=False)
    answer = browser.get(f"/admin/risk/policyversion/{version.pk}/change/")
    assert answer.status_code == 200
    assert SAME_SUBMITTER not in answer.content.decode()


def test_an_old_page_that_still_has_the_button_is_refused_and_nothing_is_written(
    lender: Lender,
) -> None:
    version = version_in(BACKTESTED, lender)
    browser, before = signed_in(lender.author), snapshot()
    answer = press(
        browser, f"/admin/risk/policyversion/{version.pk}/approve/",
        reason="mine", content_hash=version.content_hash,
    )  # fmt: skip
    assert answer.headers["HX-Redirect"].endswith(f"/{version.pk}/change/")
    assert SAME_SUBMITTER in [str(message) for message in get_messages(answer.wsgi_request)]
    assert snapshot() == before
