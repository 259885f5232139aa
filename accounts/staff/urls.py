"""Served under /account/, before the login library's own pages."""

from __future__ import annotations

from django.urls import path, re_path

from accounts.staff import views

# What the library offers to the public and a back office does not: an administrator makes
# accounts and sets forgotten passwords.
_PUBLIC = r"^(?:signup|email|confirm-email|password/reset|password/set|3rdparty|social)/"

urlpatterns = [
    path("language/", views.choose_language, name="staff_language"),
    re_path(_PUBLIC, views.closed, name="staff_closed"),
]
