"""Which sessions a staff user has; the newest few live."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.staff.models import StaffSession, StaffUser
from backoffice.lib import clock


@transaction.atomic
def begin(*, user_id: int, session_key: str) -> int:
    """Note a new session and end the oldest beyond STAFF_SESSIONS_PER_USER.

    Returns how many were ended. Effects: locks the user's row, so that two logins at once
    count each other; forgets sessions that are over anyway.
    """
    StaffUser.objects.select_for_update().get(pk=user_id)
    StaffSession.objects.update_or_create(session_key=session_key, defaults={"user_id": user_id})
    mine = StaffSession.objects.filter(user_id=user_id)
    alive = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    mine.exclude(session_key__in=alive).delete()
    newest_first = mine.order_by("-started_at", "-id").values_list("session_key", flat=True)
    ended = list(newest_first)[settings.STAFF_SESSIONS_PER_USER :]
    _end(ended)
    return len(ended)


@transaction.atomic
def end_all(*, user_id: int) -> None:
    """Effects: signs the user out everywhere."""
    keys = StaffSession.objects.filter(user_id=user_id).values_list("session_key", flat=True)
    _end(list(keys))


def _end(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    StaffSession.objects.filter(session_key__in=keys).delete()
