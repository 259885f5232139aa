"""Sessions end by themselves, are few, and need a second factor where the lender says so."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.staff import sessions
from accounts.staff.models import StaffUser
from backoffice.lib import clock
from compliance.ledger import services as ledger
from compliance.ledger.facts import system

_STARTED, _SEEN, _KEY = "staff_started", "staff_seen", "staff_session_key"
SEEN_STEP_SECONDS = 60  # a session row is written at most this often
# Where somebody who still lacks the demanded second factor may go: to set one up, and out.
_OPEN_PATHS = ("/account/", "/i18n/", "/static/", "/admin/logout/", "/admin/jsi18n/")


class StaffSessionMiddleware:
    """Idle 30 minutes or 12 hours in all end a session; a fourth one ends the oldest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_api = request.path.startswith("/api/")
        if is_api or not request.user.is_authenticated:
            return self.get_response(request)
        user = request.user
        if not isinstance(user, StaffUser):
            raise TypeError("the only user model")
        if ended := _why_over(request):
            return _end(request, user, ended)
        is_first = _note(request, user)
        if settings.REQUIRE_SECOND_FACTOR and not _has_second_factor_or_may_pass(request):
            return _go(request, "mfa_index")
        response = self.get_response(request)
        return _keep_language(request, response, user if is_first else None)


def _why_over(request: HttpRequest) -> str | None:
    session, now = request.session, gettext()
    if _STARTED not in session:
        return None
    if now - session[_STARTED] > settings.STAFF_SESSION_LIFETIME_SECONDS:
        return "lifetime"
    if now - session[_SEEN] > settings.STAFF_SESSION_IDLE_SECONDS:
        return "idle"
    return None


def _note(request: HttpRequest, user: StaffUser) -> bool:
    """Whether this is the session's first request. Effects: at most one session row a minute."""
    session, now = request.session, gettext()
    if _STARTED not in session:
        session[_STARTED] = session[_SEEN] = now
        _begin(request, user)
        return True
    if session.get(_KEY) != session.session_key:  # a changed password gives a new key
        _begin(request, user)
    if now - session[_SEEN] >= SEEN_STEP_SECONDS:
        session[_SEEN] = now
    return False


def _begin(request: HttpRequest, user: StaffUser) -> None:
    session = request.session
    if session.session_key is None or not session.exists(session.session_key):
        session.save()
    session[_KEY] = session.session_key
    sessions.begin(user_id=user.pk, session_key=session.session_key or "")
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language


def _end(request: HttpRequest, user: StaffUser, why: str) -> HttpResponse:
    logout(request)
    ledger.record(
        actor=system("staff"),
        action="staff.session_ended",
        subject=("staff", str(user.pk)),
        detail={"why": why},
    )
    messages.info(request, _("Your session has ended. Please sign in again."))
    response = _go(request, settings.LOGIN_URL)
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


def _go(request: HttpRequest, to: str) -> HttpResponse:
    """A whole-page move, also out of a dialog that htmx is loading."""
    address = resolve_url(to)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    if request.method == "GET" and to == settings.LOGIN_URL:
        address = f"{address}?next={quote(request.get_full_path())}"
    return redirect(address)


def _has_second_factor_or_may_pass(request: HttpRequest) -> bool:
    return request.path.startswith(_OPEN_PATHS) or is_mfa_enabled(request.user)


def _keep_language(
    request: HttpRequest, response: HttpResponse, beginner: StaffUser | None
) -> HttpResponse:
    """The staff user's own language lasts from sign-in to sign-out unless they choose another."""
    if not request.user.is_authenticated:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    elif beginner and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, beginner.language, samesite="Lax")
    return response


def gettext() -> int:
    return int(clock.now().timestamp())
