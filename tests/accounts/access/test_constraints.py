"""What the database itself refuses, whoever asks: tried with raw SQL."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.access.models import Access, Product, Restriction
from tests.accounts.access.conftest import Account

ACCESS = "UPDATE accounts_access SET "
RESTRICTION = "UPDATE accounts_restriction SET "
PRODUCT = "UPDATE accounts_product SET "
COPY = (
    "INSERT INTO accounts_restriction (public_id, customer_id, product_id, reason_id, source,"
    " effect, started_at, lifted_by, started_by, note) "
    "SELECT 'rst_copy', customer_id, product_id, reason_id, source, effect, started_at, '', '', ''"
    " FROM accounts_restriction"
)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("INSERT INTO accounts_access (customer_id, product_id, reason_codes, decision_public_id) "
         "SELECT customer_id, product_id, '[]', '' FROM accounts_access", "access_one_per_product"),
        (ACCESS + "state = 'AJAR'", "access_state_known"),
        (ACCESS + "since = NULL", "access_since_given"),
        (ACCESS + "state = 'OPEN', limit_cents = NULL", "access_usable_has_terms"),
        (ACCESS + "state = 'LIMITED', limit_cents = 1, annual_rate = NULL",
         "access_usable_has_terms"),
        (ACCESS + "state = 'OPEN', limit_cents = 1, max_term_months = NULL",
         "access_usable_has_terms"),
        (ACCESS + "customer_id = NULL", "null value"),
        (COPY, "restriction_one_active_per_cause"),
        (RESTRICTION + "effect = 'OPEN'", "restriction_effect_known"),
        (RESTRICTION + "limit_cents = 5", "restriction_limit_only_when_limited"),
        (RESTRICTION + "effect = 'LIMITED', limit_cents = -1",
         "restriction_limit_only_when_limited"),
        (RESTRICTION + "lifted_at = started_at - interval '1 second'",
         "restriction_lifted_after_start"),
        (RESTRICTION + "source = 'policy'", "pgtrigger: Cannot update"),
        (RESTRICTION + "customer_id = customer_id + 1", "pgtrigger: Cannot update"),
        (RESTRICTION + "reason_id = reason_id + 1", "pgtrigger: Cannot update"),
        (RESTRICTION + "started_at = started_at - interval '1 day'", "pgtrigger: Cannot update"),
        (RESTRICTION + "public_id = 'rst_other'", "pgtrigger: Cannot update"),
        ("DELETE FROM accounts_restriction", "pgtrigger: Cannot delete"),
        (PRODUCT + "code = 'other'", "pgtrigger: Cannot update"),
        (PRODUCT + "currency = 'USD'", "pgtrigger: Cannot update"),
        (PRODUCT + "min_amount_cents = 0", "product_amounts_ordered"),
        (PRODUCT + "max_amount_cents = min_amount_cents - 1", "product_amounts_ordered"),
        (PRODUCT + "max_term_months = min_term_months - 1", "product_terms_ordered"),
        (PRODUCT + "max_annual_rate = min_annual_rate - 0.01", "product_rates_ordered"),
        (PRODUCT + "min_annual_rate = -0.01", "product_rates_ordered"),
        (PRODUCT + "review_days = 0", "product_review_positive"),
        (PRODUCT + "cooldown_minutes = 43201", "product_cooldown_bounded"),
        (PRODUCT + "cooldown_minutes = -1", "cooldown_minutes"),
        ("DELETE FROM accounts_product", "pgtrigger: Cannot delete"),
        ("INSERT INTO accounts_product SELECT (jsonb_populate_record(p, "
         "'{\"id\": 99, \"code\": \"Not A Code\"}')).* FROM accounts_product p",
         "product_code_shape"),
    ],
)  # fmt: skip
def test_the_database_refuses(account: Account, statement: str, refusal: str) -> None:
    account.decide()
    account.restrict()
    before = (_rows(Access), _rows(Restriction), _rows(Product))
    with (
        pytest.raises(DatabaseError, match=refusal),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert (_rows(Access), _rows(Restriction), _rows(Product)) == before


@pytest.mark.parametrize(
    "change",
    ["lifted_at = NULL", "lifted_by = 'staff:9'", "effect = 'LIMITED'", "ends_at = now()",
     "note = 'another'"],
)  # fmt: skip
def test_what_was_lifted_stays_as_it_was(account: Account, change: str) -> None:
    account.lift(account.restrict())
    before = _rows(Restriction)
    with (
        pytest.raises(DatabaseError, match="pgtrigger: Cannot update"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(RESTRICTION + change)
    assert _rows(Restriction) == before


def test_a_lifted_restriction_leaves_room_for_the_next(account: Account) -> None:
    account.lift(account.restrict())
    account.restrict()
    assert Restriction.objects.count() == 2


def _rows(model: type[Access | Restriction | Product]) -> list[tuple[object, ...]]:
    return list(model.objects.order_by("id").values_list())  # type: ignore[attr-defined]
