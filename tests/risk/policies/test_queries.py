"""The live version as deciders get it."""

from __future__ import annotations

import pytest
from django.db import connection

from backoffice.lib.errors import Missing, Unavailable
from risk.policies import queries, starter
from risk.policies.models import PolicyVersion
from risk.tables.facts import TableError
from tests.lender import AT, Lender
from tests.risk.policies.versions import alter_behind_the_triggers, draft, retire


def test_the_live_version_comes_compiled_with_one_query(
    lender: Lender, django_assert_num_queries: object
) -> None:
    row = PolicyVersion.objects.get()
    queries.live(product_id=lender.product.pk)
    with django_assert_num_queries(1):  # type: ignore[operator]
        live = queries.live(product_id=lender.product.pk)
    assert (live.id, live.public_id, live.number, live.content_hash) == (
        row.pk, row.public_id, 1, row.content_hash,
    )  # fmt: skip
    assert [column.name for column in live.compiled.inputs][:3] == [
        "identity_status", "phone_comparison", "score",
    ]  # fmt: skip


def test_without_a_live_version_nothing_is_decided(lender: Lender) -> None:
    retire(lender, PolicyVersion.objects.get())
    with pytest.raises(Unavailable) as refused:
        queries.live(product_id=lender.product.pk)
    assert refused.value.code == "no_live_policy"


def test_content_that_no_longer_has_its_hash_is_refused(lender: Lender) -> None:
    queries.compiled.cache_clear()
    version = PolicyVersion.objects.get()
    alter_behind_the_triggers(version)
    with pytest.raises(TableError, match=f"the stored policy {version.content_hash[:12]} has been"):
        queries.compiled(version.content_hash)
    with pytest.raises(Unavailable) as refused:
        queries.live(product_id=lender.product.pk)
    assert refused.value.code == "policy_unreadable"


def test_content_that_is_no_model_any_more_is_refused_the_same_way(lender: Lender) -> None:
    queries.compiled.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        PolicyVersion.objects.update(content={"tables": "gone"})
        cursor.execute("SET LOCAL session_replication_role = origin")
    with pytest.raises(Unavailable) as refused:
        queries.live(product_id=lender.product.pk)
    assert refused.value.code == "policy_unreadable"


def test_a_draft_has_no_hash_to_be_found_by(lender: Lender) -> None:
    version = draft(lender, starter.repayment_behaviour())
    assert version.content_hash == ""
    with pytest.raises(Missing):
        queries.compiled("")


def test_an_unknown_version_is_missing(lender: Lender) -> None:
    with pytest.raises(Missing) as refused:
        queries.version(public_id="pol_nobody")
    assert refused.value.code == "policy_unknown"
    assert queries.version(public_id=PolicyVersion.objects.get().public_id).created_at == AT
