"""The catalogue and the columns behind it say the same."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.utils import translation
from django.utils.functional import Promise

from accounts.verification.facts import Comparison, IdentityStatus
from risk.signals.catalogue import (
    COLUMNS,
    SIGNALS,
    STALENESS,
    STORED,
    observed_column,
    stale_column,
    staleness_of,
)
from risk.signals.facts import Signal, SignalSource, SignalType
from risk.signals.models import CustomerSignals
from risk.tables.facts import FeelType
from tests.lender import Lender

ALL = pytest.mark.parametrize("signal", SIGNALS.values(), ids=lambda signal: signal.name)
KEPT = pytest.mark.parametrize("signal", STORED.values(), ids=lambda signal: signal.name)


@ALL
def test_every_signal_is_documented_whole(signal: Signal) -> None:
    assert SIGNALS[signal.name] is signal
    assert isinstance(signal.label, Promise)  # translated when shown, not when imported
    assert str(signal.label)
    assert signal.type.value in {feel_type.value for feel_type in FeelType}
    if signal.type is SignalType.NUMBER:
        assert signal.unit in {"points", "ratio", "months", "cents", "years", "count"}
        assert signal.least is not None
        assert signal.greatest is not None
        assert signal.least < signal.greatest
        assert signal.decimal_places == (4 if signal.unit == "ratio" else 0)
        assert signal.choices == ()
    else:
        assert signal.choices
        assert {type(choice) for choice in signal.choices} == {str}  # as tables compare them
    assert (signal.fresh_days is None) == (signal.source is SignalSource.VERIFICATION)
    assert signal.is_stored == (signal.source is not SignalSource.VERIFICATION)


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
