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
    factors = Authenticator.objects.filter(user_id=OuterRef("pk"))
    people = StaffUser.objects.filter(is_active=True, is_staff=True)
    counted = people.aggregate(everybody=Count("pk"), protected=Count("pk", filter=Exists(factors)))
    return counted["everybody"], counted["protected"]


def sessions_open() -> int:
    """Browser sessions noted for staff users, at most a few a user."""
    return StaffSession.objects.count()
