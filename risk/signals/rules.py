"""Whether a signal's value can be true, and whether it is still fresh. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from risk.signals.catalogue import STALENESS, STORED, stale_column
from risk.signals.facts import Facts, Signal, SignalFault, SignalValue

_FRESH: dict[str, SignalValue] = dict.fromkeys(STALENESS, False)


def faults_in(values: Mapping[str, object]) -> tuple[SignalFault, ...]:
    """Every reason to refuse these values for stored signals; empty when all are good."""
    found = []
    for name, value in values.items():
        signal = STORED.get(name)
        if signal is None:
            found.append(SignalFault(name, "signal_unknown", "No such stored signal."))
        elif fault := _fault(signal, value):
            found.append(fault)
    return tuple(found)


def _fault(signal: Signal, value: object) -> SignalFault | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return SignalFault(signal.name, "wrong_type", "Must be a number.")
    number = Decimal(value)
    if not number.is_finite():
        return SignalFault(signal.name, "not_finite", "Must be a finite number.")
    if signal.least is not None and number < signal.least:
        return SignalFault(signal.name, "too_small", f"Must be {signal.least} or more.")
    if signal.greatest is not None and number > signal.greatest:
        return SignalFault(signal.name, "too_great", f"Must be {signal.greatest} or less.")
    if signal.decimal_places == 0 and number != number.to_integral_value():
        return SignalFault(signal.name, "not_whole", "Must be a whole number.")
    return None


def stored_value(name: str, value: Decimal | int | None) -> Decimal | int | None:
    """The value as its column keeps it: integers, or decimals cut to the signal's places."""
    if value is None:
        return None
    places = STORED[name].decimal_places
    if places == 0:
        return int(value)
    return Decimal(value).quantize(Decimal(1).scaleb(-places))


def stale_before(*, signal: Signal, at: dt.datetime) -> dt.datetime | None:
    """What its source said earlier is stale (never having spoken, too); None: it never is."""
    return None if signal.fresh_days is None else at - dt.timedelta(days=signal.fresh_days)


def is_stale(*, signal: Signal, observed_at: dt.datetime | None, at: dt.datetime) -> bool:
    """Whether the source last spoke too long ago."""
    limit = stale_before(signal=signal, at=at)
    return limit is not None and (observed_at is None or observed_at < limit)


def is_news(
    *,
    signal: Signal,
    known: tuple[Decimal | int | None, dt.datetime | None],
    given: tuple[Decimal | int | None, dt.datetime],
    at: dt.datetime,
) -> bool:
    """Whether writing what is given changes what a decision sees at this time.

    Shape: (value, observed at). Older news than what is known changes nothing; the same value
    does when what is known has grown too old.
    """
    known_at, given_at = known[1], given[1]
    if known_at is not None and given_at < known_at:
        return False
    written = (stored_value(signal.name, given[0]), given_at)
    return _seen(signal, known, at) != _seen(signal, written, at)


def _seen(
    signal: Signal, known: tuple[Decimal | int | None, dt.datetime | None], at: dt.datetime
) -> tuple[Decimal | int | None, bool]:
    """The value, and whether it is known but too old."""
    value, observed_at = known
    too_old = value is not None and is_stale(signal=signal, observed_at=observed_at, at=at)
    return (None if too_old else value), too_old


def columns(facts: Facts) -> dict[str, SignalValue]:
    """The facts as a policy's columns: the values, and of each signal whether it is too old."""
    return {**facts.values, **_FRESH, **{stale_column(name): True for name in facts.stale}}
