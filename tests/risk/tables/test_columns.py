"""Columns over a frame give the same rules, outputs and violations as one customer at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.tables import services
from risk.tables.facts import FeelType, HitPolicy, HitPolicyViolation
from tests.risk.tables import reference
from tests.risk.tables.cases import BOOLEAN, DATE, NUMBER, STRING, Case, cases

Rows = list[dict[str, Any]]

# How a number may be held: the column's type, decimals of one step, and the places told.
HOLDINGS: list[tuple[Any, int, int]] = [
    (pl.Int8, 0, 0), (pl.Int32, 0, 0), (pl.Int64, 0, 0), (pl.UInt32, 0, 0), (pl.Int64, 2, 2),
    (pl.Int64, 17, 17), (pl.Decimal(38, 18), 18, 0), (pl.Decimal(38, 0), 0, 0),
    (pl.Decimal(9, 2), 2, 0), (pl.Decimal(38, 38), 38, 0),
]  # fmt: skip
LIMITS = {
    pl.Int8: (-(2**7), 2**7 - 1), pl.Int32: (-(2**31), 2**31 - 1),
    pl.Int64: (-(2**63), 2**63 - 1), pl.UInt32: (0, 2**32 - 1),
}  # fmt: skip


def held(value: Any, holding: tuple[Any, int, int]) -> Any:
    """(what the column holds, the number that means): the nearest step that fits."""
    if value is None:
        return None, None
    dtype, decimals, _places = holding
    if dtype in LIMITS:
        low, high = LIMITS[dtype]
    else:
        high = 10**dtype.precision - 1
        low = -high
    steps = min(max(math.floor(Fraction(value) * 10**decimals), low), high)
    meant = Decimal(f"{steps}E-{decimals}")
    return (steps if dtype in LIMITS else meant), meant


def frame_of(types: list[FeelType], rows: list[list[Any]], holdings: list[Any]) -> Any:
    """A Polars frame with rows numbered, the rows it means, and the places to tell."""
    columns: dict[str, pl.Series] = {"id": pl.Series(range(len(rows)), dtype=pl.Int64)}
    meant = [list(row) for row in rows]
    places = {}
    for index, feel_type in enumerate(types):
        name, values = f"i{index}", [row[index] for row in rows]
        dtype = {STRING: pl.String, BOOLEAN: pl.Boolean, DATE: pl.Date}.get(feel_type)
        if feel_type is NUMBER:
            holding = holdings[index]
            pairs = [held(value, holding) for value in values]
            values, dtype = [pair[0] for pair in pairs], holding[0]
            for row, pair in zip(meant, pairs, strict=True):
                row[index] = pair[1]
            places |= {name: holding[2]} if holding[2] else {}
        columns[name] = pl.Series(values, dtype=dtype)
    return pl.DataFrame(columns), meant, places


def in_duckdb(frame: pl.DataFrame) -> Any:
    return duckdb.connect().from_arrow(frame.to_arrow())


def rows_of(relation: Any) -> Rows:
    return pl.DataFrame(relation.to_arrow_table()).sort("id").to_dicts()


ENGINES: dict[str, Callable[[Any, pl.DataFrame, Any], Rows]] = {
    "polars": lambda m, f, p: m.evaluate(f, places=p).sort("id").to_dicts(),
    "polars lazy": lambda m, f, p: m.evaluate(f.lazy(), places=p).sort("id").collect().to_dicts(),
    "polars streaming": lambda m, f, p: (
        m.evaluate(f.lazy(), places=p).sort("id").collect(engine="streaming").to_dicts()
    ),
    "duckdb": lambda m, f, p: rows_of(m.evaluate(in_duckdb(f), places=p)),
}


def scalar(model: Any, row: list[Any]) -> Any:
    """(result, fired) of one customer; the result is "violation" when the hit policy breaks."""
    facts = {f"i{index}": value for index, value in enumerate(row)}
    try:
        outcome = services.compile_model(model).evaluate(facts)["t"]
    except HitPolicyViolation as broken:
        return "violation", broken.rules
    return outcome.result, outcome.fired


def said(hit_policy: HitPolicy, outputs: int, row: dict[str, Any]) -> Any:
    """What a row of the frame says, in the shape of `scalar`."""
    fired = services.fired_rules([row["t__fired_0"]])
    if row.get("t__violated"):
        assert all(row[f"t__o{index}"] is None for index in range(outputs))
        return "violation", fired
    if hit_policy.gives_lists:
        return None, fired
    values = [row[f"t__o{index}"] for index in range(outputs)]
    return (values[0] if hit_policy.is_aggregate else values), fired


def expected(hit_policy: HitPolicy, outputs: int, found: Any) -> Any:
    result, fired = found
    if result == "violation":
        return result, fired
    if hit_policy.gives_lists:
        return None, fired
    if hit_policy.is_aggregate:
        return result, fired
    return ([None] * outputs if result is None else list(result.values())), fired


@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_says_what_every_customer_alone_is_told(engine: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(cases(), st.lists(st.sampled_from(HOLDINGS), min_size=3, max_size=3))
    def holds(case: Case, holdings: list[Any]) -> None:
        assert services.check_columns(case.model) == ()
        frame, meant, places = frame_of(case.types, case.rows, holdings)
        answers = ENGINES[engine](services.compile_columns(model=case.model), frame, places)
        assert len(answers) == len(case.rows)
        for row, answer in zip(meant, answers, strict=True):
            found = said(case.hit_policy, len(case.out_types), answer)
            alone = scalar(case.model, row)
            assert found == expected(case.hit_policy, len(case.out_types), alone)
            plain, fired, _columns = reference.outcome(
                case.hit_policy.value, case.rules, case.defaults, row, case.allowed
            )
            assert found[1] == fired
            assert (found[0] == "violation") is (plain == "violation")

    holds()
