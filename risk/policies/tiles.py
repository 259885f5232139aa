"""What the home page says about policies on their way."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.console.dashboard import Tile, register_tile
from risk.policies import queries
from risk.policies.models import PolicyVersion, VersionStatus

_LABELS = {
    VersionStatus.DRAFT: _("being drafted"),
    VersionStatus.SUBMITTED: _("awaiting a backtest"),
    VersionStatus.BACKTESTED: _("awaiting approval"),
    VersionStatus.APPROVED: _("approved, not in force"),
    VersionStatus.SCHEDULED: _("scheduled"),
}


def policies_on_their_way() -> dict[str, Any]:
    """Versions that wait for somebody: the author, the approver, the publisher; and schedules
    that could not take effect."""
    counts = dict(
        PolicyVersion.objects.filter(status__in=_LABELS)
        .values_list("status")
        .annotate(Count("id"))
        .order_by()
    )
    page = reverse("admin:risk_policyversion_changelist")
    rows = [
        {"label": label, "value": counts.get(status.value, 0),
         "href": f"{page}?status__exact={status.value}"}
        for status, label in _LABELS.items()
    ]  # fmt: skip
    for version in queries.not_activated():
        address = reverse("admin:risk_policyversion_change", args=[version.pk])
        rows.append({"label": _now("schedule failed: %(title)s") % {"title": version.title},
                     "value": "!", "href": address})  # fmt: skip
    return {"rows": rows}


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
