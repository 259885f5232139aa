"""Writing signals: what is refused, what late news does, and what a batch is."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from backoffice.lib.errors import Invalid
from risk.signals import rules, services
from risk.signals.catalogue import STORED
from risk.signals.models import CustomerSignals, Outcome
from tests.lender import AT, Lender
from tests.threads import WAIT_SECONDS, at_once, wait_for_a_waiter

HOUR = dt.timedelta(hours=1)


def customer_id(lender: Lender, reference: str = "C-1") -> int:
    lender.customer(reference)
    return CustomerSignals.objects.latest("pk").pk


def kept(pk: int, *names: str) -> tuple[Any, ...]:
    return CustomerSignals.objects.filter(pk=pk).values_list(*names).get()


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"scrore": 700}, {"/scrore": "signal_unknown"}),
        ({"identity_status": 1}, {"/identity_status": "signal_unknown"}),
        ({"score": "700"}, {"/score": "wrong_type"}),
        ({"score": 700.0}, {"/score": "wrong_type"}),
        ({"score": True}, {"/score": "wrong_type"}),
        ({"score": Decimal("NaN")}, {"/score": "not_finite"}),
        ({"score": Decimal("sNaN")}, {"/score": "not_finite"}),
        ({"score": Decimal("-Infinity")}, {"/score": "not_finite"}),
        ({"score": 10**30}, {"/score": "too_great"}),
        ({"score": Decimal("1E+999999")}, {"/score": "too_great"}),
        ({"score": -1}, {"/score": "too_small"}),
        ({"score": 1001}, {"/score": "too_great"}),
        ({"score": Decimal("700.5")}, {"/score": "not_whole"}),
        ({"utilisation": Decimal("1000.0001")}, {"/utilisation": "too_great"}),
        ({"payment_ratio_6m": Decimal("99999.00001")}, {"/payment_ratio_6m": "too_great"}),
        ({"current_limit_cents": 10**15 + 1}, {"/current_limit_cents": "too_great"}),
        ({"score": -1, "age_years": 151, "months_late_now": 0},
         {"/score": "too_small", "/age_years": "too_great"}),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_name_and_nothing_is_written(
    lender: Lender, values: dict[str, Any], codes: dict[str, str]
) -> None:
    pk = customer_id(lender)
    before = CustomerSignals.objects.values().get(pk=pk)
    with pytest.raises(Invalid) as refused, transaction.atomic():
        services.write(
            customer_id=pk, values={"months_late_max_6m": 5, **values}, observed_at=AT + HOUR
        )
    assert refused.value.code == "signals_invalid"
    assert {fault.pointer: fault.code for fault in refused.value.faults} == codes
    assert CustomerSignals.objects.values().get(pk=pk) == before


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("score", 0, 0), ("score", Decimal("1000.0"), 1000), ("score", Decimal("-0"), 0),
        ("utilisation", Decimal("0.00005"), Decimal("0.0000")),
        ("utilisation", Decimal("0.00015"), Decimal("0.0002")),
        ("utilisation", Decimal("1000"), Decimal("1000.0000")),
        ("utilisation", Decimal("1E-30"), Decimal("0.0000")),
        ("utilisation", 1, Decimal("1.0000")),
        ("payment_ratio_6m", Decimal("99999"), Decimal("99999.0000")),
        ("current_limit_cents", 10**15, 10**15), ("age_years", 150, 150), ("score", None, None),
    ],
)  # fmt: skip
def test_a_value_is_kept_as_its_column_keeps_it(
    lender: Lender, name: str, value: Any, stored: Any
) -> None:
    pk = customer_id(lender)
    services.write(customer_id=pk, values={name: value}, observed_at=AT + HOUR)
    assert kept(pk, name) == (stored,)


@given(
    name=st.sampled_from(sorted(STORED)),
    value=st.one_of(
        st.integers(), st.decimals(), st.floats(), st.text(max_size=3), st.booleans(), st.none(),
        st.decimals(-2, 1001, places=5),
    ),
)  # fmt: skip
def test_whatever_passes_the_check_fits_its_column(name: str, value: Any) -> None:
    if rules.faults_in({name: value}):
        return
    stored = rules.stored_value(name, value)
    signal = STORED[name]
    if value is None:
        assert stored is None
        return
    assert stored is not None
    assert signal.least is not None
    assert signal.greatest is not None
    assert signal.least <= stored <= signal.greatest
    assert Decimal(stored).as_tuple().exponent == -signal.decimal_places


def test_the_first_word_about_a_customer_makes_the_row(lender: Lender) -> None:
    pk = customer_id(lender)
    CustomerSignals.objects.all().delete()
    services.write(customer_id=pk, values={"score": 640}, observed_at=AT)
    assert kept(pk, "score", "score_observed_at", "utilisation", "utilisation_observed_at") == (
        640, AT, None, None,
    )  # fmt: skip


def test_late_news_of_a_signal_does_not_undo_newer_news_of_it(lender: Lender) -> None:
    pk = customer_id(lender)
    services.write(customer_id=pk, values={"score": 650}, observed_at=AT + 2 * HOUR)
    services.write(customer_id=pk, values={"score": 500}, observed_at=AT + HOUR)
    assert kept(pk, "score", "score_observed_at") == (650, AT + 2 * HOUR)
    services.write(customer_id=pk, values={"score": 660}, observed_at=AT + 2 * HOUR)
    assert kept(pk, "score", "score_observed_at") == (660, AT + 2 * HOUR)


def test_news_of_one_signal_neither_holds_back_nor_refreshes_another(lender: Lender) -> None:
    """Not even of the same source: a daily feed must not make a monthly one look new."""
    pk = customer_id(lender)
    services.write(customer_id=pk, values={"utilisation": 1}, observed_at=AT + 2 * HOUR)
    assert kept(pk, "months_late_now", "months_late_now_observed_at") == (0, AT)
    values = {"utilisation": 0, "months_late_now": 2}
    services.write(customer_id=pk, values=values, observed_at=AT + HOUR)
    assert kept(pk, "utilisation", "months_late_now", "months_late_now_observed_at") == (
        Decimal(1), 2, AT + HOUR,
    )  # fmt: skip


def test_null_is_news_too(lender: Lender) -> None:
    pk = customer_id(lender)
    services.write(customer_id=pk, values={"score": None}, observed_at=AT + HOUR)
    assert kept(pk, "score", "score_observed_at", "utilisation") == (
        None, AT + HOUR, Decimal("0.3000"),
    )  # fmt: skip


def test_a_batch_is_one_statement_for_all_its_customers(
    lender: Lender, django_assert_num_queries: object
) -> None:
    pks = [customer_id(lender, f"C-{index}") for index in range(3)]
    rows = [(pk, {"score": 600 + index}) for index, pk in enumerate(reversed(pks))]
    with django_assert_num_queries(1):  # type: ignore[operator]
        services.write_many(rows=rows, observed_at=AT + HOUR)
    assert [kept(pk, "score")[0] for pk in pks] == [602, 601, 600]
    with django_assert_num_queries(0):  # type: ignore[operator]
        services.write_many(rows=[], observed_at=AT)


@pytest.mark.django_db(transaction=True)
def test_a_batch_takes_its_rows_in_order_of_id_whatever_order_it_is_given(
    lender_on_disk: Lender,
) -> None:
    """Else it would hold the later row while the other batch, holding the earlier, waits for it."""
    first, second = (customer_id(lender_on_disk, f"C-{index}") for index in range(2))

    def in_two_steps() -> None:
        with transaction.atomic():
            services.write_many(rows=[(first, {"score": 1})], observed_at=AT + HOUR)
            is_first_held.set()
            wait_for_a_waiter()
            services.write_many(rows=[(second, {"score": 1})], observed_at=AT + HOUR)

    def at_once_and_backwards() -> None:
        assert is_first_held.wait(WAIT_SECONDS)
        rows = [(second, {"score": 2}), (first, {"score": 2})]
        services.write_many(rows=rows, observed_at=AT + HOUR)

    is_first_held = threading.Event()
    assert at_once([in_two_steps, at_once_and_backwards]) == [None, None]
    assert [kept(pk, "score") for pk in (first, second)] == [(2,), (2,)]


# ── outcomes ────────────────────────────────────────────────────────────────────────────────


def outcomes() -> list[tuple[int, str, bool]]:
    return list(Outcome.objects.order_by("id").values_list("customer_id", "kind", "happened"))


def test_an_outcome_is_recorded_once_and_the_latest_report_stands(lender: Lender) -> None:
    pk = customer_id(lender)
    services.record_outcomes(rows=[(pk, "default", False, AT)], source="import")
    services.record_outcomes(rows=[(pk, "default", True, AT)], source="import")
    assert outcomes() == [(pk, "default", True)]
    services.record_outcomes(
        rows=[(pk, "default", False, AT), (pk, "default", True, AT), (pk, "cure", False, AT)],
        source="import",
    )
    assert sorted(outcomes()) == [(pk, "cure", False), (pk, "default", True)]


def test_another_source_or_time_is_another_outcome(lender: Lender) -> None:
    pk = customer_id(lender)
    services.record_outcomes(rows=[(pk, "default", True, AT)], source="import")
    services.record_outcomes(rows=[(pk, "default", False, AT)], source="ledger")
    services.record_outcomes(rows=[(pk, "default", False, AT + HOUR)], source="import")
    assert Outcome.objects.count() == 3
