"""What the home page says about access."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.access.models import Access, Restriction
from backoffice.console.dashboard import STACKED_OPTIONS, Tile, chart, register_tile
from backoffice.console.labels import CHART_COLOURS, SERIES_COLOURS
from backoffice.lib import clock

WEEKS = 26
CAUSES_SHOWN = 7


def access_by_product() -> dict[str, Any]:
    """Stored access per product and state."""
    rows = (
        Access.objects.filter(state__isnull=False)
        .values_list("product__code", "state")
        .annotate(count=Count("id"))
        .order_by("product__code")
    )
    counts = {(code, state): count for code, state, count in rows}
    codes = sorted({code for code, _state in counts})
    names = {"OPEN": _now("open"), "LIMITED": _now("limited"), "CLOSED": _now("closed")}
    series = [
        (names[state], [counts.get((code, state), 0) for code in codes], colour)
        for state, colour in CHART_COLOURS.items()
    ]
    return {"chart": chart(codes, series) if codes else "", "options": STACKED_OPTIONS}


def restrictions_by_cause() -> dict[str, Any]:
    """Restrictions started per week and reason, the commonest reasons apart."""
    since = clock.now() - dt.timedelta(weeks=WEEKS)
    rows = list(
        Restriction.objects.filter(started_at__gte=since)
        .annotate(week=TruncWeek("started_at"))
        .values_list("week", "reason__code")
        .annotate(count=Count("id"))
        .order_by("week")
    )
    totals: dict[str, int] = {}
    for _week, code, count in rows:
        totals[code] = totals.get(code, 0) + count
    shown = sorted(totals, key=lambda code: -totals[code])[:CAUSES_SHOWN]
    weeks = sorted({week for week, _code, _count in rows})
    counts = {(week, code): count for week, code, count in rows}
    series = [
        (code, [counts.get((week, code), 0) for week in weeks], SERIES_COLOURS[index])
        for index, code in enumerate(shown)
    ]
    others = [
        sum(count for (at, code), count in counts.items() if at == week and code not in shown)
        for week in weeks
    ]
    if any(others):
        series.append((_now("others"), others, SERIES_COLOURS[-1]))
    labels = [week.strftime("%m-%d") for week in weeks]
    return {"chart": chart(labels, series) if weeks else "", "options": STACKED_OPTIONS}


register_tile(
    Tile(
        "access_by_product",
        100,
        "accounts.view_access",
        _("Access by product"),
        _("Customers per product and stored state. A switch that is on lies over it."),
        "console/tile_chart.html",
        access_by_product,
        is_wide=True,
    )
)
register_tile(
    Tile(
        "restrictions_by_cause",
        110,
        "accounts.view_restriction",
        _("New restrictions by cause"),
        _("Restrictions started in each of the last 26 weeks, by reason."),
        "console/tile_chart.html",
        restrictions_by_cause,
        is_wide=True,
    )
)
