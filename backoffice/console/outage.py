"""What a person sees when the house itself is unwell."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. A database that is restarting is "try again", not a fault: 503.

    Renders without the database, the session or the signed-in user.
    """
    is_database_away = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    status = 503 if is_database_away else 500
    page = render_to_string(f"{status}.html")
    return HttpResponse(page, status=status, headers={"Retry-After": "5"} if status == 503 else {})
