"""Which sessions a staff user has; the newest few live."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.staff.models import StaffSession, StaffUser


@transaction.atomic
def begin(*, user_id: int, session_key: str) -> None:
    """Note a new session and end the oldest beyond STAFF_SESSIONS_PER_USER.

    Effects: locks the user's row, so that two logins at once count each other.
    """
    StaffUser.objects.select_for_update().get(pk=user_id)
    StaffSession.objects.update_or_create(
        session_key=session_key, defaults={"user_id": user_id}
    )
    keys = list(
        StaffSession.objects.filter(user_id=user_id)
        .order_by("-started_at", "-id")
        .values_list("session_key", flat=True)
    )
    ended = keys[settings.STAFF_SESSIONS_PER_USER :]
    if ended:
        Session.objects.filter(session_key__in=ended).delete()
        StaffSession.objects.filter(session_key__in=ended).delete()


@transaction.atomic
def end_all(*, user_id: int) -> None:
    """Effects: signs the user out everywhere."""
    keys = StaffSession.objects.filter(user_id=user_id).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    StaffSession.objects.filter(user_id=user_id).delete()
