"""Two people at one product's policies in the same moment."""

from __future__ import annotations

from functools import partial

import pytest

from backoffice.lib.errors import Conflict
from compliance.ledger.models import LedgerEntry
from risk.policies import services, starter
from risk.policies.models import PolicyVersion, VersionStatus
from tests.lender import AT, Lender
from tests.risk.policies.versions import (
    approve,
    draft,
    publish,
    reject,
    retire,
    submit,
    version_in,
)
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_versions_published_at_once_leave_exactly_one_live(lender_on_disk: Lender) -> None:
    lender = lender_on_disk
    versions = [version_in(VersionStatus.APPROVED, lender) for _each in range(4)]
    ended = at_once([partial(publish, lender, version) for version in versions])
    assert [type(result) for result in ended] == [PolicyVersion] * 4
    by_status = sorted(PolicyVersion.objects.values_list("status", flat=True))
    assert by_status == ["live", "retired", "retired", "retired", "retired"]
    assert LedgerEntry.objects.filter(action="policy.retired").count() == 4


def test_one_version_published_twice_goes_live_once(lender_on_disk: Lender) -> None:
    version = version_in(VersionStatus.APPROVED, lender_on_disk)
    ended = at_once([partial(publish, lender_on_disk, version)] * 3)
    assert sorted(type(result).__name__ for result in ended) == [
        "Conflict", "Conflict", "PolicyVersion",
    ]  # fmt: skip
    assert LedgerEntry.objects.filter(
        action="policy.published", subject_id=version.public_id
    ).count() == 1  # fmt: skip


def test_a_version_is_rejected_or_approved_never_both(lender_on_disk: Lender) -> None:
    version = version_in(VersionStatus.BACKTESTED, lender_on_disk)
    ended = at_once(
        [partial(reject, lender_on_disk, version), partial(approve, lender_on_disk, version)]
    )
    assert sum(isinstance(result, Conflict) for result in ended) == 1
    version.refresh_from_db()
    assert version.status == ("rejected" if isinstance(ended[1], Conflict) else "approved")


def test_two_editors_of_one_draft_do_not_overwrite_each_other(lender_on_disk: Lender) -> None:
    version = draft(lender_on_disk)

    def save(content: object) -> object:
        from compliance.ledger.facts import staff

        return services.save_draft(
            public_id=version.public_id, content=content, revision=0,
            actor=staff(lender_on_disk.author.pk), at=AT,
        )  # fmt: skip

    contents = [starter.consumer_credit(), starter.repayment_behaviour()]
    ended = at_once([partial(save, content) for content in contents])
    [kept] = [content for content, result in zip(contents, ended, strict=True) if result == ()]
    [refused] = [result for result in ended if result != ()]
    assert isinstance(refused, Conflict)
    assert refused.code == "draft_changed"
    version.refresh_from_db()
    assert (version.content, version.revision) == (kept, 1)


def test_drafts_made_at_once_are_one(lender_on_disk: Lender) -> None:
    made = at_once([partial(draft, lender_on_disk)] * 4)
    [kept] = [result for result in made if isinstance(result, PolicyVersion)]
    assert kept.number == 2
    assert [result.code for result in made if isinstance(result, Conflict)] == ["draft_exists"] * 3


def test_retiring_and_publishing_at_once_never_leave_two_live(lender_on_disk: Lender) -> None:
    old = PolicyVersion.objects.get()
    new = version_in(VersionStatus.APPROVED, lender_on_disk)
    ended = at_once([partial(retire, lender_on_disk, old), partial(publish, lender_on_disk, new)])
    assert isinstance(ended[0], PolicyVersion | Conflict)
    if isinstance(ended[1], Conflict):  # retired first: nothing is live as the backtest knew it
        assert ended[1].code == "proof_other_live"
        assert not PolicyVersion.objects.filter(status="live").exists()
    else:
        assert list(PolicyVersion.objects.filter(status="live")) == [new]
    assert submit(lender_on_disk, draft(lender_on_disk)).number == 3
