"""What a window over events means, in plain Python. The SQL of `windows` is held to this.

The window at `at` is (at - span, at]: an event exactly `span` old is out, one at `at` is in,
whoever else happened at that instant too. Only events' own times count, never their arrival.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from risk.events.facts import Measure, NewEvent, Subject, Window, WindowValue
from risk.events.window_rules import AVERAGE_PLACES, KEY, check

_SECOND = dt.timedelta(seconds=1)

Moment = TypeVar("Moment", dt.datetime, int)


def measured(events: Iterable[NewEvent], window: Window, at: dt.datetime) -> WindowValue:
    """The value at `at` over the events of one subject, given in any order.

    At the cap the newest `cap` are looked at; of those of one instant the ones with the greater
    value first, without a value last, so that the order of arrival never shows.
    """
    check([window])
    inside = [
        event
        for event in events
        if event.kind in window.kinds and at - window.span < event.occurred_at <= at
    ]
    inside.sort(key=lambda event: _place(event, window.field), reverse=True)
    value = _MEASURES[window.measure](inside[: window.cap], window.field, at)
    return WindowValue(value, is_capped=len(inside) > window.cap)


def key_of(
    events: Iterable[NewEvent], *, customer_id: int, subject: Subject, at: dt.datetime
) -> Any:
    """The thing a customer uses at `at`: that of their newest event carrying one; else None.

    Of several at that instant the greatest, for want of anything that would tell them apart.
    """
    name = KEY[subject]
    carried = [
        (event.occurred_at, getattr(event, name))
        for event in events
        if event.customer_id == customer_id
        and event.occurred_at <= at
        and getattr(event, name) is not None
    ]
    return max(carried)[1] if carried else None


def values_of(
    events: Sequence[NewEvent], *, customer_id: int, windows: Sequence[Window], at: dt.datetime
) -> Mapping[str, WindowValue]:
    """Every window of one customer over everybody's events."""
    values = {}
    for window in windows:
        name = KEY[window.subject]
        key = customer_id
        if window.subject is not Subject.CUSTOMER:
            key = key_of(events, customer_id=customer_id, subject=window.subject, at=at)
        shared = [e for e in events if key is not None and getattr(e, name) == key]
        values[window.name] = measured(shared, window, at)
    return values


def counts_at_each(times: Sequence[Moment], spans: Sequence[Any]) -> Iterator[tuple[int, ...]]:
    """At each of one subject's events, in order of time, how many are in each window up to it.

    Shape: `times` ascend; spans are differences of two of them. Every time of an instant gets the
    counts with all of that instant. Work: linear, whatever the spans.
    """
    starts = [0] * len(spans)
    end = 0
    for moment in times:
        while end < len(times) and times[end] <= moment:
            end += 1
        for place, span in enumerate(spans):
            while times[starts[place]] <= moment - span:
                starts[place] += 1
        yield tuple(end - start for start in starts)


def average(total: int, count: int) -> Decimal:
    """Exact until it is rounded, once, to AVERAGE_PLACES; half away from zero."""
    scale = 10**AVERAGE_PLACES
    rounded = (2 * abs(total) * scale + count) // (2 * count)
    return Decimal(rounded if total >= 0 else -rounded).scaleb(-AVERAGE_PLACES)


def _place(event: NewEvent, field: str) -> tuple[Any, ...]:
    value = getattr(event, field) if field else None
    return (event.occurred_at, value is not None, 0 if value is None else value)


def _known(events: Sequence[NewEvent], field: str) -> list[Any]:
    return [value for event in events if (value := getattr(event, field)) is not None]


def _count(events: Sequence[NewEvent], _field: str, _at: dt.datetime) -> int:
    return len(events)


def _distinct(events: Sequence[NewEvent], field: str, _at: dt.datetime) -> int:
    return len(set(_known(events, field)))


def _sum(events: Sequence[NewEvent], field: str, _at: dt.datetime) -> int | None:
    known = _known(events, field)
    return sum(known) if known else None


def _average(events: Sequence[NewEvent], field: str, _at: dt.datetime) -> Decimal | None:
    known = _known(events, field)
    return average(sum(known), len(known)) if known else None


def _least(events: Sequence[NewEvent], field: str, _at: dt.datetime) -> int | None:
    return min(_known(events, field), default=None)


def _greatest(events: Sequence[NewEvent], field: str, _at: dt.datetime) -> int | None:
    return max(_known(events, field), default=None)


def _seconds_since(events: Sequence[NewEvent], _field: str, at: dt.datetime) -> int | None:
    """Whole seconds; what has begun does not count."""
    return (at - events[0].occurred_at) // _SECOND if events else None


_MEASURES: Mapping[
    Measure, Callable[[Sequence[NewEvent], str, dt.datetime], Decimal | int | None]
] = {
    Measure.COUNT: _count,
    Measure.DISTINCT: _distinct,
    Measure.SUM: _sum,
    Measure.AVERAGE: _average,
    Measure.LEAST: _least,
    Measure.GREATEST: _greatest,
    Measure.SECONDS_SINCE: _seconds_since,
}
