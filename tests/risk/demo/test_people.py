"""The people of the demo: everybody their own, and nobody real."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from django.core.management import CommandError, call_command

from risk.demo.people import People


def test_nobody_shares_a_phone_or_an_identity_number_whoever_changes_theirs() -> None:
    people = People(Random(7), dt.date(2026, 6, 1))
    profiles = [people.next()[1] for _ in range(12_000)]
    spare = [people.phone() for _ in range(500)]
    phones = [str(profile.phone) for profile in profiles] + spare
    assert len(set(phones)) == 12_500
    assert {(len(phone), phone[:3]) for phone in phones} == {(11, "126")}
    assert len({profile.id_number for profile in profiles}) == 12_000


@pytest.mark.parametrize("customers", [-1, 0, 50_001])
def test_a_number_of_customers_nobody_could_invent_is_refused(customers: int) -> None:
    with pytest.raises(CommandError, match="1 to 50,000"):
        call_command("seed_demo", customers=customers)
