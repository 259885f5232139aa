"""After rotate_keys the old key can be removed: nothing sealed needs it."""

from __future__ import annotations

import secrets
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import CommandError, call_command

from accounts.customers import rotation, sealing
from accounts.customers.facts import Profile
from accounts.customers.models import Customer
from accounts.staff.models import StaffUser
from accounts.verification import services as verification
from accounts.verification.facts import BureauProfile
from accounts.verification.models import BureauRecord
from backoffice.api.idempotency import answer_context
from backoffice.api.models import IdempotentRequest
from backoffice.env import FieldKey
from backoffice.lib import crypto
from compliance.ledger.facts import system
from compliance.ledger.models import LedgerEntry
from tests.lender import AT

pytestmark = pytest.mark.django_db(transaction=True)

OLD, NEW = FieldKey("old", secrets.token_bytes(32)), FieldKey("new", secrets.token_bytes(32))


@pytest.fixture
def use(settings: Any) -> Any:
    """Put keys in force; the first seals."""

    def keys(*given: FieldKey) -> None:
        settings.FIELD_KEYS = given

    return keys


def rotate(**options: int) -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def seal_one_of_everything() -> None:
    whole = Profile(
        legal_name="张小明", id_number="11010519491231002X", phone="13812345678",
        email="a@example.com", address="somewhere", employer="someone",
    )  # fmt: skip
    for reference in ("C-1", "C-2", "C-3"):
        written = verification.upsert_customer(
            reference=reference, profile=whole, actor=system("test"), at=AT
        )
    verification.record_bureau(
        customer_public_id=written.public_id, bureau="b", actor=system("test"), at=AT,
        record=BureauProfile("张小明", "11010519491231002X", "13812345678"), reported_at=AT,
    )  # fmt: skip
    user = StaffUser.objects.create_user("someone", password=None)
    encrypt = get_adapter().encrypt
    Authenticator.objects.create(user=user, type="totp", data={"secret": encrypt("S1")})
    Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": encrypt("S2"), "used_mask": 3}
    )
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "key"})
    IdempotentRequest.objects.create(
        client_id="c", key="k", fingerprint=b"f", status=201, created_at=AT,
        body=crypto.seal("answer", context=answer_context("c", "k")),
    )  # fmt: skip


def test_after_rotation_everything_opens_without_the_old_key(use: Any) -> None:
    use(OLD)
    seal_one_of_everything()
    use(NEW, OLD)
    told = rotate(batch=2)
    assert "27 values re-sealed under 'new'" in told  # 3 × 7, 3, 2 and 1
    assert "take it out of FIELD_KEYS" in told

    use(NEW)
    for customer in Customer.objects.all():
        assert sealing.opened(customer, "legal_name") == "张小明"
        assert sealing.opened(customer, "birth_date") == "1949-12-31"
        assert sealing.opened(customer, "employer") == "someone"
    record = BureauRecord.objects.get()
    context = f"bureau_record.phone:{record.public_id}"
    assert crypto.unseal(record.phone_sealed, context=context) == "13812345678"
    decrypt = get_adapter().decrypt
    assert decrypt(Authenticator.objects.get(type="totp").data["secret"]) == "S1"
    codes = Authenticator.objects.get(type="recovery_codes").data
    assert (decrypt(codes["seed"]), codes["used_mask"]) == ("S2", 3)
    kept = IdempotentRequest.objects.get()
    assert crypto.unseal(kept.body, context=answer_context("c", "k")) == "answer"
    entry = LedgerEntry.objects.get(action="key.rotated")
    assert (entry.subject_id, entry.detail["values"]) == ("new", 27)


def test_a_second_rotation_finds_nothing_to_do(use: Any) -> None:
    use(OLD)
    seal_one_of_everything()
    use(NEW, OLD)
    rotate()
    before = list(Customer.objects.order_by("id").values_list("phone_sealed", flat=True))
    assert " 0 values re-sealed" in rotate()
    after = list(Customer.objects.order_by("id").values_list("phone_sealed", flat=True))
    assert [bytes(value) for value in before] == [bytes(value) for value in after]


def test_a_value_no_key_opens_is_named_and_the_others_are_rotated(use: Any) -> None:
    use(OLD)
    seal_one_of_everything()
    lost = Customer.objects.get(reference="C-2")
    Customer.objects.filter(id=lost.id).update(phone_sealed=b"\x01\x04goneXXXXXXXXXXXXXXXXXXXXXXXX")
    use(NEW, OLD)
    with pytest.raises(CommandError, match=rf"accounts\.Customer {lost.id}"):
        rotate()
    use(NEW)
    assert sealing.opened(Customer.objects.get(reference="C-3"), "phone") == "13812345678"


def test_every_sealed_column_there_is_gets_rotated() -> None:
    """A new `*_sealed` column must be added to the table of rotation."""
    there = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name.endswith("_sealed")
    }
    covered = {
        (table, f"{name}_sealed") for table, _prefix, names in rotation.SEALED_TABLES
        for name in names
    }  # fmt: skip
    assert covered == there
