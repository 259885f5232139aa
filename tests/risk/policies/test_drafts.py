"""Half-finished work is kept, and nobody's is overwritten."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.lib.errors import Conflict, Invalid
from compliance.ledger.facts import staff
from risk.policies import services, starter
from tests.lender import AT, Lender
from tests.risk.policies.versions import (
    DRAFT,
    draft,
    save,
    snapshot,
    submit,
)


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
