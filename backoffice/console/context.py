"""The console's frame around the login library's pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


def account_pages(request: HttpRequest) -> dict[str, Any]:
    """Sidebar, colours and title for /account/ pages; admin pages bring their own."""
    if not request.path.startswith("/account/"):
        return {}
    return admin.site.each_context(request)
