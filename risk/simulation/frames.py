"""A partition's bytes as a lazy Polars frame of what a decision would see at a moment."""

from __future__ import annotations

import datetime as dt
import io

import polars as pl

from risk.signals.catalogue import STALENESS, STORED, observed_column, stale_column, staleness_of
from risk.simulation import bands
from risk.simulation.formulas import derived_columns


def opened(content: bytes) -> pl.LazyFrame:
    """Only the columns somebody asks for are read."""
    return pl.scan_parquet(io.BytesIO(content))


def seen_at(frame: pl.LazyFrame, at: dt.datetime) -> pl.LazyFrame:
    """Values that were observed too long before `at` are null, and `<signal>_is_stale` is true;
    what is worked out of others is added.

    The same rule as `risk.signals.rules.is_stale`: a value whose observation is unknown is stale.
    """
    there = set(frame.collect_schema().names())  # a snapshot may be older than the catalogue
    fresh = {name: _is_fresh(name, at) for name in STORED if name in there}
    known = frame.with_columns(
        *(pl.when(is_fresh).then(pl.col(name)).alias(name) for name, is_fresh in fresh.items()),
        *(
            (pl.col(name).is_not_null() & ~fresh[name]).alias(stale_column(name))
            for name in map(staleness_of, STALENESS)
            if name in there
        ),
    )
    derived = derived_columns(at).items()
    return known.with_columns(
        **{name: column for name, column in derived if there.issuperset(column.meta.root_names())}
    )


def with_segments(frame: pl.LazyFrame, at: dt.datetime) -> pl.LazyFrame:
    """Adds a text column a dimension: `tier`, `region`, `age`, `tenure`. After `seen_at`."""
    since = bands.tenure_starts(at)
    return frame.with_columns(
        _banded(pl.col("score"), bands.SCORE_BOUNDS).alias("tier"),
        pl.when(pl.col("region").is_in(list(bands.REGIONS)))
        .then(pl.col("region"))
        .otherwise(pl.lit(bands.UNKNOWN))
        .alias("region"),
        _banded(pl.col("age_years"), bands.AGE_BOUNDS).alias("age"),
        _since(since).alias("tenure"),
    )


def _is_fresh(name: str, at: dt.datetime) -> pl.Expr:
    days = STORED[name].fresh_days
    if days is None:
        return pl.lit(value=True)
    oldest = pl.lit(at - dt.timedelta(days=days)).cast(pl.Datetime("us", "UTC"))
    return (pl.col(observed_column(name)) >= oldest).fill_null(value=False)


def _banded(column: pl.Expr, bounds: tuple[int, ...]) -> pl.Expr:
    found = pl.lit(bands.UNKNOWN)
    for bound, code in zip(bounds, bands.band_codes(bounds), strict=True):
        found = pl.when(column >= bound).then(pl.lit(code)).otherwise(found)
    return found


def _since(starts: tuple[dt.datetime, ...]) -> pl.Expr:
    """A customer from after the snapshot's moment (clocks differ) is a new one."""
    codes = bands.band_codes(bands.TENURE_DAYS)
    found = pl.lit(codes[0])
    for start, code in zip(starts[1:], codes[1:], strict=True):
        moment = pl.lit(start).cast(pl.Datetime("us", "UTC"))
        found = pl.when(pl.col("created_at") <= moment).then(pl.lit(code)).otherwise(found)
    return found
