"""Reading what is known about a customer's identity."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from accounts.verification.facts import UNKNOWN, Comparison, IdentityStatus, Standing
from accounts.verification.models import BureauRecord, IdentityCheck, Verification

_STANDING = """
SELECT status, name_comparison, id_number_comparison, phone_comparison
FROM accounts_verification WHERE customer_id = %s
"""


def standing(*, customer_id: int) -> Standing:
    """The standing answer; all unknown when nothing was ever checked. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [customer_id])
        row = cursor.fetchone()
    if row is None:
        return UNKNOWN
    return Standing(
        IdentityStatus(row[0]), Comparison(row[1]), Comparison(row[2]), Comparison(row[3])
    )


def checks(*, customer_id: int) -> QuerySet[IdentityCheck]:
    return IdentityCheck.objects.filter(customer_id=customer_id).order_by("-id")


def bureau_records(*, customer_id: int) -> QuerySet[BureauRecord]:
    return BureauRecord.objects.filter(customer_id=customer_id).order_by("-id")


def verifications() -> QuerySet[Verification]:
    return Verification.objects.select_related("customer").order_by("-customer_id")
