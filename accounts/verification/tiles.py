"""What the home page says about identities."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.verification import queries
from backoffice.console.dashboard import Tile, register_tile

COUNT_AT_MOST = 1000


def cases() -> dict[str, Any] | None:
    """Nothing to show while nothing waits."""
    found = queries.cases_to_decide(at_most=COUNT_AT_MOST)
    if not found:
        return None
    return {
        "rows": [
            {
                "label": _now("identities to decide"),
                "value": f"{found}+" if found == COUNT_AT_MOST else found,
                "href": reverse("admin:accounts_identitycase_changelist") + "?state__exact=open",
            }
        ]
    }


register_tile(
    Tile(
        "identity_cases",
        35,
        "accounts.decide_identitycase",
        _("Identity"),
        _("Profiles that differ from the bureau's record. Counted up to 1,000."),
        "console/tile_list.html",
        cases,
    )
)
