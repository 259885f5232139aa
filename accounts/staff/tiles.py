"""What the home page says about the lender's own people."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.staff import queries
from backoffice.console.dashboard import Tile, register_tile


def second_factors() -> dict[str, Any]:
    """How many of those who can sign in do it with a second factor."""
    people, protected = queries.second_factor_counts()
    return {
        "number": f"{protected} / {people}",
        "href": reverse("admin:accounts_staffuser_changelist"),
        "detail": gettext("open sessions: %(count)s") % {"count": queries.sessions_open()},
    }


register_tile(
    Tile(
        "second_factors",
        50,
        "accounts.view_staffuser",
        _("Second factor"),
        _("Active staff users who sign in with one."),
        "console/tile_number.html",
        second_factors,
    )
)
