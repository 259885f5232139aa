"""The few pages of the staff room that the login library does not have."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts.staff.models import StaffUser


def closed(request: HttpRequest) -> HttpResponse:
    """Sign-up, e-mail and reset pages: accounts are an administrator's work."""
    return render(request, "account/signup_closed.html", status=403)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Django's language switch, remembered for the staff user's next sign-in."""
    language = request.POST.get("language", "")
    known = {code for code, _name in settings.LANGUAGES}
    if request.user.is_authenticated and language in known and check_for_language(language):
        StaffUser.objects.filter(pk=request.user.pk).update(language=language)
    return set_language(request)
