"""Every sealed value moves to the current key; a stopped rotation goes on where it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from accounts.customers import rotation, sealing
from accounts.customers.models import Customer
from accounts.verification import services as verification
from accounts.verification.facts import BureauProfile
from accounts.verification.models import BureauRecord
from backoffice.env import FieldKey
from backoffice.lib import crypto
from compliance.ledger.facts import system
from tests.accounts.customers.test_customers import WHOLE, write
from tests.lender import AT

pytestmark = pytest.mark.django_db

NEW = FieldKey("k2", bytes(range(32, 64)))
PERSON = BureauProfile("张小明", "11010519491231002X", None)


@pytest.fixture
def people() -> None:
    for number in range(5):
        customer = write(f"C-{number}", **WHOLE)
        verification.record_bureau(
            customer_public_id=customer.public_id, bureau="pboc", record=PERSON, reported_at=AT,
            actor=system("test"), at=AT,
        )  # fmt: skip
    write("C-empty")


def key_ids() -> set[str]:
    found = set()
    for table, _prefix, fields in rotation.SEALED_TABLES:
        for row in apps.get_model(table)._default_manager.all():
            sealed = [getattr(row, f"{name}_sealed") for name in fields]
            found |= {crypto.key_id_of(value) for value in sealed if value is not None}
    return found


def rotate(batch: int = 2) -> list[tuple[str, int]]:
    seen: list[tuple[str, int]] = []
    rotation.rotate(batch=batch, progress=lambda table, rows: seen.append((table, rows)))
    return seen


def test_every_sealed_column_of_every_model_is_covered() -> None:
    covered = {
        (table, f"{name}_sealed") for table, _, fields in rotation.SEALED_TABLES for name in fields
    }
    found = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField) and field.name.endswith("_sealed")
    }
    assert covered == found


def test_after_a_rotation_the_old_key_is_needed_no_more(people: None, settings: Any) -> None:
    old = settings.FIELD_KEYS
    indexes = list(Customer.objects.order_by("id").values_list("phone_index", flat=True))
    settings.FIELD_KEYS = (NEW, *old)
    assert rotate() != []
    assert key_ids() == {"k2"}
    settings.FIELD_KEYS = (NEW,)
    for customer in Customer.objects.exclude(reference="C-empty"):
        assert sealing.opened_all(customer) == {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in WHOLE.items()
        }
        verification.recompare(customer_id=customer.pk, actor=system("test"), at=AT)
    again = list(Customer.objects.order_by("id").values_list("phone_index", flat=True))
    assert again == indexes  # finding does not depend on the sealing key


def test_a_rotation_that_was_stopped_goes_on_and_repeats_nothing(
    people: None, settings: Any
) -> None:
    settings.FIELD_KEYS = (NEW, *settings.FIELD_KEYS)

    def stop(_table: str, rows: int) -> None:
        if rows >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(batch=2, progress=stop)
    assert len(key_ids()) == 2
    done = bytes(Customer.objects.order_by("id")[0].phone_sealed or b"")
    assert rotation.rotate(batch=2, progress=lambda _table, _rows: None).values > 0
    assert key_ids() == {"k2"}
    assert bytes(Customer.objects.order_by("id")[0].phone_sealed or b"") == done
    assert rotation.rotate(batch=2, progress=lambda _table, _rows: None).values == 0


def test_a_key_that_is_gone_is_said_and_nothing_is_lost(people: None, settings: Any) -> None:
    before = list(Customer.objects.order_by("id").values_list("phone_sealed", flat=True))
    settings.FIELD_KEYS = (NEW,)
    done = rotation.rotate(batch=2, progress=lambda _table, _rows: None)
    assert (done.values, len(done.broken)) == (0, 10)
    assert all("unknown key id" in line for line in done.broken)
    after = list(Customer.objects.order_by("id").values_list("phone_sealed", flat=True))
    assert [bytes(v or b"") for v in after] == [bytes(v or b"") for v in before]


def test_a_bureau_record_opens_only_as_itself(people: None) -> None:
    one, other = BureauRecord.objects.order_by("id")[:2]
    other.legal_name_sealed = one.legal_name_sealed
    other.save()
    with pytest.raises(crypto.SealBroken):
        verification.recompare(customer_id=other.customer_id, actor=system("test"), at=AT)
