"""Reading staff users."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.staff.models import StaffSession, StaffUser


def staff_users() -> QuerySet[StaffUser]:
    """Everybody, with `has_second_factor` and prefetched groups: no query per row."""
    factors = Authenticator.objects.filter(user_id=OuterRef("pk"))
    return StaffUser.objects.annotate(has_second_factor=Exists(factors)).prefetch_related("groups")


def names(*, user_ids: set[int]) -> dict[int, str]:
    """What people are called, for lists that hold ids."""
    found = StaffUser.objects.filter(pk__in=user_ids).only("pk", "username", "display_name")
    return {user.pk: user.get_full_name() for user in found}


def second_factor_counts() -> tuple[int, int]:
    """(active staff users, those of them with a second factor)."""
    counted = (
        staff_users()
        .filter(is_active=True, is_staff=True)
        .order_by()
        .values("has_second_factor")
        .annotate(number=Count("pk", distinct=True))
        .values_list("has_second_factor", "number")
    )
    by_factor = dict(counted)
    return sum(by_factor.values()), by_factor.get(True, 0)


def sessions_open() -> int:
    """Browser sessions noted for staff users, at most a few a user."""
    return StaffSession.objects.count()
