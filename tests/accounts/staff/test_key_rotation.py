"""A new key seals everything anew, after which the old one can be thrown away."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command

from accounts.customers import queries as customers
from accounts.staff import rotation
from accounts.staff.models import StaffUser
from backoffice.env import FieldKey
from backoffice.lib import crypto
from tests.lender import Lender

OLD, NEW = FieldKey("old", b"o" * 32), FieldKey("new", b"n" * 32)


@pytest.fixture
def keys(settings: Any) -> Any:
    """`keys(NEW, OLD)` is what the next processes are started with."""

    def use(*ring: FieldKey) -> None:
        settings.FIELD_KEYS = ring
        crypto._cipher.cache_clear()

    yield use
    crypto._cipher.cache_clear()


@pytest.fixture
def somebody(db: None) -> StaffUser:
    return StaffUser.objects.create_user("somebody", is_staff=True)


def test_a_second_factor_outlives_the_key_it_was_sealed_with(
    keys: Any, somebody: StaffUser
) -> None:
    keys(OLD)
    TOTP.activate(somebody, "JBSWY3DPEHPK3PXP")
    keys(NEW, OLD)
    assert rotation.rotate() == 1
    assert rotation.rotate() == 0
    keys(NEW)
    factor = Authenticator.objects.get(user=somebody)
    sealed = bytes.fromhex(factor.data["secret"])
    assert crypto.key_id_of(sealed) == "new"
    assert crypto.unseal(sealed, context="staff.second_factor") == "JBSWY3DPEHPK3PXP"


def test_passkeys_hold_nothing_sealed_and_stay_as_they_are(somebody: StaffUser) -> None:
    data = {"name": "laptop", "credential": {"id": "abc"}}
    Authenticator.objects.create(user=somebody, type=Authenticator.Type.WEBAUTHN, data=data)
    assert rotation.rotate() == 0
    assert Authenticator.objects.get(user=somebody).data == data


def test_the_command_reseals_customers_and_staff_and_says_how_many(
    keys: Any, lender: Lender, somebody: StaffUser
) -> None:
    keys(OLD)
    customer = lender.customer()
    TOTP.activate(somebody, "JBSWY3DPEHPK3PXP")
    keys(NEW, OLD)
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    last = said.getvalue().splitlines()[-1]
    assert last.endswith("1 second factors sealed anew; everything stored is under new.")
    keys(NEW)
    assert crypto.key_id_of(customers.by_public_id(customer).legal_name_sealed) == "new"
