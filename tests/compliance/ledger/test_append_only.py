"""What is written stays written."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.ledger import queries, services
from compliance.ledger.facts import Actor, client, staff, system
from compliance.ledger.models import LedgerEntry
from tests.lender import AT
from tests.threads import at_once, failures

SUBJECT = ("customer", "cus_1")


def record(action: str = "test.done", actor: Actor | None = None, **given: object) -> None:
    services.record(
        actor=actor or staff(3), action=action, subject=SUBJECT, **given,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.django_db
def test_an_entry_says_who_did_what_to_what_when_and_why() -> None:
    record(reason="because", detail={"fields": ["phone"], "on": AT.date()}, at=AT)
    entry = LedgerEntry.objects.get()
    assert (entry.actor_kind, entry.actor_id, entry.action, entry.reason) == (
        "staff", "3", "test.done", "because",
    )  # fmt: skip
    assert (entry.subject_kind, entry.subject_id) == SUBJECT
    assert entry.detail == {"fields": ["phone"], "on": "2026-06-01"}
    assert entry.occurred_at == AT
    assert abs(entry.recorded_at - dt.datetime.now(tz=dt.UTC)) < dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("actor", "text"),
    [(staff(3), "staff:3"), (client("app"), "client:app"), (system("import"), "system:import")],
)
@pytest.mark.django_db
def test_people_clients_and_the_house_itself_can_act(actor: Actor, text: str) -> None:
    record(actor=actor)
    entry = LedgerEntry.objects.get()
    assert f"{entry.actor_kind}:{entry.actor_id}" == str(actor) == text


@pytest.mark.django_db
def test_an_unknown_kind_of_actor_is_refused() -> None:
    record()
    copy = (
        "INSERT INTO compliance_ledgerentry SELECT (jsonb_populate_record(e, "
        '\'{"id": 99, "actor_kind": "ghost"}\')).* FROM compliance_ledgerentry e'
    )
    with (
        pytest.raises(DatabaseError, match="ledger_actor_kind_known"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(copy)
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compliance_ledgerentry SET reason = 'another'",
        "UPDATE compliance_ledgerentry SET recorded_at = now() - interval '1 year'",
        "UPDATE compliance_ledgerentry SET id = id + 1",
        "DELETE FROM compliance_ledgerentry",
        "DELETE FROM compliance_ledgerentry WHERE action = 'test.done'",
        "TRUNCATE compliance_ledgerentry",
        "TRUNCATE compliance_ledgerentry CASCADE",
        "WITH gone AS (DELETE FROM compliance_ledgerentry RETURNING id) SELECT * FROM gone",
        "INSERT INTO compliance_ledgerentry SELECT * FROM compliance_ledgerentry "
        "ON CONFLICT (id) DO UPDATE SET reason = 'another'",
        "MERGE INTO compliance_ledgerentry a USING compliance_ledgerentry b ON a.id = b.id "
        "WHEN MATCHED THEN DELETE",
    ],
)
@pytest.mark.django_db
def test_nothing_changes_or_removes_an_entry(statement: str) -> None:
    record()
    before = list(LedgerEntry.objects.values_list())
    with (
        pytest.raises(DatabaseError, match=r"pgtrigger: Cannot (update|delete|truncate)"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(LedgerEntry.objects.values_list()) == before


@pytest.mark.django_db
def test_the_object_mapper_is_refused_too() -> None:
    record()
    entry = LedgerEntry.objects.get()
    entry.reason = "another"
    for change in (entry.save, entry.delete, LedgerEntry.objects.all().delete):
        with pytest.raises(DatabaseError, match="pgtrigger: Cannot"), transaction.atomic():
            change()
    assert LedgerEntry.objects.get().reason == ""


@pytest.mark.django_db
def test_an_entry_goes_with_what_it_records_or_not_at_all() -> None:
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    assert LedgerEntry.objects.count() == 0


@pytest.mark.django_db
def test_a_subject_s_entries_are_read_newest_first_in_one_query(
    django_assert_num_queries: object,
) -> None:
    for number in range(4):
        record(action=f"test.done_{number}")
    services.record(actor=staff(3), action="test.other", subject=("customer", "cus_2"))
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = queries.about(subject=SUBJECT, limit=3)
    assert [entry.action for entry in found] == ["test.done_3", "test.done_2", "test.done_1"]


@pytest.mark.django_db(transaction=True)
def test_every_entry_names_its_transaction_so_that_a_sealer_can_see_all() -> None:
    """Ids commit out of order; the transaction id with `pg_snapshot_xmin` does not deceive."""

    def write() -> set[int]:
        with transaction.atomic():
            record()
            record()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()::text::bigint")
                return {cursor.fetchone()[0]}

    ends = at_once([write] * 3)
    assert failures(ends) == []
    assert set(LedgerEntry.objects.values_list("transaction_id", flat=True)) == set.union(*ends)
    assert LedgerEntry.objects.count() == 6
