"""What is counted over events and worked out: exact at the moment, and read only when asked for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from risk.events.facts import EventKind as Kind
from risk.links.models import Link
from risk.signals import queries
from risk.signals.catalogue import SIGNALS, STORED, of_family
from risk.signals.facts import Facts, SignalFamily
from risk.signals.models import CustomerSignals
from tests.lender import AT, Lender
from tests.risk.signals.log import device, happened

DAY, HOUR, TICK = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(microseconds=1)
BASE = [*STORED, *of_family(SignalFamily.VERIFICATION)]


@pytest.fixture
def pk(lender: Lender) -> int:
    lender.customer("C-1", current_limit_cents=1_000_000)
    return CustomerSignals.objects.get().pk


def seen(pk: int, *names: str, at: dt.datetime = AT) -> tuple[Any, ...]:
    facts = queries.facts_for(customer_id=pk, at=at, names=names)
    return tuple(facts.values[name] for name in names)


# ── read only when asked for ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("names", "statements"),
    [
        ((), 2), (("score", "phone_comparison", "score_is_stale"), 2),
        (("seen_applications_7d",), 3), (("device_applicants_30d", "drawn_7d_cents"), 3),
        (("restricted_within_1_hop",), 3), (("tenure_days", "bureau_age_days"), 3),
        (("score_change_30d",), 3), (("score_band", "identity_differences"), 2),
        (("on_time_share_90d",), 3), (("utilisation_trend_30d",), 3),
        (("windows_are_capped", "links_are_capped", "tenure_days"), 5), (None, 5),
    ],
)  # fmt: skip
def test_a_family_that_nobody_asks_for_costs_nothing(
    lender: Lender, django_assert_num_queries: Any, names: Any, statements: int
) -> None:
    lender.customer("C-1")
    lender.customer("C-2")
    ids = list(CustomerSignals.objects.values_list("pk", flat=True))
    with django_assert_num_queries(statements):
        found = queries.facts_for_many(customer_ids=ids, at=AT, names=names)
    wanted = SIGNALS if names is None else [*BASE, *(n for n in names if n in SIGNALS)]
    for facts in found.values():
        assert set(facts.values) == set(wanted)


def test_what_is_asked_for_alone_is_what_is_seen_among_everything(pk: int) -> None:
    for days in (1, 20, 50, 100):
        happened(pk, Kind.REPAYMENT_DUE, AT - days * DAY, amount_cents=5)
        happened(pk, Kind.DRAWDOWN, AT - days * DAY, amount_cents=70_000)
    happened(pk, Kind.REPAYMENT_MISSED, AT - 20 * DAY)
    everything = queries.facts_for(customer_id=pk, at=AT)
    for name in SIGNALS:
        alone: Facts = queries.facts_for(customer_id=pk, at=AT, names=[name])
        assert alone.values[name] == everything.values[name], name


# ── exact ───────────────────────────────────────────────────────────────────────────────────


def test_counts_are_over_the_time_before_the_moment_that_moment_included(pk: int) -> None:
    for ago in (dt.timedelta(0), HOUR - TICK, HOUR, 23 * HOUR, 7 * DAY, 364 * DAY, -TICK):
        happened(pk, Kind.APPLICATION, AT - ago)
    happened(pk, Kind.REFUSAL, AT - 8 * DAY)
    spans = ("1h", "24h", "7d", "30d", "90d", "365d")
    assert seen(pk, *(f"seen_applications_{span}" for span in spans)) == (2, 4, 4, 5, 5, 6)
    assert seen(pk, *(f"seen_refusals_{span}" for span in spans)) == (0, 0, 0, 1, 1, 1)
    assert seen(pk, "days_since_refusal", "days_since_missed_payment") == (8, None)
    assert seen(pk, "event_age_days") == (0,)


def test_sums_of_nothing_are_nothing_and_trends_are_a_share_of_the_limit(pk: int) -> None:
    assert seen(pk, "drawn_30d_cents", "repaid_30d_cents", "utilisation_trend_30d") == (0, 0, 0)
    happened(pk, Kind.DRAWDOWN, AT - 3 * DAY, amount_cents=300_000)
    happened(pk, Kind.DRAWDOWN, AT - 40 * DAY, amount_cents=100_000)
    happened(pk, Kind.REPAYMENT_PAID, AT - 2 * DAY, amount_cents=350_001)
    assert seen(pk, "drawn_7d_cents", "drawn_90d_cents", "repaid_30d_cents") == (
        300_000, 400_000, 350_001,
    )  # fmt: skip
    # Cut towards less, to four places.
    assert seen(pk, "utilisation_trend_30d", "utilisation_trend_90d") == (
        Decimal("-0.0501"), Decimal("0.0499"),
    )  # fmt: skip
    CustomerSignals.objects.update(current_limit_cents=0)
    assert seen(pk, "utilisation_trend_30d") == (None,)


def test_a_payment_is_on_time_unless_it_was_missed(pk: int) -> None:
    assert seen(pk, "on_time_share_90d", "on_time_share_365d") == (None, None)
    for days in (10, 40, 70, 100):
        happened(pk, Kind.REPAYMENT_DUE, AT - days * DAY)
    happened(pk, Kind.REPAYMENT_MISSED, AT - 9 * DAY)
    assert seen(pk, "on_time_share_90d", "on_time_share_365d", "payments_missed_30d") == (
        Decimal("0.6666"), Decimal("0.75"), 1,
    )  # fmt: skip
    assert seen(pk, "days_since_missed_payment") == (9,)
    for days in (1, 2, 3, 4):
        happened(pk, Kind.REPAYMENT_MISSED, AT - days * DAY)
    assert seen(pk, "on_time_share_90d") == (0,)


@pytest.mark.parametrize(
    ("ago", "change"),
    [
        (30 * DAY, 60), (30 * DAY - TICK, None), (45 * DAY, 60), (120 * DAY, 60),
        (120 * DAY + TICK, None),
    ],
)  # fmt: skip
def test_a_score_has_changed_from_the_one_a_decision_of_that_day_would_have_seen(
    pk: int, ago: dt.timedelta, change: int | None
) -> None:
    happened(pk, Kind.SCORE, AT - ago, detail={"score": 660})
    assert seen(pk, "score_change_30d") == (change,)


def test_the_newest_score_before_the_day_counts_and_a_stale_score_has_no_change(pk: int) -> None:
    for days, score in ((100, 500), (95, 740), (89, 900), (31, 700)):
        happened(pk, Kind.SCORE, AT - days * DAY, detail={"score": score})
    names = ("score_change_30d", "score_change_90d", "score_change_180d")
    assert seen(pk, *names) == (20, -20, None)
    late = AT + 91 * DAY
    assert seen(pk, "score_band", *names, at=late) == (None, None, None, None)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (349, None), (350, "poor"), (549, "poor"), (550, "fair"), (649, "good"),
        (650, "very_good"), (699, "very_good"), (700, "excellent"), (950, "excellent"),
        (951, None), (None, None),
    ],
)  # fmt: skip
def test_a_score_lies_in_the_published_band(pk: int, score: int | None, band: str | None) -> None:
    CustomerSignals.objects.update(score=score)
    assert seen(pk, "score_band") == (band,)


def test_applications_are_counted_over_everybody_on_the_same_device(
    lender: Lender, pk: int
) -> None:
    lender.customer("C-2")
    other, mine = CustomerSignals.objects.latest("pk").pk, device(1)
    happened(pk, Kind.LOGIN, AT - 40 * DAY, device_id=mine)
    for hours in (1, 5, 30):
        happened(other, Kind.APPLICATION, AT - hours * HOUR, device_id=mine)
    assert seen(pk, "device_applications_24h", "device_applications_7d") == (2, 3)
    assert seen(pk, "device_applicants_30d", "seen_applications_30d") == (1, 0)
    happened(pk, Kind.APPLICATION, AT, device_id=mine)
    assert seen(pk, "device_applicants_30d", "phone_applications_24h") == (2, 0)


def test_more_than_is_counted_says_at_least(pk: int) -> None:
    happened(pk, Kind.LOGIN, AT, times=1001)
    facts = queries.facts_for(customer_id=pk, at=AT)
    assert (facts.values["seen_logins_24h"], facts.capped) == (1000, ("seen_logins_24h",))
    assert facts.values["windows_are_capped"] is True
    alone = queries.facts_for(customer_id=pk, at=AT, names=["windows_are_capped"])
    assert alone.values["windows_are_capped"] is True
    other = queries.facts_for(customer_id=pk, at=AT, names=["seen_applications_7d"])
    assert (other.capped, "windows_are_capped" in other.values) == ((), False)


def test_what_is_shared_with_others_comes_from_the_links(lender: Lender, pk: int) -> None:
    lender.customer("C-2")
    for customer_id in CustomerSignals.objects.values_list("pk", flat=True):
        Link.objects.create(
            customer_id=customer_id, kind="device", key=b"k", first_seen_at=AT - 9 * DAY,
            last_seen_at=AT - DAY,
        )  # fmt: skip
    assert seen(pk, "customers_on_my_devices", "newest_device_age_days", "devices_30d") == (1, 9, 1)
    assert seen(pk, "group_size", "links_are_capped") == (None, False)


def test_ages_count_whole_days_since_a_source_spoke(lender: Lender, pk: int) -> None:
    names = ("score_age_days", "bureau_age_days", "tenure_days", "verification_age_days")
    assert seen(pk, *names, at=AT + 3 * DAY - TICK) == (2, None, 2, 2)
    assert seen(pk, *names, at=AT + 3 * DAY) == (3, None, 3, 3)
    assert seen(pk, "score_age_days", at=AT - DAY) == (0,)
