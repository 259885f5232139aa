"""Derived signals of a population: the columns that say what `risk.signals.formulas` says of one.

Shares are whole numbers of their last place, as everywhere in a snapshot.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from risk.signals.catalogue import SIGNALS, STORED, observed_column
from risk.signals.derived_entries import (
    AGED_SOURCES,
    BANDS,
    CHANGE_DAYS,
    SHARE_DAYS,
    TREND_DAYS,
    mark_of_score,
    mark_of_source,
)
from risk.signals.facts import SignalSource
from risk.signals.formulas import BAND_STARTS, BANDS_END, DIFFERENCES, PLACES

_OWN_TIMES = (SignalSource.PROFILE, SignalSource.VERIFICATION)


def derived_columns(at: dt.datetime) -> dict[str, pl.Expr]:
    """By signal; they stand on columns of values as a decision sees them."""
    return {name: _bounded(name, column) for name, column in _columns(at).items()}


def _columns(at: dt.datetime) -> dict[str, pl.Expr]:
    found = {
        f"score_change_{days}d": _whole("score") - _whole(mark_of_score(days))
        for days in CHANGE_DAYS
    }
    found["score_band"] = _band()
    for days in SHARE_DAYS:
        due, missed = _whole(f"payments_due_{days}d"), _whole(f"payments_missed_{days}d")
        found[f"on_time_share_{days}d"] = _cut((due - missed).clip(lower_bound=0), due)
    for days in TREND_DAYS:
        net = _whole(f"drawn_{days}d_cents") - _whole(f"repaid_{days}d_cents")
        found[f"utilisation_trend_{days}d"] = _cut(net, _whole("current_limit_cents"))
    found["tenure_days"] = _age(pl.col("created_at"), at)
    found["identity_differences"] = pl.sum_horizontal(
        pl.col(name).is_in(list(DIFFERENCES)).cast(pl.Int64)
        for name in ("name_comparison", "id_number_comparison", "phone_comparison")
    )
    for source in AGED_SOURCES:
        found[f"{source.value}_age_days"] = _age(_told_at(source), at)
    return found


def _whole(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64)


def _cut(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole != 0).then(part * 10**PLACES // whole)


def _band() -> pl.Expr:
    score, found = pl.col("score"), pl.lit(None, dtype=pl.String)
    for start, band in zip(BAND_STARTS, BANDS, strict=True):
        found = pl.when(score >= start).then(pl.lit(band)).otherwise(found)
    return pl.when(score < BANDS_END).then(found)


def _told_at(source: SignalSource) -> pl.Expr:
    if source in _OWN_TIMES:
        return pl.col(mark_of_source(source))
    columns = [observed_column(name) for name, one in STORED.items() if one.source is source]
    return pl.max_horizontal(columns)


def _age(moment: pl.Expr, at: dt.datetime) -> pl.Expr:
    now = pl.lit(at).cast(pl.Datetime("us", "UTC"))
    return (now - moment).dt.total_days().clip(lower_bound=0)


def _bounded(name: str, column: pl.Expr) -> pl.Expr:
    signal = SIGNALS[name]
    if signal.least is None or signal.greatest is None:
        return column
    unit = 10**signal.decimal_places
    return column.clip(int(signal.least * unit), int(signal.greatest * unit))
