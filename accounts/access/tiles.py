"""What the home page says about access."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncWeek
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.access.models import Access, Product, Restriction
from backoffice.console.dashboard import STACKED_OPTIONS, Tile, chart, register_tile
from backoffice.console.labels import (
    ACCESS_WORDS,
    CHART_COLOURS,
    SERIES_COLOURS,
    product_name,
    shortened,
)
from backoffice.lib import clock
from compliance.reasons import queries as reasons

WEEKS = 26
CAUSES_SHOWN = 7
LEGEND_AT_MOST = 30


def access_by_product() -> dict[str, Any]:
    """Stored access per product and state."""
    rows = (
        Access.objects.filter(state__isnull=False)
        .values_list("product_id", "state")
        .annotate(count=Count("id"))
        .order_by()
    )
    counts = {(product, state): count for product, state, count in rows}
    products = [
        product
        for product in Product.objects.order_by("code")
        if any((product.pk, state) in counts for state in ACCESS_WORDS)
    ]
    series = [
        (ACCESS_WORDS[state], [counts.get((one.pk, state), 0) for one in products], colour)
        for state, colour in CHART_COLOURS.items()
    ]
    names = [product_name(product) for product in products]
    return {"chart": chart(names, series) if products else "", "options": STACKED_OPTIONS}


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
    counts = {(week, code): count for week, code, count in rows}
    weeks = sorted({week for week, _code in counts})
    shown = _commonest(counts)
    words = {
        reason.code: shortened(reason.text, at_most=LEGEND_AT_MOST)
        for reason in reasons.reasons(codes=shown, language=get_language() or "zh-hans")
    }
    series = [
        (words.get(code, code), [counts.get((week, code), 0) for week in weeks], colour)
        for code, colour in zip(shown, SERIES_COLOURS, strict=False)
    ]
    others = [
        sum(count for (at, code), count in counts.items() if at == week and code not in shown)
        for week in weeks
    ]
    if any(others):
        series.append((_now("others"), others, SERIES_COLOURS[-1]))
    labels = [week.strftime("%m-%d") for week in weeks]
    return {"chart": chart(labels, series) if weeks else "", "options": STACKED_OPTIONS}


def _commonest(counts: dict[tuple[Any, str], int]) -> list[str]:
    totals: dict[str, int] = {}
    for (_week, code), count in counts.items():
        totals[code] = totals.get(code, 0) + count
    return sorted(totals, key=lambda code: (-totals[code], code))[:CAUSES_SHOWN]


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
