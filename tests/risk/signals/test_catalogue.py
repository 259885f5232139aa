"""The catalogue and the columns behind it say the same."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.utils import translation
from django.utils.functional import Promise

from accounts.verification.facts import Comparison, IdentityStatus
from risk.events.facts import EventKind, Subject
from risk.links.facts import LinkFacts
from risk.signals.catalogue import (
    COLUMNS,
    SIGNALS,
    STALENESS,
    STORED,
    moved_by,
    observed_column,
    of_family,
    stale_column,
    staleness_of,
)
from risk.signals.derived import MARKS
from risk.signals.derived_entries import BANDS
from risk.signals.facts import Signal, SignalFamily, SignalSource, SignalType
from risk.signals.formulas import BAND_STARTS, BANDS_END, FORMULAS
from risk.signals.models import CustomerSignals
from risk.signals.words import CHOICES, FAMILIES, SOURCES, UNITS
from risk.tables.facts import FeelType
from tests.lender import Lender
from tests.shared_data import shared_file

ALL = pytest.mark.parametrize("signal", SIGNALS.values(), ids=lambda signal: signal.name)
KEPT = pytest.mark.parametrize("signal", STORED.values(), ids=lambda signal: signal.name)


@ALL
def test_every_signal_is_documented_whole(signal: Signal) -> None:
    assert SIGNALS[signal.name] is signal
    assert isinstance(signal.label, Promise)  # translated when shown, not when imported
    assert str(signal.label)
    assert signal.type.value in {feel_type.value for feel_type in FeelType}
    assert isinstance(signal.basis, Promise)
    assert SOURCES[signal.source]
    assert FAMILIES[signal.family]
    if signal.type is SignalType.NUMBER:
        assert signal.unit in UNITS
        assert signal.least is not None
        assert signal.greatest is not None
        assert signal.least < signal.greatest
        assert signal.decimal_places == (4 if signal.unit == "ratio" else 0)
        assert signal.choices == ()
    elif signal.type is SignalType.STRING:
        assert {type(choice) for choice in signal.choices} == {str}  # as tables compare them
        assert {*signal.choices} <= {*CHOICES}
    else:
        assert (signal.choices, signal.may_be_null) == ((), False)
    assert (signal.fresh_days is None) == (not signal.is_stored)
    assert signal.may_be_null or not signal.is_stored


@ALL
def test_a_signal_customers_can_change_says_how_and_no_other_does(signal: Signal) -> None:
    assert signal.is_actionable == isinstance(signal.remedy_hint, Promise)
    assert signal.is_actionable == bool(str(signal.remedy_hint))


@ALL
def test_what_is_counted_says_by_which_window_and_what_is_derived_from_what(
    signal: Signal,
) -> None:
    if signal.window is not None:
        assert signal.window.name == signal.name
        assert signal.window.kinds == signal.moved_by
        assert (signal.family, signal.needs) == (SignalFamily.WINDOW, ())
        is_shared = signal.window.subject is not Subject.CUSTOMER
        assert (signal.source is SignalSource.LINKS) == is_shared
    assert (signal.name in FORMULAS) == bool(signal.needs)
    assert bool(signal.needs) == (signal.family is SignalFamily.DERIVED)
    for need in signal.needs:
        assert need in MARKS or SIGNALS[need].family is not SignalFamily.DERIVED
    if signal.needs:  # what moves a part moves the whole
        parts = {
            kind for need in signal.needs if need in SIGNALS for kind in SIGNALS[need].moved_by
        }
        assert parts <= {*signal.moved_by}


def test_links_are_signals_by_the_names_the_room_of_links_gives_them() -> None:
    fields = {field.name for field in dataclasses.fields(LinkFacts)} - {"is_capped"}
    assert {*of_family(SignalFamily.LINKS)} == fields | {"links_are_capped"}


def test_whatever_happens_but_outcomes_moves_some_signal() -> None:
    outcomes = {EventKind.DEFAULT, EventKind.CURE}
    assert {kind for kind in EventKind if not moved_by(kind)} == outcomes


def test_a_score_moves_all_that_stand_on_it() -> None:
    assert {"score", "score_band", "score_change_90d", "event_age_days"} <= {
        *moved_by(EventKind.SCORE)
    }
    assert "seen_applications_7d" not in moved_by(EventKind.SCORE)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_legal_basis_names_law_article_and_date_and_asks_for_a_lawyer(language: str) -> None:
    with translation.override(language):
        said = {str(signal.basis) for signal in COLUMNS.values()}
    assert len(said) == 6
    for basis in said:
        assert re.search(r"20\d\d-\d\d-\d\d", basis)
        assert ("须经律师确认" if language == "zh-hans" else "A lawyer must confirm this.") in basis


@pytest.mark.shared_data("cn_law_articles.json")
def test_the_articles_and_dates_are_those_of_the_published_laws() -> None:
    articles = json.loads(shared_file("cn_law_articles.json").read_text())
    dates = {(one["regulation"], one["article"]): one["effective"] for one in articles}
    with translation.override("zh-hans"):
        said = {str(signal.basis) for signal in SIGNALS.values()}
    for basis in said:
        [law] = re.findall("《(.+?)》", basis)
        [date] = re.findall(r"20\d\d-\d\d-\d\d", basis)
        named = re.findall("第[一二三四五六七八九十]+条(?!例)", basis)
        assert named
        assert {dates[law, article] for article in named} == {date}


@pytest.mark.shared_data("zhima_bands.csv")
def test_the_bands_of_the_score_are_the_published_ones() -> None:
    with shared_file("zhima_bands.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["from_inclusive"]) for row in rows] == list(BAND_STARTS)
    assert int(rows[-1]["to_exclusive"]) == BANDS_END
    assert [row["band_en"].replace(" ", "_") for row in rows] == list(BANDS)
    with translation.override("zh-hans"):
        assert [row["band_zh"] for row in rows] == [str(CHOICES[band]) for band in BANDS]


def test_what_verification_may_say_is_what_the_catalogue_lists() -> None:
    assert SIGNALS["identity_status"].choices == tuple(status.value for status in IdentityStatus)
    assert SIGNALS["phone_comparison"].choices == tuple(answer.value for answer in Comparison)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_two_signals_are_called_alike(language: str) -> None:
    with translation.override(language):
        labels = [str(signal.label) for signal in COLUMNS.values()]
    assert len(set(labels)) == len(labels) == len(COLUMNS) == len(SIGNALS) + len(STALENESS)


def test_every_signal_that_ages_has_one_that_says_it_is_too_old() -> None:
    assert list(STALENESS) == [stale_column(name) for name in STORED]
    assert [staleness_of(name) for name in STALENESS] == list(STORED)
    assert {staleness_of(name) for name in SIGNALS} == {""}
    for name, signal in STALENESS.items():
        assert isinstance(signal.label, Promise)
        assert (signal.type, signal.may_be_null) == (SignalType.BOOLEAN, False)
        assert signal.source is STORED[staleness_of(name)].source
    with translation.override("en"):
        assert str(STALENESS["score_is_stale"].label) == "credit score: too old to use"


@KEPT
def test_every_stored_signal_has_a_nullable_column_that_holds_its_bounds(signal: Signal) -> None:
    field = CustomerSignals._meta.get_field(signal.name)
    assert field.null
    if signal.decimal_places:
        assert isinstance(field, models.DecimalField)
        assert field.decimal_places == signal.decimal_places
        assert signal.greatest < Decimal(10) ** (field.max_digits - field.decimal_places)
    else:
        assert isinstance(field, models.IntegerField)
        lowest, highest = connection.ops.integer_field_range(field.get_internal_type())
        assert lowest <= signal.least
        assert signal.greatest <= highest


@KEPT
def test_every_stored_signal_says_when_its_source_knew_it(signal: Signal) -> None:
    field = CustomerSignals._meta.get_field(observed_column(signal.name))
    assert isinstance(field, models.DateTimeField)
    assert field.null


def test_every_column_is_a_catalogued_signal_or_its_date() -> None:
    columns = {field.name for field in CustomerSignals._meta.get_fields()}
    assert columns == {"customer", *STORED, *map(observed_column, STORED)}


@KEPT
@pytest.mark.parametrize("side", ["least", "greatest"])
def test_the_database_refuses_what_lies_outside_the_bounds(
    lender: Lender, signal: Signal, side: str
) -> None:
    lender.customer()
    bound = getattr(signal, side)
    step = Decimal(1).scaleb(-signal.decimal_places) * (-1 if side == "least" else 1)
    dated = observed_column(signal.name)
    sql = f"UPDATE risk_customersignals SET {signal.name} = %s, {dated} = now()"
    with connection.cursor() as cursor:
        cursor.execute(sql, [bound])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(sql, [bound + step])
        cursor.execute(f"SELECT {signal.name} FROM risk_customersignals")
        assert cursor.fetchone()[0] == bound


@KEPT
def test_the_database_refuses_a_value_nobody_knows_the_date_of(
    lender: Lender, signal: Signal
) -> None:
    lender.customer()
    sql = (
        f"UPDATE risk_customersignals SET {signal.name} = 0, {observed_column(signal.name)} = NULL"
    )
    refused = pytest.raises(DatabaseError, match=f"signals_{signal.name}_range")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert CustomerSignals.objects.get().score_observed_at is not None


def test_the_documentation_lists_the_catalogue_as_it_is() -> None:
    """`manage.py signals` prints what belongs between the marks."""
    out = StringIO()
    call_command("signals", stdout=out)
    page = (Path(settings.ROOT) / "docs" / "signals.md").read_text()
    begin, end = "<!-- signals: begin -->\n", "<!-- signals: end -->"
    assert page[page.index(begin) + len(begin) : page.index(end)].strip() == out.getvalue().strip()
    assert all(f"| `{name}` |" in page for name in SIGNALS)


def test_the_catalogue_is_printed_in_chinese_too() -> None:
    out = StringIO()
    call_command("signals", language="zh-hans", stdout=out)
    assert "| `score` | 信用分 | 分 |" in out.getvalue()
