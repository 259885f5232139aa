"""What the home page says about policies on their way."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.console.dashboard import Tile, register_tile
from risk.policies.models import PolicyVersion, VersionStatus


def policies_on_their_way() -> dict[str, Any]:
    """Versions that wait for somebody: the author, the approver, the publisher."""
    waiting = [VersionStatus.DRAFT, VersionStatus.SUBMITTED, VersionStatus.APPROVED]
    counts = dict(
        PolicyVersion.objects.filter(status__in=waiting)
        .values_list("status")
        .annotate(Count("id"))
        .order_by()
    )
    page = reverse("admin:risk_policyversion_changelist")
    labels = {
        VersionStatus.DRAFT: _now("being drafted"),
        VersionStatus.SUBMITTED: _now("awaiting approval"),
        VersionStatus.APPROVED: _now("approved, not in force"),
    }
    return {
        "rows": [
            {"label": label, "value": counts.get(status.value, 0),
             "href": f"{page}?status__exact={status.value}"}
            for status, label in labels.items()
        ]
    }  # fmt: skip


register_tile(
    Tile(
        "policies",
        35,
        "risk.view_policyversion",
        _("Policies on their way"),
        _("Nobody approves what they submitted themselves."),
        "console/tile_list.html",
        policies_on_their_way,
    )
)
