"""What the home page says about decisions and campaigns."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backoffice.console.dashboard import STACKED_OPTIONS, Tile, chart, register_tile
from backoffice.console.labels import ACCESS_WORDS, CHART_COLOURS, product_name
from backoffice.lib import clock
from risk.decisions import queries
from risk.decisions.models import Decision

DAYS_SHOWN = 14


def decisions_today() -> dict[str, Any]:
    """Decisions since midnight in the lender's time zone."""
    today = clock.business_date(clock.now())
    midnight = dt.datetime.combine(today, dt.time(), tzinfo=clock.business_zone())
    rows = dict(
        Decision.objects.filter(decided_at__gte=midnight)
        .values_list("state")
        .annotate(Count("id"))
        .order_by()
    )
    return {
        "number": sum(rows.values()),
        "href": reverse("admin:risk_decision_changelist"),
        "detail": " · ".join(f"{name} {rows.get(code, 0)}" for code, name in ACCESS_WORDS.items()),
    }


def decisions_by_day() -> dict[str, Any]:
    first = clock.business_date(clock.now()) - dt.timedelta(days=DAYS_SHOWN - 1)
    since = dt.datetime.combine(first, dt.time(), tzinfo=clock.business_zone())
    rows = (
        Decision.objects.filter(decided_at__gte=since)
        .annotate(day=TruncDate("decided_at", tzinfo=clock.business_zone()))
        .values_list("day", "state")
        .annotate(count=Count("id"))
        .order_by("day")
    )
    counts = {(day, state): count for day, state, count in rows}
    today = clock.business_date(clock.now())
    # Every day has its place, also one without decisions: a gap is news.
    days = [today - dt.timedelta(days=ago) for ago in range(DAYS_SHOWN - 1, -1, -1)]
    series = [
        (ACCESS_WORDS[state], [counts.get((day, state), 0) for day in days], colour)
        for state, colour in CHART_COLOURS.items()
    ]
    labels = [day.strftime("%m-%d") for day in days]
    return {"chart": chart(labels, series) if counts else "", "options": STACKED_OPTIONS}


def running_campaigns() -> dict[str, Any]:
    rows = [
        {
            "label": product_name(campaign.product),
            "value": f"{campaign.customers_done} / {campaign.customers_total}",
            "href": reverse("admin:risk_campaign_change", args=[campaign.pk]),
        }
        for campaign in queries.campaigns().filter(state__in=["running", "paused"])[:5]
    ]
    return {"rows": rows, "empty": _now("No campaign is running.")}


register_tile(
    Tile(
        "decisions_today",
        10,
        "risk.view_decision",
        _("Decisions today"),
        _("Since midnight; what the policy said, before switches."),
        "console/tile_number.html",
        decisions_today,
    )
)
register_tile(
    Tile(
        "campaigns",
        40,
        "risk.view_campaign",
        _("Campaigns running"),
        _("Live policies being applied to every customer by the worker."),
        "console/tile_list.html",
        running_campaigns,
    )
)
register_tile(
    Tile(
        "decisions_by_day",
        120,
        "risk.view_decision",
        _("Decisions by day"),
        _("The last 14 days, by what the policy said."),
        "console/tile_chart.html",
        decisions_by_day,
        is_wide=True,
    )
)
