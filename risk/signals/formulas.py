"""What each derived signal is: a pure function of other signals and marks at a moment.

A share is cut, not rounded, to four places, so that whole numbers give it exactly; columns of a
population give the same (`risk.simulation.formulas`). Whatever one part of is not known is not
known.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from risk.signals.derived_entries import (
    AGED_SOURCES,
    BANDS,
    CHANGE_DAYS,
    SHARE_DAYS,
    TREND_DAYS,
    mark_of_score,
    mark_of_source,
)
from risk.signals.facts import SignalValue

Seen = Mapping[str, Any]
Formula = Callable[[Seen, dt.datetime], SignalValue]

# Points from which each band holds, and where the last one ends. Source: the score bands
# published by Zhima Credit (350 to 950). A score outside them has no band.
BAND_STARTS = (350, 550, 600, 650, 700)
BANDS_END = 951
PLACES = 4
DIFFERENCES = ("differs", "invalid")


def _difference(seen: Seen, _at: dt.datetime, *, days: int) -> SignalValue:
    now, before = seen["score"], seen[mark_of_score(days)]
    return None if now is None or before is None else Decimal(now) - Decimal(before)


def _band(seen: Seen, _at: dt.datetime) -> SignalValue:
    score = seen["score"]
    if score is None or not BAND_STARTS[0] <= score < BANDS_END:
        return None
    return BANDS[bisect_right(BAND_STARTS, score) - 1]


def _on_time(seen: Seen, _at: dt.datetime, *, days: int) -> SignalValue:
    """A payment missed whose due date lies before the window must not make it negative."""
    due, missed = seen[f"payments_due_{days}d"], seen[f"payments_missed_{days}d"]
    return _cut(max(0, int(due) - int(missed)), int(due))


def _trend(seen: Seen, _at: dt.datetime, *, days: int) -> SignalValue:
    limit = seen["current_limit_cents"]
    net = int(seen[f"drawn_{days}d_cents"]) - int(seen[f"repaid_{days}d_cents"])
    return None if limit is None else _cut(net, int(limit))


def _cut(part: int, whole: int) -> Decimal | None:
    return Decimal(part * 10**PLACES // whole).scaleb(-PLACES) if whole else None


def _age(seen: Seen, at: dt.datetime, *, mark: str) -> SignalValue:
    """Whole days; what lies ahead of `at` (clocks differ) is new."""
    moment = seen[mark]
    return None if moment is None else Decimal(max(0, (at - moment).days))


def _differing(seen: Seen, _at: dt.datetime) -> SignalValue:
    fields = ("name_comparison", "id_number_comparison", "phone_comparison")
    return Decimal(sum(seen[field] in DIFFERENCES for field in fields))


FORMULAS: dict[str, Formula] = {
    **{f"score_change_{days}d": partial(_difference, days=days) for days in CHANGE_DAYS},
    "score_band": _band,
    **{f"on_time_share_{days}d": partial(_on_time, days=days) for days in SHARE_DAYS},
    **{f"utilisation_trend_{days}d": partial(_trend, days=days) for days in TREND_DAYS},
    "tenure_days": partial(_age, mark="customer_since"),
    "identity_differences": _differing,
    **{
        f"{source.value}_age_days": partial(_age, mark=mark_of_source(source))
        for source in AGED_SOURCES
    },
}
