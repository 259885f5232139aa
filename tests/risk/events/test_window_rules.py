"""What a window means: its two ends, ties, caps, nulls, rounding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.events.facts import EventKind, Measure, NewEvent, Subject, Window, WindowValue
from risk.events.window_rules import check
from tests.risk.events.reference import average, counts_at_each, key_of, measured, values_of

AT = dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)


def event(age: dt.timedelta, amount: int | None = None, **given: Any) -> NewEvent:
    fields = {"event_id": "e", "kind": EventKind.APPLICATION, "customer_id": 1, **given}
    return NewEvent(occurred_at=AT - age, amount_cents=amount, **fields)


def window(measure: Measure = Measure.COUNT, **given: Any) -> Window:
    field = "" if measure in (Measure.COUNT, Measure.SECONDS_SINCE) else "amount_cents"
    fields = {
        "name": "w", "subject": Subject.CUSTOMER, "kinds": (EventKind.APPLICATION,), "span": DAY,
        "field": field, **given,
    }  # fmt: skip
    return Window(measure=measure, **fields)


def value(events: Sequence[NewEvent], measure: Measure, **given: Any) -> Any:
    return measured(events, window(measure, **given), AT).value


def test_a_window_is_open_at_its_old_end_and_closed_at_the_moment_asked_for() -> None:
    assert value([event(DAY)], Measure.COUNT) == 0
    assert value([event(DAY - TICK)], Measure.COUNT) == 1
    assert value([event(dt.timedelta())], Measure.COUNT) == 1
    assert value([event(-TICK)], Measure.COUNT) == 0


def test_everything_of_one_instant_is_in_and_other_kinds_are_out() -> None:
    events = [event(dt.timedelta())] * 3 + [event(dt.timedelta(), kind=EventKind.LOGIN)]
    assert value(events, Measure.COUNT) == 3
    assert value(events, Measure.COUNT, kinds=(EventKind.APPLICATION, EventKind.LOGIN)) == 4


def test_nothing_in_the_window_is_none_but_for_the_counts() -> None:
    assert {measure.value: value([], measure) for measure in Measure} == {
        "count": 0, "distinct": 0, "sum": None, "average": None, "least": None, "greatest": None,
        "seconds_since": None,
    }  # fmt: skip


def test_an_event_without_a_value_counts_but_adds_none() -> None:
    events = [event(TICK, 5), event(TICK, 5), event(TICK, 8), event(TICK, None)]
    assert {measure.value: value(events, measure) for measure in Measure} == {
        "count": 4, "distinct": 2, "sum": 18, "average": Decimal("6.0000"), "least": 5,
        "greatest": 8, "seconds_since": 0,
    }  # fmt: skip
    assert value([event(TICK, None)], Measure.SUM) is None


def test_seconds_since_are_whole_seconds_that_have_passed() -> None:
    second = dt.timedelta(seconds=1)
    assert value([event(90 * second), event(61 * second + 5 * TICK)], Measure.SECONDS_SINCE) == 61
    assert value([event(61 * second - TICK)], Measure.SECONDS_SINCE) == 60


def test_at_the_cap_the_newest_are_looked_at_and_it_is_said() -> None:
    events = [event(3 * TICK, 900), event(TICK, 5), event(2 * TICK, 7)]
    assert measured(events, window(Measure.SUM, cap=2), AT) == WindowValue(12, is_capped=True)
    assert measured(events, window(Measure.SUM, cap=3), AT) == WindowValue(912, is_capped=False)
    assert measured(events, window(cap=2), AT) == WindowValue(2, is_capped=True)


def test_at_the_cap_one_instant_gives_its_greater_values_first_in_any_order_of_arrival() -> None:
    events = [event(TICK, None), event(TICK, 3), event(TICK, 9), event(TICK, 5)]
    for arrived in (events, events[::-1]):
        assert value(arrived, Measure.SUM, cap=2) == 14
        assert value(arrived, Measure.LEAST, cap=3) == 3


@pytest.mark.parametrize(
    ("total", "count", "said"),
    [
        (1, 3, "0.3333"),
        (2, 3, "0.6667"),
        (1, 20_000, "0.0001"),  # 0.00005: a tie
        (-1, 20_000, "-0.0001"),
        (9_223_372_036_854_775_807, 2, "4611686018427387903.5000"),
    ],
)
def test_an_average_is_rounded_once_to_four_places_a_tie_away_from_zero(
    total: int, count: int, said: str
) -> None:
    assert str(average(total, count)) == said


def test_the_thing_of_a_customer_is_that_of_their_newest_event_carrying_one() -> None:
    events = [
        event(3 * TICK, device_id=9), event(2 * TICK, device_id=4), event(2 * TICK, device_id=5),
        event(TICK), event(-TICK, device_id=7), event(TICK, device_id=8, customer_id=2),
    ]  # fmt: skip
    assert key_of(events, customer_id=1, subject=Subject.DEVICE, at=AT) == 5
    assert key_of(events, customer_id=1, subject=Subject.PHONE, at=AT) is None


def test_a_window_of_a_device_counts_everybodys_events_on_it() -> None:
    events = [
        event(TICK, device_id=5), event(2 * TICK, device_id=5, customer_id=2),
        event(TICK, device_id=6, customer_id=3),
    ]  # fmt: skip
    shared = window(Measure.DISTINCT, subject=Subject.DEVICE, field="customer_id")
    for customer_id, customers in ((1, 2), (3, 1), (4, 0)):
        found = values_of(events, customer_id=customer_id, windows=[shared], at=AT)
        assert found == {"w": WindowValue(customers)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Robert'); DROP TABLE risk_event"},
        {"name": "n" * 51},
        {"name": "customer_id"},
        {"kinds": ()},
        {"kinds": (EventKind.LOGIN, EventKind.LOGIN)},
        {"span": dt.timedelta()},
        {"span": DAY + TICK},
        {"cap": 0},
        {"field": "amount_cents"},
        {"measure": Measure.SUM, "field": ""},
        {"measure": Measure.SUM, "field": "customer_id"},
        {"measure": Measure.DISTINCT, "field": "detail"},
    ],
    ids=str,
)
def test_a_window_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^window .*: "):
        check([window(**wrong)])


def test_two_windows_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        check([window(), window(Measure.SUM)])


@given(
    st.lists(st.integers(0, 40), max_size=30).map(sorted),
    st.lists(st.integers(1, 50), min_size=1, max_size=3),
)
def test_counting_along_is_counting_at_each_event(ages: list[int], spans: list[int]) -> None:
    """Seconds, few enough for many ties and for spans that end exactly on an event."""
    events = [event(dt.timedelta(seconds=40 - age)) for age in ages]
    times = [each.occurred_at for each in events]
    lengths = [dt.timedelta(seconds=span) for span in spans]
    assert list(counts_at_each(times, lengths)) == [
        tuple(measured(events, window(span=length), moment).value for length in lengths)
        for moment in times
    ]
