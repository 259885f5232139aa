"""The row is written with its cause, and at most once."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.lib.errors import Missing
from compliance.notices import queries, services
from compliance.notices.models import Delivery, Notice
from tests.compliance.notices.conftest import a_customer, queue
from tests.lender import AT, Lender
from tests.threads import at_once


def test_a_notice_and_its_deliveries_are_rows_of_the_cause_s_transaction(customer: str) -> None:
    public_id = queue(customer)
    notice = Notice.objects.get()
    assert (notice.public_id, notice.recipient, notice.cause) == (
        public_id, customer, "decision:dec_1",
    )  # fmt: skip
    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.state, delivery.attempts, delivery.due_at) == (
        "email", "queued", 0, AT,
    )  # fmt: skip


def test_when_the_cause_is_rolled_back_nothing_was_ever_queued(customer: str) -> None:
    with transaction.atomic():
        queue(customer)
        transaction.set_rollback(True)
    assert (Notice.objects.count(), Delivery.objects.count()) == (0, 0)


def test_one_cause_tells_one_customer_one_thing_once(customer: str) -> None:
    assert queue(customer) is not None
    assert queue(customer) is None
    assert queue(customer, limit_cents=1) is None
    assert queue(customer, template="access_closed") is not None
    assert queue(customer, cause="decision:dec_2") is not None
    assert queue(a_customer("C-2")) is not None
    assert (Notice.objects.count(), Delivery.objects.count()) == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_two_workers_queue_one_notice_once(lender_on_disk: Lender) -> None:
    customer = a_customer()
    ends = at_once([lambda: queue(customer)] * 4)
    assert sorted(end is None for end in ends) == [False, True, True, True]
    assert (Notice.objects.count(), Delivery.objects.count()) == (1, 1)


def test_reading_twice_keeps_the_first_time_and_is_the_recipient_s_alone(customer: str) -> None:
    public_id = queue(customer)
    assert public_id is not None
    with pytest.raises(Missing):
        services.mark_read(recipient="cus_other", public_id=public_id, at=AT)
    assert Notice.objects.get().read_at is None
    services.mark_read(recipient=customer, public_id=public_id, at=AT)
    later = AT.replace(year=2027)
    assert services.mark_read(recipient=customer, public_id=public_id, at=later).read_at == AT


def test_an_inbox_is_the_recipient_s_notices_newest_first(customer: str) -> None:
    queue(customer)
    queue(customer, cause="decision:dec_2")
    queue(a_customer("C-2"))
    assert [notice.cause for notice in queries.inbox(recipient=customer)] == [
        "decision:dec_2", "decision:dec_1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("DELETE FROM compliance_notice", "pgtrigger: Cannot delete|violates foreign key"),
        ("UPDATE compliance_notice SET recipient = 'cus_x'", "pgtrigger: Cannot update"),
        ("UPDATE compliance_notice SET context = '{}'", "pgtrigger: Cannot update"),
        ("UPDATE compliance_notice SET cause = 'x'", "pgtrigger: Cannot update"),
        ("UPDATE compliance_notice SET queued_at = now()", "pgtrigger: Cannot update"),
        ("UPDATE compliance_delivery SET state = 'lost'", "delivery_state_known"),
        ("UPDATE compliance_delivery SET channel = 'fax'", "delivery_channel_known"),
        ("INSERT INTO compliance_delivery (notice_id, channel, state, attempts, due_at, failure) "
         "SELECT notice_id, channel, state, attempts, due_at, '' FROM compliance_delivery",
         "delivery_once_per_channel"),
    ],
)  # fmt: skip
def test_the_database_refuses(customer: str, statement: str, refusal: str) -> None:
    queue(customer)
    before = [list(Notice.objects.values_list()), list(Delivery.objects.values_list())]
    with (
        pytest.raises(DatabaseError, match=refusal),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert [list(Notice.objects.values_list()), list(Delivery.objects.values_list())] == before
