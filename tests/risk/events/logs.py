"""Made-up logs and windows: few customers and things, instants that meet, edges of calendars."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from hypothesis import strategies as st

from risk.events import partitions
from risk.events.facts import EventKind, Measure, NewEvent, Subject, Window
from risk.events.window_rules import AMOUNT, FIELDLESS, KEY
from tests.risk.events.recording import record

NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SHANGHAI_NEW_YEAR = NEW_YEAR - dt.timedelta(hours=8)
MONTHS = [dt.date(2024, 12, 1), *(dt.date(2025, month, 1) for month in (1, 2, 11, 12))]
MONTHS += [dt.date(2026, month, 1) for month in (1, 2)]
KINDS = (EventKind.APPLICATION, EventKind.LOGIN, EventKind.REPAYMENT_PAID)
SPANS = tuple(dt.timedelta(hours=hours) for hours in (1, 24, 24 * 7, 24 * 30, 24 * 365))

_TICK = dt.timedelta(microseconds=1)

# Few instants, so that events meet each other and the ends of windows.
moments = st.builds(
    lambda edge, back, ticks: edge - back + ticks * _TICK,
    st.sampled_from([NEW_YEAR, SHANGHAI_NEW_YEAR, NEW_YEAR + dt.timedelta(days=31)]),
    st.sampled_from((dt.timedelta(), *SPANS)),
    st.sampled_from((0, 0, 0, 0, 1, -1)),
)


def logs(customer_ids: Sequence[int]) -> st.SearchStrategy[list[NewEvent]]:
    def maybe(*values: Any) -> st.SearchStrategy[Any]:
        return st.sampled_from((None, *values))

    event = st.builds(
        NewEvent,
        event_id=st.just(""),
        kind=st.sampled_from((KINDS[0], *KINDS)),
        customer_id=st.sampled_from((customer_ids[0], *customer_ids)),
        occurred_at=moments,
        amount_cents=st.one_of(maybe(0, 5), st.integers(-3, 10**12)),
        device_id=maybe(1, 2),
        phone_key=maybe(b"\0", b"\xff"),
        address_key=maybe(b"", b"a"),
    )
    return st.lists(event, max_size=30).map(_numbered)


def windows() -> st.SearchStrategy[list[Window]]:
    """Each over several spans, which SQL reads together."""
    window = st.builds(
        _window,
        st.sampled_from((Subject.CUSTOMER, *Subject)),
        st.sampled_from((KINDS[:1], KINDS[:1], KINDS[1:], KINDS)),
        st.sampled_from(Measure),
        st.sampled_from((*KEY.values(), AMOUNT)),
    )
    reach = st.tuples(st.sampled_from(SPANS), st.sampled_from((1, 2, 3, 1000)))
    several = st.tuples(window, st.lists(reach, min_size=1, max_size=3))
    return st.lists(several, min_size=1, max_size=3).map(_named)


def make_months() -> None:
    """Beforehand: made when first needed they would be made for every example."""
    partitions.ensure(months=MONTHS)


@contextmanager
def recorded(events: Sequence[NewEvent], *, batches: int = 1) -> Iterator[None]:
    """The log holds these while it lasts, and then nothing of them."""
    with transaction.atomic():
        for number in range(batches):
            record(events=events[number::batches], at=NEW_YEAR)
        yield
        transaction.set_rollback(True)


def _numbered(events: Sequence[NewEvent]) -> list[NewEvent]:
    return [dataclasses.replace(event, event_id=f"E-{n}") for n, event in enumerate(events)]


def _window(subject: Subject, kinds: tuple[EventKind, ...], measure: Measure, field: str) -> Window:
    measured = "" if measure in FIELDLESS else field if measure is Measure.DISTINCT else AMOUNT
    return Window("", subject, kinds, measure, SPANS[0], measured)


def _named(several: Sequence[tuple[Window, list[tuple[dt.timedelta, int]]]]) -> list[Window]:
    found = [
        dataclasses.replace(window, span=span, cap=cap)
        for window, reaches in several
        for span, cap in reaches
    ]
    return [dataclasses.replace(window, name=f"w{n}") for n, window in enumerate(found)]
