"""The ledger keeps both times: when something was done, and when it was written down."""

from __future__ import annotations

import datetime as dt

import pytest

from backoffice.lib import clock
from compliance.ledger import services
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from tests.lender import AT, Lender

pytestmark = pytest.mark.django_db
NEARLY = dt.timedelta(seconds=30)


def test_an_entry_told_its_time_keeps_it_beside_the_time_of_recording() -> None:
    services.record(actor=system("test"), action="import.finished", subject=("import", "1"), at=AT)

    entry = LedgerEntry.objects.get()
    assert entry.occurred_at == AT
    assert abs(entry.recorded_at - clock.now()) < NEARLY


def test_an_entry_told_no_time_happened_when_it_was_recorded() -> None:
    services.record(actor=system("test"), action="import.finished", subject=("import", "1"))

    entry = LedgerEntry.objects.get()
    assert entry.occurred_at == entry.recorded_at


def test_an_earlier_history_is_dated_when_it_happened(lender: Lender) -> None:
    customer = lender.customer()
    lender.decide(customer, AT + dt.timedelta(days=1))

    about = LedgerEntry.objects.filter(subject_id=customer).order_by("id")
    assert [(entry.action, entry.occurred_at) for entry in about] == [
        ("customer.created", AT),
        ("verification.changed", AT),
        ("verification.checked", AT),
        ("verification.changed", AT),
        ("verification.bureau_received", AT),
        ("verification.changed", AT),
        ("access.opened", AT + dt.timedelta(days=1)),
    ]
