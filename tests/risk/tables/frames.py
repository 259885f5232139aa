"""Rows as frames in every engine there is, and what a frame said as plain values.

PySpark joins in where it is installed (`.ci/run` installs it aside, with a Java); it is no skip
where it is not.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from typing import Any

import duckdb
import polars as pl

from risk.tables import services
from risk.tables.facts import FeelType, HitPolicy, HitPolicyViolation, Model
from tests.risk.tables.cases import BOOLEAN, DATE, NUMBER, STRING

Rows = list[dict[str, Any]]
Engine = Callable[[Any, pl.DataFrame, dict[str, int]], Rows]

# How a number may be held: the column's type, decimals of one step, and the places told.
HOLDINGS: list[tuple[Any, int, int]] = [
    (pl.Int8, 0, 0), (pl.Int32, 0, 0), (pl.Int64, 0, 0), (pl.UInt32, 0, 0), (pl.Int64, 2, 2),
    (pl.Int64, 17, 17), (pl.Decimal(38, 18), 18, 0), (pl.Decimal(38, 0), 0, 0),
    (pl.Decimal(9, 2), 2, 0), (pl.Decimal(38, 38), 38, 0),
]  # fmt: skip
_LIMITS = {
    pl.Int8: (-(2**7), 2**7 - 1), pl.Int32: (-(2**31), 2**31 - 1),
    pl.Int64: (-(2**63), 2**63 - 1), pl.UInt32: (0, 2**32 - 1),
}  # fmt: skip
_PLAIN = {STRING: pl.String, BOOLEAN: pl.Boolean, DATE: pl.Date}


def held(value: Any, holding: tuple[Any, int, int]) -> Any:
    """(what the column holds, the number that means): the nearest step below that fits."""
    if value is None:
        return None, None
    dtype, decimals, _places = holding
    is_whole = dtype in _LIMITS
    low, high = _LIMITS[dtype] if is_whole else (1 - 10**dtype.precision, 10**dtype.precision - 1)
    steps = min(max(math.floor(Fraction(value) * 10**decimals), low), high)
    meant = Decimal(f"{steps}E-{decimals}")
    return (steps if is_whole else meant), meant


def frame_of(types: list[FeelType], rows: list[list[Any]], holdings: list[Any]) -> Any:
    """A Polars frame with rows numbered, the rows it means, and the places to tell."""
    columns: dict[str, pl.Series] = {"id": pl.Series(range(len(rows)), dtype=pl.Int64)}
    meant = [list(row) for row in rows]
    places = {}
    for index, feel_type in enumerate(types):
        name, values = f"i{index}", [row[index] for row in rows]
        dtype = _PLAIN.get(feel_type)
        if feel_type is NUMBER:
            pairs = [held(value, holdings[index]) for value in values]
            values, dtype = [pair[0] for pair in pairs], holdings[index][0]
            for row, pair in zip(meant, pairs, strict=True):
                row[index] = pair[1]
            if holdings[index][2]:
                places[name] = holdings[index][2]
        columns[name] = pl.Series(values, dtype=dtype)
    return pl.DataFrame(columns), meant, places


@cache
def spark() -> Any:
    """Warm: its first query changes settings of the process."""
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC",
                "spark.driver.memory": "512m", "spark.driver.bindAddress": "127.0.0.1",
                "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "1"}  # fmt: skip
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    # Its client logs once more when the process ends and the log is closed.
    logging.getLogger("py4j").addHandler(logging.NullHandler())
    logging.getLogger("py4j").propagate = False
    session.createDataFrame(pl.DataFrame({"warm": [1]}).to_arrow()).toArrow()
    return session


def _eager(model: Any, frame: pl.DataFrame, places: dict[str, int]) -> Rows:
    return model.evaluate(frame, places=places).to_dicts()


def _lazy(model: Any, frame: pl.DataFrame, places: dict[str, int]) -> Rows:
    return model.evaluate(frame.lazy(), places=places).collect(engine="in-memory").to_dicts()


def _streaming(model: Any, frame: pl.DataFrame, places: dict[str, int]) -> Rows:
    return model.evaluate(frame.lazy(), places=places).collect(engine="streaming").to_dicts()


def _duckdb(model: Any, frame: pl.DataFrame, places: dict[str, int]) -> Rows:
    with duckdb.connect() as connection:
        given = connection.from_arrow(frame.to_arrow())
        answered = model.evaluate(given, places=places)
        return pl.DataFrame(answered.to_arrow_table()).sort("id").to_dicts()


def _pyspark(model: Any, frame: pl.DataFrame, places: dict[str, int]) -> Rows:
    signed = frame.with_columns(pl.selectors.by_dtype(pl.UInt32).cast(pl.Int64))
    answered = model.evaluate(spark().createDataFrame(signed.to_arrow()), places=places)
    return pl.DataFrame(answered.toArrow()).sort("id").to_dicts()


ENGINES: dict[str, Engine] = {
    "polars": _eager, "polars lazy": _lazy, "polars streaming": _streaming, "duckdb": _duckdb,
}  # fmt: skip
if find_spec("pyspark"):
    ENGINES["pyspark"] = _pyspark


def alone(model: Model, row: list[Any]) -> Any:
    """(what one customer is told by the function for one, fired rules); outputs as a list,
    "violation" when the hit policy breaks, None for what the population gives as masks only.
    """
    [table] = model.tables
    facts = {f"i{index}": value for index, value in enumerate(row)}
    try:
        outcome = services.compile_model(model).evaluate(facts)[table.name]
    except HitPolicyViolation as broken:
        return "violation", broken.rules
    if table.hit_policy.gives_lists:
        return None, outcome.fired
    if table.hit_policy.is_aggregate:
        return [outcome.result], outcome.fired
    empty = dict.fromkeys(output.name for output in table.outputs)
    return list((outcome.result or empty).values()), outcome.fired


def together(hit_policy: HitPolicy, outputs: int, row: dict[str, Any], prefix: str = "t") -> Any:
    """What a row of an answered frame says, in the shape of `alone`."""
    words = [row[name] for name in sorted(row) if name.startswith(f"{prefix}__fired_")]
    fired = services.fired_rules(words)
    values = [row.get(f"{prefix}__o{index}") for index in range(outputs)]
    if row.get(f"{prefix}__violated"):
        assert values == [None] * outputs
        return "violation", fired
    return (None if hit_policy.gives_lists else values), fired
