"""Served under /account/, before the login library's own pages."""

from __future__ import annotations

from django.urls import path

from accounts.staff import views

urlpatterns = [
    path("signup/", views.signup_closed, name="staff_signup_closed"),
    path("language/", views.choose_language, name="staff_language"),
]
