"""Ids, money, time and refusals."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from backoffice.lib import clock, ids, money
from backoffice.lib.errors import (
    Conflict,
    FieldFault,
    Invalid,
    Missing,
    NotAllowed,
    Refused,
    Unavailable,
)


@pytest.mark.parametrize("make", [ids.opaque, ids.ordered])
def test_an_id_says_what_it_is_and_is_never_the_same_twice(make: object) -> None:
    made = [make("cus") for _ in range(500)]  # type: ignore[operator]
    assert len(set(made)) == 500
    assert all(ids.looks_valid("cus", one) and len(one) == 30 for one in made)


def test_ids_made_at_one_time_are_neighbours() -> None:
    moment = dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)
    with time_machine.travel(moment, tick=False):
        made = [ids.ordered("dec") for _ in range(20)]
    assert len({one[: len("dec_") + 9] for one in made}) == 1
    with time_machine.travel(moment + dt.timedelta(days=30), tick=False):
        assert ids.ordered("dec")[: len("dec_") + 9] != made[0][: len("dec_") + 9]


@pytest.mark.parametrize(
    "text",
    ["", "cus", "cus_", "cus_" + "a" * 25, "cus_" + "a" * 27, "cus_" + "A" * 26,
     "cus_" + "1" * 26, "dec_" + "a" * 26, "cus_" + "ａ" * 26, "cus_" + "a" * 25 + "_"],
)  # fmt: skip
def test_what_no_id_looks_like_is_told_apart(text: str) -> None:
    assert ids.looks_valid("cus", text) is False


@pytest.mark.parametrize(
    ("cents", "currency", "shown"),
    [
        (0, "CNY", "¥0"), (5, "CNY", "¥0.05"), (100, "CNY", "¥1"), (123_456, "CNY", "¥1,234.56"),
        (20_000_000, "CNY", "¥200,000"), (-150, "CNY", "-¥1.50"), (-1, "CNY", "-¥0.01"),
        (1_000_000, "TWD", "NT$10,000"), (100, "EUR", "EUR 1"), (None, "CNY", "—"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_money_reads_alike_in_every_language(
    cents: int | None, currency: str, shown: str, language: str
) -> None:
    with translation.override(language):
        assert money.display(cents, currency) == shown


@given(st.integers(-(10**15), 10**15))
def test_shown_money_can_be_read_back_to_the_cent(cents: int) -> None:
    text = money.display(cents).replace("¥", "").replace(",", "")
    assert Decimal(text) * 100 == cents


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [("0.07200", "7.2%"), ("0.146", "14.6%"), ("0", "0%"), ("1", "100%"), ("0.00001", "0.001%"),
     ("0.24", "24%")],
)  # fmt: skip
def test_a_rate_is_shown_exactly(fraction: str, shown: str) -> None:
    assert money.percent(Decimal(fraction)) == shown


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-06-01T15:59:59+00:00", "2026-06-01"),
        ("2026-06-01T16:00:00+00:00", "2026-06-02"),  # midnight in Shanghai
        ("2026-06-01T23:59:59-12:00", "2026-06-02"),
    ],
)
def test_a_business_day_is_the_lender_s_own(instant: str, day: str) -> None:
    assert clock.business_date(dt.datetime.fromisoformat(instant)).isoformat() == day


@pytest.mark.parametrize(
    ("error", "status"),
    [(Refused, 400), (NotAllowed, 403), (Missing, 404), (Conflict, 409), (Invalid, 422),
     (Unavailable, 503)],
)  # fmt: skip
def test_a_refusal_shows_its_code_in_logs_and_its_words_to_people(
    error: type[Refused], status: int
) -> None:
    fault = FieldFault("/phone", "malformed", "words")
    refused = error("Words for a person.", code="a_code", faults=[fault], extra={"at": 1})
    assert (error.status, str(refused), refused.message) == (
        status,
        "a_code",
        "Words for a person.",
    )
    assert (refused.faults, refused.extra) == ((fault,), {"at": 1})
