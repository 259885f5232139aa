"""Reading what is known about a customer's identity."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.db import connection
from django.db.models import QuerySet

from accounts.verification.facts import UNKNOWN, Comparison, IdentityStatus, Standing
from accounts.verification.models import BureauRecord, IdentityCheck

_STANDINGS = """
SELECT customer_id, status, name_comparison, id_number_comparison, phone_comparison
FROM accounts_verification WHERE customer_id = ANY(%s)
"""


def standing(*, customer_id: int) -> Standing:
    """The standing answer; all unknown when nothing was ever checked. One query."""
    return standings(customer_ids=[customer_id])[customer_id]


def standings(*, customer_ids: Sequence[int]) -> dict[int, Standing]:
    """The same for several customers, by id. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, [list(customer_ids)])
        rows = cursor.fetchall()
    known = {customer_id: _standing(*answers) for customer_id, *answers in rows}
    return {customer_id: known.get(customer_id, UNKNOWN) for customer_id in customer_ids}


@lru_cache(maxsize=1024)  # there are 500
def _standing(status: str, name: str, id_number: str, phone: str) -> Standing:
    return Standing(
        IdentityStatus(status), Comparison(name), Comparison(id_number), Comparison(phone)
    )


def checks(*, customer_id: int) -> QuerySet[IdentityCheck]:
    return IdentityCheck.objects.filter(customer_id=customer_id).order_by("-id")


def bureau_records(*, customer_id: int) -> QuerySet[BureauRecord]:
    return BureauRecord.objects.filter(customer_id=customer_id).order_by("-id")
