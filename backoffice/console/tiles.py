"""What a tile on the home page can show. A room's builder returns one of these; that is all.

    register_tile(
        title=_("Decisions today"),
        explanation=_("Asked by the lender's own systems and by campaigns."),
        order=20,
        permission="risk.view_decision",
        build=decisions_today,          # (request) -> Numbers | Chart | Rows
    )
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.http import HttpRequest


class Tone(StrEnum):
    """What a colour means, the same on every tile."""

    NEUTRAL = "neutral"
    PRIMARY = "primary"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


# Chart.js draws on a canvas and knows no CSS classes: middle tones that read on light and dark.
_COLOURS = {
    Tone.NEUTRAL: ("#94a3b8", "#64748b", "#cbd5e1"),
    Tone.PRIMARY: ("#14808c", "#5fb3bd", "#0f5a63"),
    Tone.GOOD: ("#2f9e6d", "#74c7a2", "#1f7a52"),
    Tone.WARNING: ("#d9962b", "#eec27a", "#a86f15"),
    Tone.BAD: ("#cf4f4f", "#e39292", "#9d3535"),
}
_SEQUENCE = ("#14808c", "#d9962b", "#5b6fb8", "#cf4f4f", "#2f9e6d", "#9a6bb0", "#94a3b8", "#7a5c3e")


@dataclass(frozen=True, slots=True)
class Number:
    """One figure. `value` is already formatted for people."""

    label: Any
    value: str
    hint: Any = ""
    link: str = ""
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class Numbers:
    items: Sequence[Number]
    template: str = "console/tiles/numbers.html"


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one colour of bars; `values` run along the chart's labels."""

    label: Any
    values: Sequence[float | int | None]
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind` is "bar" or "line"; stacked charts add their series up."""

    labels: Sequence[str]
    series: Sequence[Series]
    kind: str = "bar"
    is_stacked: bool = False
    is_horizontal: bool = False
    template: str = "console/tiles/chart.html"

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def values_json(self) -> str:
        """What Unfold's script hands to Chart.js."""
        datasets = [
            self._dataset(series, _colour(self.series, at)) for at, series in enumerate(self.series)
        ]
        return json.dumps({"labels": [str(label) for label in self.labels], "datasets": datasets})

    @property
    def options_json(self) -> str:
        return json.dumps(_options(self))

    @property
    def rows(self) -> list[tuple[str, list[float | int | None]]]:
        """The same figures as a table, for those who cannot see the canvas."""
        return [(str(series.label), list(series.values)) for series in self.series]

    def _dataset(self, series: Series, colour: str) -> dict[str, Any]:
        common = {
            "label": str(series.label),
            "data": list(series.values),
            "borderColor": colour,
            "backgroundColor": colour,
        }
        if self.kind == "line":
            return common | {"borderWidth": 2, "pointRadius": 0, "tension": 0.3, "fill": False}
        return common | {"borderRadius": 3, "maxBarThickness": 34}


@dataclass(frozen=True, slots=True)
class Row:
    text: Any
    detail: Any = ""
    link: str = ""
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class Rows:
    items: Sequence[Row]
    empty: Any = ""
    template: str = "console/tiles/rows.html"


Content = Numbers | Chart | Rows


@dataclass(frozen=True, slots=True)
class Tile:
    """`columns` of four is how wide it is; `permission` "" shows it to every operator."""

    title: Any
    explanation: Any
    order: int
    permission: str
    build: Callable[[HttpRequest], Content | None] = field(repr=False)
    columns: int = 2


def _colour(series: Sequence[Series], at: int) -> str:
    tone = series[at].tone
    if tone is None:
        return _SEQUENCE[at % len(_SEQUENCE)]
    before = sum(1 for other in series[:at] if other.tone is tone)
    return _COLOURS[tone][before % len(_COLOURS[tone])]


def _options(chart: Chart) -> dict[str, Any]:
    ticks = {"color": "#8a97a8", "precision": 0}
    category = {
        "stacked": chart.is_stacked,
        "grid": {"display": False},
        "border": {"display": False},
        "ticks": {"color": "#8a97a8", "maxRotation": 0, "autoSkipPadding": 12},
    }
    value = {
        "stacked": chart.is_stacked,
        "beginAtZero": True,
        "grid": {"color": "rgba(138,151,168,.18)"},
        "border": {"display": False},
        "ticks": ticks,
    }
    x, y = (value, category) if chart.is_horizontal else (category, value)
    return {
        "indexAxis": "y" if chart.is_horizontal else "x",
        "responsive": True,
        "maintainAspectRatio": False,
        "animation": False,
        "interaction": {"mode": "index", "intersect": False},
        "scales": {"x": x, "y": y},
        "plugins": {
            "legend": {
                "display": len(chart.series) > 1,
                "position": "bottom",
                "align": "start",
                "labels": {"boxWidth": 10, "boxHeight": 10, "color": "#8a97a8"},
            }
        },
    }
