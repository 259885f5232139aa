"""The table of contents of everything served."""

from __future__ import annotations

from allauth.account.views import logout
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView


def _nowhere(request: HttpRequest, **_where: object) -> HttpResponse:
    """Django's "view on site": nothing here has a public page, and some models have no table."""
    raise Http404


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/logout/", logout),  # one way out, on record
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/r/<path:where>", _nowhere),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.staff.urls")),
    path("account/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("allauth.idp.urls")),
    path("api/v1/", include("backoffice.api.urls")),
    path("api/v1/", include("compliance.urls")),
    path("api/v1/", include("accounts.urls")),
    path("api/v1/", include("risk.urls")),
]
handler500 = "backoffice.console.outage.server_error"
