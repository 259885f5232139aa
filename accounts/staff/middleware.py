"""Sessions end by themselves, are few, and need a second factor where the lender says so."""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from accounts.staff import sessions
from accounts.staff.models import StaffUser

_STARTED, _SEEN = "staff_started", "staff_seen"
SEEN_STEP_SECONDS = 60  # a session row is written at most this often


class StaffSessionMiddleware:
    """Idle 30 minutes or 12 hours in all end a session; a fourth one ends the oldest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_api = request.path.startswith("/api/")
        if is_api or not request.user.is_authenticated:
            return self.get_response(request)
        if not self._is_current(request):
            logout(request)
            return redirect(settings.LOGIN_URL)
        if self._needs_second_factor(request):
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _is_current(self, request: HttpRequest) -> bool:
        now, session = int(time.time()), request.session
        if _STARTED not in session:
            session[_STARTED] = session[_SEEN] = now
            self._begin(request)
            return True
        is_old = now - session[_STARTED] > settings.STAFF_SESSION_LIFETIME_SECONDS
        is_idle = now - session[_SEEN] > settings.STAFF_SESSION_IDLE_SECONDS
        if is_old or is_idle:
            return False
        if now - session[_SEEN] >= SEEN_STEP_SECONDS:
            session[_SEEN] = now
        return True

    def _begin(self, request: HttpRequest) -> None:
        user = request.user
        assert isinstance(user, StaffUser)  # noqa: S101 — the only user model
        if request.session.session_key is None:
            request.session.save()
        sessions.begin(user_id=user.pk, session_key=request.session.session_key or "")
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language

    def _needs_second_factor(self, request: HttpRequest) -> bool:
        is_open = request.path.startswith(("/account/", "/i18n/", "/static/"))
        return settings.REQUIRE_SECOND_FACTOR and not is_open and not is_mfa_enabled(request.user)
