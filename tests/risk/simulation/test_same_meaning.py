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
from risk.signals.derived import SCORES as MARKS_OF_SCORES
from risk.signals.derived_entries import AGED_SOURCES, mark_of_source
from risk.signals.facts import SignalFamily, SignalSource, SignalType
from risk.signals.formulas import FORMULAS
from risk.signals.rules import bounded, is_stale
from risk.simulation import frames
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
ASKED = {
    "seen_applications_7d": ["> 3", "0", "1000"], "drawn_30d_cents": ["> 3", "[1..3]"],
    "days_since_missed_payment": ["null", "< 7"], "restricted_within_2_hops": [">= 1"],
    "group_restricted_share": ["null", "> 0.0001", "1"], "links_are_capped": ["true", "false"],
    "score_change_30d": ["null", "< 0", "60"], "score_band": ["null", '"good"', '"excellent"'],
    "on_time_share_90d": ["null", "< 0.9", "0", "1"], "tenure_days": ["< 30", "30", "31"],
    "utilisation_trend_30d": ["null", "> 0", "< 0", "1000", "-1000"],
    "identity_differences": ["0", "> 1"], "score_age_days": ["null", "45", "400"],
    "profile_age_days": ["null", "0", "30"], "bureau_age_days": ["null", "0"],
}  # fmt: skip
AGES = [None, dt.timedelta(0), dt.timedelta(days=45), dt.timedelta(days=45, microseconds=1),
        dt.timedelta(days=400)]  # fmt: skip


LATER = [None, *(AT - dt.timedelta(days=days, microseconds=one) for days in (-1, 0, 30, 31)
                for one in (0, 1))]  # fmt: skip
DATES = ("created_at", "profile_told_at", "verification_told_at")
SCORES = tuple(MARKS_OF_SCORES)


def rows() -> st.SearchStrategy[dict[str, Any]]:
    columns: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(SCORES, st.sampled_from([None, 0, 650, 1000])),
        **dict.fromkeys(DATES, st.sampled_from(LATER)),
        "created_at": st.sampled_from(LATER[1:]),
    }
    for name, signal in SIGNALS.items():
        if signal.family is SignalFamily.DERIVED:
            continue
        if name in STORED:
            columns[name] = st.sampled_from(EDGES.get(name, [None, 0, 1, 30_000_000]))
            columns[observed_column(name)] = st.sampled_from(AGES).map(
                lambda age: None if age is None else AT - age
            )
        elif signal.type is SignalType.NUMBER:
            greatest = int(signal.greatest or 0) * 10**signal.decimal_places
            known = [0, 1, 3, 7, greatest - 1, greatest]
            columns[name] = st.sampled_from([None, *known] if signal.may_be_null else known)
        else:
            columns[name] = st.sampled_from(signal.choices or (True, False))
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
        _ask_for_derived(draw, restrictions)
    if draw(st.booleans()):
        for column, text in zip(terms["outputs"], ["600000", "0.1", "6"], strict=True):
            column["default"] = text
    return content


def _ask_for_derived(draw: st.DrawFn, table: dict[str, Any]) -> None:
    """A column and a row for some signals that are counted, shared or worked out."""
    for name in draw(st.lists(st.sampled_from(sorted(ASKED)), max_size=4, unique=True)):
        table["inputs"].append({"name": name, "type": SIGNALS[name].type.value})
        for rule in table["rules"]:
            rule["inputs"].append("-")
        cells = ["-"] * (len(table["inputs"]) - 1) + [draw(st.sampled_from(ASKED[name]))]
        table["rules"].append(
            {"inputs": cells, "outputs": [f'"{name.upper()}"', '"LIMITED"', "", ""]}
        )


def alone(content: dict[str, Any], row: dict[str, Any]) -> tuple[str, int | None, str]:
    compiled = compile_model(model_from_json(content))
    found = evaluate(compiled=compiled, signals=seen(row), product=PRODUCT, at=AT)
    answer = found.answer
    return answer["state"], answer["limit_cents"], "|".join(answer["reason_codes"])


def seen(row: dict[str, Any]) -> dict[str, Any]:
    """A row as deciding one customer sees it."""
    facts: dict[str, Any] = {}
    for name in (name for name in SIGNALS if name in row):
        value = row[name]
        if name in STORED and value is not None:
            observed = row[observed_column(name)]
            is_old = is_stale(signal=SIGNALS[name], observed_at=observed, at=AT)
            value = None if is_old else value
        is_number = value is not None and SIGNALS[name].type is SignalType.NUMBER
        facts[name] = Decimal(value).scaleb(-PLACES.get(name, 0)) if is_number else value
    marks = {name: row[name] for name in (*SCORES, *DATES)} | {"customer_since": row["created_at"]}
    for source in {*AGED_SOURCES} - {SignalSource.PROFILE, SignalSource.VERIFICATION}:
        told = [row[observed_column(n)] for n, s in STORED.items() if s.source is source]
        marks[mark_of_source(source)] = max(filter(None, told), default=None)
    for name, formula in FORMULAS.items():
        facts[name] = bounded(SIGNALS[name], formula({**facts, **marks}, AT))
    return facts


def as_file(people: list[dict[str, Any]]) -> bytes:
    schema: dict[str, Any] = {}
    kinds = {SignalType.NUMBER: pl.Int64, SignalType.STRING: pl.String}
    for name, signal in SIGNALS.items():
        if signal.family is not SignalFamily.DERIVED:
            schema[name] = kinds.get(signal.type, pl.Boolean)
        if name in STORED:
            schema[observed_column(name)] = pl.Datetime("us", "UTC")
    schema |= dict.fromkeys(SCORES, pl.Int64) | dict.fromkeys(DATES, pl.Datetime("us", "UTC"))
    frame = pl.DataFrame(people, schema=schema).with_columns(
        pl.int_range(pl.len()).alias("customer_id"),
        pl.format("cus_{}", pl.int_range(pl.len())).alias("public_id"),
        pl.lit("11").alias("region"),
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


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people=st.lists(rows(), min_size=1, max_size=8))
def test_every_derived_signal_of_a_crowd_is_that_of_each_of_them_alone(
    people: list[dict[str, Any]],
) -> None:
    columns = frames.seen_at(frames.opened(as_file(people)), AT).collect()
    for row, told in zip(people, columns.select(sorted(FORMULAS)).to_dicts(), strict=True):
        expected = seen(row)
        for name, value in told.items():
            is_number = value is not None and SIGNALS[name].type is SignalType.NUMBER
            found = Decimal(value).scaleb(-PLACES.get(name, 0)) if is_number else value
            assert found == expected[name], name


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
