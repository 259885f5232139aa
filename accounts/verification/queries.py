"""Reading what is known about a customer's identity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.customers import sealing as profiles
from accounts.verification import sealing
from accounts.verification.facts import (
    UNKNOWN,
    CaseState,
    Comparison,
    IdentityStatus,
    Standing,
)
from accounts.verification.inquiry_models import Inquiry
from accounts.verification.models import (
    BureauRecord,
    IdentityCase,
    IdentityCheck,
    IdentityVerdict,
    Verification,
)
from backoffice.lib.errors import Missing

_STANDINGS = """
SELECT customer_id, status, name_comparison, id_number_comparison, phone_comparison
FROM accounts_verification WHERE customer_id = ANY(%s)
"""

_CHANGED = """
SELECT changed_at, customer_id FROM accounts_verification
WHERE (changed_at, customer_id) > (%s, %s) ORDER BY changed_at, customer_id LIMIT %s
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


def changed_since(*, after: tuple[dt.datetime, int], limit: int) -> list[tuple[dt.datetime, int]]:
    """(when, customer id) of standing answers that changed later, in that order. By index."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [*after, limit])
        rows: list[tuple[dt.datetime, int]] = cursor.fetchall()
    return rows


def checks(*, customer_id: int) -> QuerySet[IdentityCheck]:
    return IdentityCheck.objects.filter(customer_id=customer_id).order_by("-id")


def bureau_records(*, customer_id: int) -> QuerySet[BureauRecord]:
    return BureauRecord.objects.filter(customer_id=customer_id).order_by("-id")


def inquiries(*, customer_id: int) -> QuerySet[Inquiry]:
    """What was asked outside about one customer, newest first."""
    return Inquiry.objects.filter(customer_id=customer_id).order_by("-id")


def newest_verdict(*, customer_id: int) -> IdentityVerdict | None:
    """What the last comparison with a bureau found."""
    return IdentityVerdict.objects.filter(customer_id=customer_id).order_by("-id").first()


def case(*, public_id: str) -> IdentityCase:
    """With its customer and finding. Raises: Missing."""
    rows = IdentityCase.objects.select_related("customer", "verdict")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise Missing(_("No such case."), code="case_unknown")
    return found


def undecided_case(*, customer_id: int) -> IdentityCase | None:
    rows = IdentityCase.objects.filter(customer_id=customer_id)
    return rows.filter(state__in=[CaseState.OPEN, CaseState.WAITING]).first()


def next_case(*, after_id: int) -> IdentityCase | None:
    """The oldest one to decide behind this one, else the oldest of all but it."""
    rows = IdentityCase.objects.filter(state=CaseState.OPEN).exclude(id=after_id).order_by("id")
    return rows.filter(id__gt=after_id).first() or rows.first()


def cases_to_decide(*, at_most: int) -> int:
    """Counted no further than `at_most`."""
    return IdentityCase.objects.filter(state=CaseState.OPEN)[:at_most].count()


def sides(case: IdentityCase) -> list[tuple[str, str | None, str | None]]:
    """Profile and newest record in clear. Shape: (field, ours, the bureau's)."""
    record = compared_record(customer_id=case.customer_id)
    theirs = sealing.opened(record)
    return [
        (name, profiles.opened(case.customer, name), value)
        for name, value in zip(
            sealing.FIELDS, (theirs.name, theirs.id_number, theirs.phone), strict=True
        )
    ]


def compared_record(*, customer_id: int) -> BureauRecord | None:
    """The record the standing answer rests on."""
    row = Verification.objects.filter(customer_id=customer_id).select_related("bureau_record")
    found = row.first()
    return found.bureau_record if found else None
