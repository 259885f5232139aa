"""What a decision sees: everything catalogued, nothing too old, ages kept up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.customers.facts import Profile
from accounts.verification import services as verification
from compliance.ledger.facts import system
from risk.signals import queries, rules, tasks
from risk.signals.catalogue import COLUMNS, SIGNALS, STALENESS, STORED, staleness_of
from risk.signals.facts import Signal, SignalType
from risk.signals.models import CustomerSignals
from tests.lender import AT, GOOD_SIGNALS, Lender

NIGHT = dt.datetime(2026, 6, 2, 17, tzinfo=dt.UTC)  # 01:00 on 3 June in Shanghai
TICK = dt.timedelta(microseconds=1)
GIVEN = (*GOOD_SIGNALS, "applications_7d", "applications_90d", "current_limit_cents",
         "payment_ratio_6m")  # fmt: skip
KEPT = pytest.mark.parametrize("signal", STORED.values(), ids=lambda signal: signal.name)


def only() -> int:
    return CustomerSignals.objects.get().pk


@KEPT
def test_a_signal_is_fresh_to_the_last_moment_of_its_days_and_not_after(signal: Signal) -> None:
    assert signal.fresh_days is not None
    days = dt.timedelta(days=signal.fresh_days)
    assert not rules.is_stale(signal=signal, observed_at=AT, at=AT + days)
    assert rules.is_stale(signal=signal, observed_at=AT, at=AT + days + TICK)
    assert rules.is_stale(signal=signal, observed_at=None, at=AT)


def test_what_verification_says_never_goes_stale() -> None:
    signal = SIGNALS["identity_status"]
    assert not rules.is_stale(signal=signal, observed_at=None, at=AT)


@pytest.mark.parametrize(("wait", "stale"), [(dt.timedelta(), False), (TICK, True)])
def test_a_decision_sees_stale_signals_as_unknown_and_says_which(
    lender: Lender, wait: dt.timedelta, stale: bool
) -> None:
    lender.customer()
    facts = queries.facts_for(customer_id=only(), at=AT + dt.timedelta(days=45) + wait)
    assert facts.values["score"] == 720  # fresh for 90 days
    assert facts.values["applications_30d"] is None  # for 7
    assert facts.values["utilisation"] == (None if stale else Decimal("0.3"))
    repayment = ("utilisation", "months_late_now", "months_late_max_6m")
    assert facts.stale == ((*repayment, "applications_30d") if stale else ("applications_30d",))
    seen = rules.columns(facts)
    assert list(seen) == list(COLUMNS)
    assert facts.values["score_age_days"] == 45  # worked out at every reading
    assert {name: seen[name] for name in facts.values} == facts.values
    flagged = {staleness_of(name) for name in STALENESS if seen[name] is True}
    assert flagged == set(facts.stale)
    assert {seen[name] for name in STALENESS} == {True, False}


def test_every_catalogued_signal_is_there_in_the_type_tables_take(
    lender: Lender, django_assert_num_queries: Any
) -> None:
    lender.customer(applications_7d=0, applications_90d=2, current_limit_cents=10**15,
                    payment_ratio_6m=Decimal("0.5"))  # fmt: skip
    pk = only()
    with django_assert_num_queries(5):
        facts = queries.facts_for(customer_id=pk, at=AT)
    assert list(facts.values) == list(SIGNALS)
    types = {SignalType.NUMBER: Decimal, SignalType.STRING: str, SignalType.BOOLEAN: bool}
    for name, value in facts.values.items():
        if name in STORED and name not in GIVEN:
            assert value is None, name
        else:
            assert value is None or type(value) is types[SIGNALS[name].type], name
            assert value is not None or SIGNALS[name].may_be_null, name
    assert (facts.values["identity_status"], facts.values["phone_comparison"]) == (
        "verified", "match",
    )  # fmt: skip
    assert facts.stale == ()


def test_a_customer_nobody_has_spoken_about_is_all_unknown(lender: Lender) -> None:
    ref = verification.upsert_customer(
        reference="C-9", profile=Profile(), actor=system("test"), at=AT
    )
    facts = queries.facts_for(customer_id=ref.id, at=AT)
    known = {name for name, value in facts.values.items() if value is not None}
    always = {name for name, signal in SIGNALS.items() if not signal.may_be_null}
    assert known == always | {"profile_age_days"}
    assert {facts.values[name] for name in always} == {0, "unverified", "missing"}
    assert (facts.values["identity_status"], facts.values["phone_comparison"]) == (
        "unverified", "missing",
    )  # fmt: skip
    assert facts.stale == ()
    assert not CustomerSignals.objects.filter(customer_id=ref.id).exists()


# ── ages ────────────────────────────────────────────────────────────────────────────────────


def born(reference: str, day: dt.date) -> int:
    return verification.upsert_customer(
        reference=reference, profile=Profile(birth_date=day), actor=system("test"), at=AT
    ).id  # fmt: skip


def ages() -> dict[int, int | None]:
    return dict(CustomerSignals.objects.values_list("pk", "age_years"))


@pytest.fixture
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.lib.clock.now", lambda: NIGHT)


@pytest.mark.usefixtures("_now", "db")
def test_ages_follow_the_lenders_own_calendar_in_batches_and_twice_is_as_once() -> None:
    days = [dt.date(2008, 6, 3), dt.date(2008, 6, 4), dt.date(1850, 1, 1), dt.date(2026, 6, 1)]
    pks = [born(f"B-{index}", day) for index, day in enumerate(days)]
    undated = verification.upsert_customer(
        reference="B-9", profile=Profile(), actor=system("test"), at=AT
    ).id  # fmt: skip
    assert tasks.refresh_ages(batch=2) == 4
    # Nobody is 176: a date of birth that cannot be true says nothing.
    assert ages() == dict(zip(pks, [18, 17, None, 0], strict=True))
    assert undated not in ages()
    assert tasks.refresh_ages(batch=3) == 4
    assert ages() == dict(zip(pks, [18, 17, None, 0], strict=True))


@pytest.mark.usefixtures("_now", "db")
def test_refreshing_ages_leaves_every_other_signal_alone(lender: Lender) -> None:
    lender.customer("C-1")
    born("C-1", dt.date(1990, 6, 1))
    before = CustomerSignals.objects.values().get()
    tasks.refresh_ages()
    after = CustomerSignals.objects.values().get()
    assert (before["age_years"], after["age_years"]) == (35, 36)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"age_years", "age_years_observed_at"}
