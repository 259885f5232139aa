"""Everybody at once gets what everybody alone would get: the same state, limit and reasons."""

from __future__ import annotations

import copy
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.access.facts import Product
from accounts.access.rules import derive
from risk.decisions.rules import evaluate
from risk.policies import starter
from risk.signals.catalogue import SIGNALS, STORED, observed_column
from risk.signals.facts import SignalType
from risk.signals.rules import is_stale
from risk.simulation.layout import PLACES
from risk.simulation.tally import Comparison
from risk.tables.services import compile_model, model_from_json

AT = dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)
PRODUCT = Product(
    id=7, code="flex", name_zh="", name_en="", currency="CNY", min_amount_cents=500_000,
    max_amount_cents=10_000_000, min_term_months=3, max_term_months=9,
    min_annual_rate=Decimal("0.08"), max_annual_rate=Decimal("0.14"), review_days=90,
    is_active=True,
)  # fmt: skip
EDGES = {
    "score": [None, 0, 579, 580, 599, 600, 619, 620, 649, 650, 699, 700, 1000],
    "utilisation": [None, 0, 4999, 5000, 5001, 9000, 9001],
    "months_late_now": [None, 0, 1, 2, 3], "months_late_max_6m": [None, 0, 1, 2, 3],
    "applications_30d": [None, 0, 3, 4, 6, 7], "age_years": [None, 17, 18, 70, 71],
}  # fmt: skip
AGES = [None, dt.timedelta(0), dt.timedelta(days=45), dt.timedelta(days=45, microseconds=1),
        dt.timedelta(days=400)]  # fmt: skip


def rows() -> st.SearchStrategy[dict[str, Any]]:
    columns: dict[str, st.SearchStrategy[Any]] = {}
    for name, signal in SIGNALS.items():
        if name in STORED:
            columns[name] = st.sampled_from(EDGES.get(name, [None, 0, 1, 30_000_000]))
            columns[observed_column(name)] = st.sampled_from(AGES).map(
                lambda age: None if age is None else AT - age
            )
        elif signal.type is SignalType.STRING:
            columns[name] = st.sampled_from(signal.choices)
    return st.fixed_dictionaries(columns)


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """The starter policy with thresholds, effects, caps, terms and defaults moved about."""
    content = copy.deepcopy(starter.consumer_credit())
    restrictions, terms = content["tables"]
    for rule in restrictions["rules"]:
        if draw(st.booleans()):
            effect = draw(st.sampled_from(['"LIMITED"', '"CLOSED"']))
            cap = draw(st.sampled_from(["", "0", "700000"])) if effect == '"LIMITED"' else ""
            rule["outputs"][1:3] = [effect, cap]
    for rule in terms["rules"]:
        rule["outputs"] = [
            draw(st.sampled_from(["400000", "500000", "20000000"])),
            draw(st.sampled_from(["0.0700", "0.1400", "0.1500"])),
            draw(st.sampled_from(["2", "3", "12"])),
        ]
    if draw(st.booleans()):
        terms["rules"].pop()
    if draw(st.booleans()):
        for column, text in zip(terms["outputs"], ["600000", "0.1", "6"], strict=True):
            column["default"] = text
    return content


def alone(content: dict[str, Any], row: dict[str, Any]) -> tuple[str, int | None, str]:
    facts: dict[str, Any] = {}
    for name, signal in SIGNALS.items():
        value = row[name]
        if signal.is_stored and value is not None:
            observed = row[observed_column(name)]
            is_old = is_stale(signal=signal, observed_at=observed, at=AT)
            value = None if is_old else Decimal(value).scaleb(-PLACES.get(name, 0))
        facts[name] = value
    compiled = compile_model(model_from_json(content))
    answer = evaluate(compiled=compiled, signals=facts, product=PRODUCT, at=AT).answer
    return answer["state"], answer["limit_cents"], "|".join(answer["reason_codes"])


def as_file(people: list[dict[str, Any]]) -> bytes:
    schema: dict[str, Any] = {}
    for name in SIGNALS:
        schema[name] = pl.Int64 if name in STORED else pl.String
        if name in STORED:
            schema[observed_column(name)] = pl.Datetime("us", "UTC")
    frame = pl.DataFrame(people, schema=schema).with_columns(
        pl.int_range(pl.len()).alias("customer_id"),
        pl.format("cus_{}", pl.int_range(pl.len())).alias("public_id"),
        pl.lit("11").alias("region"),
        pl.lit(AT).cast(pl.Datetime("us", "UTC")).alias("created_at"),
        pl.lit(None, dtype=pl.Int16).alias(f"held_state_{PRODUCT.id}"),
        pl.lit(None, dtype=pl.Boolean).alias("outcome_default"),
    )
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(old=contents(), new=contents(), people=st.lists(rows(), min_size=1, max_size=30))
def test_a_crowd_is_answered_as_each_of_them_alone(
    old: dict[str, Any], new: dict[str, Any], people: list[dict[str, Any]]
) -> None:
    comparison = Comparison(
        old=model_from_json(old), new=model_from_json(new), product=PRODUCT, at=AT
    )
    told = comparison.told(as_file(people)).sort("customer_id")
    for side, content in (("old", old), ("new", new)):
        found = told.select(f"{side}_state", f"{side}_limit", f"{side}_reasons").rows()
        assert found == [alone(content, person) for person in people]


@settings(max_examples=8, deadline=None)
@given(new=contents(), people=st.lists(rows(), max_size=10))
def test_where_nothing_is_in_force_everybody_was_closed(
    new: dict[str, Any], people: list[dict[str, Any]]
) -> None:
    comparison = Comparison(old=None, new=model_from_json(new), product=PRODUCT, at=AT)
    told = comparison.told(as_file(people)).sort("customer_id")
    nothing = derive(causes=(), terms=None)
    assert told.select("old_state", "old_limit", "old_reasons").rows() == [
        (nothing.state.value, None, "NOT_DECIDED")
    ] * len(people)
    assert told.select("new_state", "new_limit", "new_reasons").rows() == [
        alone(new, person) for person in people
    ]
