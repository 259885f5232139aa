"""The table of contents of everything served."""

from __future__ import annotations

from allauth.account.views import logout
from allauth.idp.oidc import views as oauth
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
    # Of the login library's OAuth server only what a machine needs: nobody signs in elsewhere
    # through us, so there is nothing to authorise, no device and no key to publish.
    path("identity/o/api/token", oauth.token, name="token"),
    path("identity/o/api/revoke", oauth.revoke, name="token_revoke"),
    path("api/v1/", include("backoffice.api.urls")),
    path("api/v1/", include("compliance.urls")),
    path("api/v1/", include("accounts.urls")),
    path("api/v1/", include("risk.urls")),
]
handler500 = "backoffice.console.outage.server_error"
