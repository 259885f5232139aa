"""The home page: tiles that rooms register, shown to those who may see what they count.

    register_tile(
        Tile(
            "decisions_today", 10, "risk.view_decision", gettext_lazy("Decisions today"),
            gettext_lazy("Since midnight."), "console/tile_number.html", decisions_today,
        )
    )

What `build` returns is the template's context, under `tile`:
tile_number.html: number, href, detail · tile_chart.html: chart (from `chart()`), options ·
tile_list.html: rows of label, value, href; empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.utils.translation import gettext as _

_FAINT = "#8a97a8"  # axis words: readable on white and on black
_LINES = "rgba(138, 151, 168, .18)"


@dataclass(frozen=True, slots=True)
class Tile:
    """`permission` "" shows it to every operator; wide ones stand below, two in a row."""

    name: str
    order: int
    permission: str
    title: Any
    explanation: Any
    template: str
    build: Callable[[], dict[str, Any] | None]
    is_wide: bool = False


_TILES: dict[str, Tile] = {}


def register_tile(tile: Tile) -> None:
    """Call it from a room's admin. `build` may return None: nothing to show just now."""
    _TILES[tile.name] = tile


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK. Effects: one query for the hint, plus what tiles ask."""
    shown = []
    for tile in sorted(_TILES.values(), key=lambda tile: tile.order):
        if tile.permission and not request.user.has_perm(tile.permission):
            continue
        built = tile.build()
        if built is not None:
            shown.append(_shown(tile, built))
    hint = "" if is_mfa_enabled(request.user) else _("Your account has only a password.")
    return {**context, "title": _("Home"), "tiles": shown, "second_factor_hint": hint}


def chart(labels: Sequence[Any], series: Sequence[tuple[Any, Sequence[Any], str]]) -> str:
    """What Unfold's script hands to Chart.js: series are (name, values, colour)."""
    datasets = [
        {
            "label": str(name),
            "data": list(values),
            "borderColor": colour,
            "backgroundColor": colour,
            "borderRadius": 3,
            "maxBarThickness": 36,
        }
        for name, values, colour in series
    ]
    return json.dumps({"labels": [str(label) for label in labels], "datasets": datasets})


def _shown(tile: Tile, built: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": tile.name,
        "title": tile.title,
        "explanation": tile.explanation,
        "template": tile.template,
        "is_wide": tile.is_wide,
        **built,
        # The same figures as a table, for those who cannot see a canvas.
        "figures": json.loads(built["chart"]) if built.get("chart") else None,
    }


def _axis(**given: Any) -> dict[str, Any]:
    ticks = {"color": _FAINT, "precision": 0, "maxRotation": 0, "autoSkipPadding": 12}
    return {"border": {"display": False}, "ticks": ticks, **given}


def _options(*, is_stacked: bool) -> str:
    legend = {"boxWidth": 10, "boxHeight": 10, "color": _FAINT}
    return json.dumps(
        {
            "responsive": True,
            "maintainAspectRatio": False,
            "animation": False,
            "interaction": {"mode": "index", "intersect": False},
            "scales": {
                "x": _axis(stacked=is_stacked, grid={"display": False}),
                "y": _axis(stacked=is_stacked, grid={"color": _LINES}, beginAtZero=True),
            },
            "plugins": {"legend": {"position": "bottom", "align": "start", "labels": legend}},
        }
    )


STACKED_OPTIONS = _options(is_stacked=True)
SIDE_BY_SIDE_OPTIONS = _options(is_stacked=False)
