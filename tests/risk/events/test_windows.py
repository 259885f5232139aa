"""The SQL of windows says what the rules say, to the last null, and reads no more than it may."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.customers.models import Customer
from risk.events import windows as windows_sql
from risk.events.facts import EventKind, Measure, NewEvent, Subject, Window, WindowValue
from risk.events.windows import population_sql, values_for_many
from tests.risk.events import logs
from tests.risk.events.reference import values_of

pytestmark = pytest.mark.django_db
AT = logs.NEW_YEAR
DAY = dt.timedelta(days=1)
IDS = (1, 2, 3)
NOBODY = 4  # a customer without events
examples = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def months(db: None) -> None:
    logs.make_months()


@pytest.fixture
def customers() -> None:
    Customer.objects.bulk_create(
        Customer(id=number, public_id=f"cus_{number}", reference=f"C-{number}", created_at=AT,
                 changed_at=AT)
        for number in (*IDS, NOBODY, NOBODY + 1)
    )  # fmt: skip


def by_rules(
    events: Sequence[NewEvent], windows: Sequence[Window], at: dt.datetime
) -> dict[int, dict[str, WindowValue]]:
    return {
        customer_id: dict(values_of(events, customer_id=customer_id, windows=windows, at=at))
        for customer_id in (*IDS, NOBODY)
    }


def by_population(windows: Sequence[Window], at: dt.datetime) -> dict[int, dict[str, WindowValue]]:
    with connection.cursor() as cursor:
        given = {"at": at, "first": 1, "last": NOBODY}
        cursor.execute(population_sql(windows=windows), given)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {
        row["customer_id"]: {
            window.name: WindowValue(row[window.name], row[f"{window.name}_is_capped"])
            for window in windows
        }
        for row in rows
    }


@examples
@given(logs.logs(IDS), logs.windows(), logs.moments)
def test_sql_says_what_the_rules_say(
    events: list[NewEvent], windows: list[Window], at: dt.datetime
) -> None:
    with logs.recorded(events):
        found = values_for_many(customer_ids=[*IDS, NOBODY], windows=windows, at=at)
    assert found == by_rules(events, windows, at)


@examples
@given(logs.logs(IDS), logs.windows(), logs.moments)
def test_a_whole_population_is_told_the_same(
    customers: None, events: list[NewEvent], windows: list[Window], at: dt.datetime
) -> None:
    with logs.recorded(events):
        found = by_population(windows, at)
    assert found == by_rules(events, windows, at)


@settings(examples, max_examples=25)
@given(logs.logs(IDS), logs.windows(), logs.moments, st.integers(1, 4), st.randoms())
def test_the_log_built_again_in_any_order_says_the_same(
    events: list[NewEvent],
    windows: list[Window],
    at: dt.datetime,
    batches: int,
    chance: random.Random,
) -> None:
    """Late and repeated arrival: what was sent twice counts once."""
    again = [*events, *events[::2]]
    chance.shuffle(again)
    found = []
    for arrived, parts in ((events, 1), (again, batches)):
        with logs.recorded(arrived, batches=parts):
            found.append(values_for_many(customer_ids=IDS, windows=windows, at=at))
    assert found[0] == found[1]


def window(name: str, measure: Measure = Measure.COUNT, **given: Any) -> Window:
    fields = {
        "subject": Subject.CUSTOMER, "kinds": (EventKind.APPLICATION,), "span": DAY, **given,
    }  # fmt: skip
    return Window(name, measure=measure, **fields)


def application(number: int, *, customer_id: int = 1, **given: Any) -> NewEvent:
    occurred_at = AT - number * dt.timedelta(minutes=1)
    event_id = f"{customer_id}-{number}"
    return NewEvent(event_id, EventKind.APPLICATION, customer_id, occurred_at, **given)


def test_values_are_plain_numbers_of_the_kind_the_measure_has() -> None:
    amount = {"field": "amount_cents"}
    asked = [
        window("average", Measure.AVERAGE, **amount), window("sum", Measure.SUM, **amount),
        window("least", Measure.LEAST, **amount), window("since", Measure.SECONDS_SINCE),
    ]  # fmt: skip
    with logs.recorded([application(1, amount_cents=1), application(2, amount_cents=2)]):
        found = values_for_many(customer_ids=[1], windows=asked, at=AT)[1]
    assert {name: (each.value, type(each.value)) for name, each in found.items()} == {
        "average": (Decimal("1.5000"), Decimal), "sum": (3, int), "least": (1, int),
        "since": (60, int),
    }  # fmt: skip


def told(
    events: Sequence[NewEvent], asked: Window, at: dt.datetime = AT
) -> tuple[WindowValue, WindowValue]:
    """Of customer 1, in both ways, read together with a window that reaches further."""
    further = dataclasses.replace(asked, name="further", span=7 * asked.span, cap=asked.cap + 3)
    both = [further, asked]
    with logs.recorded(events):
        value = values_for_many(customer_ids=[1], windows=both, at=at)[1][asked.name]
        return value, by_population(both, at)[1][asked.name]


@pytest.mark.parametrize("measure", [Measure.SUM, Measure.LEAST, Measure.AVERAGE])
def test_at_the_cap_one_instant_gives_its_greater_values_first(
    customers: None, measure: Measure
) -> None:
    events = [
        NewEvent(f"E-{number}", EventKind.APPLICATION, 1, AT, amount_cents=amount)
        for number, amount in enumerate([None, 5, None, 7, 6])
    ]
    asked = window("w", measure, field="amount_cents", cap=2)
    expected = WindowValue({"sum": 13, "least": 6, "average": Decimal("6.5")}[measure], True)
    assert told(events, asked) == (expected, expected)
    assert told(events[::-1], asked) == (expected, expected)


def test_a_window_is_open_at_its_old_end_and_closed_at_the_moment(customers: None) -> None:
    tick = dt.timedelta(microseconds=1)
    for offset, count in ((-DAY, 0), (-DAY + tick, 1), (dt.timedelta(), 1), (tick, 0)):
        events = [NewEvent("E-1", EventKind.APPLICATION, 1, AT + offset)]
        assert told(events, window("w")) == (WindowValue(count), WindowValue(count))


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_things_at_one_instant_the_greatest_is_the_customers(
    customers: None, order: int
) -> None:
    """Device 4 is shared by two customers, device 3 by three."""
    own = [application(1, device_id=number) for number in (3, 4)]
    others = [
        application(2, customer_id=2, device_id=4), application(3, customer_id=2, device_id=3),
        application(4, customer_id=3, device_id=3), application(9, device_id=5),
        application(-1, device_id=6),
    ]  # fmt: skip
    events = [
        dataclasses.replace(each, event_id=f"E-{number}")
        for number, each in enumerate([*own, *others])
    ]
    asked = window("w", Measure.DISTINCT, subject=Subject.DEVICE, field="customer_id")
    assert told(events[::order], asked) == (WindowValue(2), WindowValue(2))


def test_any_number_of_windows_and_customers_is_one_query(
    django_assert_num_queries: Any,
) -> None:
    asked = [
        window("day"), window("week", span=7 * DAY), window("mine", subject=Subject.DEVICE),
        window("total", Measure.SUM, field="amount_cents"),
    ]  # fmt: skip
    with django_assert_num_queries(1):
        values_for_many(customer_ids=range(1, 200), windows=asked, at=AT)
    with django_assert_num_queries(0):
        assert values_for_many(customer_ids=[7], windows=[], at=AT) == {7: {}}
        assert values_for_many(customer_ids=[], windows=asked, at=AT) == {}


def test_a_name_may_be_a_word_of_sql() -> None:
    asked = [window(name) for name in ("select", "key", "place", "occurred_at", "device", "scan_0")]
    with logs.recorded([application(1)]):
        found = values_for_many(customer_ids=[1], windows=asked, at=AT)
        assert set(found[1].values()) == {WindowValue(1)}
        assert by_population(asked, AT) == {}  # there is nobody


def test_a_window_of_no_meaning_reaches_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        for ask in (
            lambda asked: values_for_many(customer_ids=[1], windows=asked, at=AT),
            lambda asked: population_sql(windows=asked),
        ):
            with pytest.raises(ValueError, match="two windows have one name"):
                ask([window("w"), window("w")])


def test_months_outside_are_not_opened_and_hot_subjects_are_not_read_through() -> None:
    """Under the plan that serves every moment, as a connection has it after five runs.

    Among many customers one with a few events is expected; this one has 200.
    """
    asked = (window("day", cap=10), window("month", span=30 * DAY, cap=10))
    statement = windows_sql._statement(asked)
    lows = {"low_86400": AT - DAY, "low_2592000": AT - 30 * DAY}
    given = {"customer_ids": [1], "at": AT, **lows}
    events = [application(number) for number in range(200)]
    with logs.recorded(events), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO risk_event (event_id, kind, customer_id, occurred_at, detail) "
            "SELECT n, 'application', n, %s - n * interval '10 minutes', '{}' "
            "FROM generate_series(2, 5000) AS n", [AT],
        )  # fmt: skip
        cursor.execute("ANALYZE risk_event")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", given)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"Subplans Removed: {len(logs.MONTHS) - 2}" in plan  # December and January are left
    assert "Sort" not in plan
    [limit] = [line for line in plan.splitlines() if "Limit" in line]
    assert "rows=11" in limit


def test_a_connection_settles_on_one_plan_for_every_moment_and_customer() -> None:
    """Planning over the months takes longer than reading: it must not be done every time."""
    asked = [window("settled", span=30 * DAY), window("mine", subject=Subject.DEVICE)]
    for number in range(12):
        values_for_many(customer_ids=[number], windows=asked, at=AT + number * DAY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements "
            "WHERE statement LIKE %s", ["%scan_0.\"settled\"%"],
        )  # fmt: skip
        assert cursor.fetchall() == [(4, 5)]  # three went unprepared
