"""What an event says reads as words, in the operator's language."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from risk.events.words import NAMES, said_words
from risk.signals.event_fields import FIELDS


@pytest.mark.parametrize(
    ("detail", "language", "words"),
    [
        ({}, "en", "—"),
        ({"days_late": 30, "product": "flex"}, "en", "days late: 30 · product: flex"),
        ({"changed": "phone"}, "zh-hans", "变更: 手机号"),
        ({"happened": False}, "en", "happened: no"),
        (
            {"outside_debt_cents": 1_234_500, "debt_to_income": "0.5000"}, "en",
            "debts with other lenders: ¥12,345 · monthly debt payments to income: 50%",
        ),
        ({"new": 1}, "en", "new: 1"),
    ],
)  # fmt: skip
def test_it_reads_as_words(detail: dict[str, Any], language: str, words: str) -> None:
    with translation.override(language):
        assert said_words(detail) == words


def test_every_field_that_is_kept_has_a_name() -> None:
    elsewhere = {
        "amount_cents", "limit_cents", "device", "phone", "address", "employer",
        "emergency_contact", "payee",
    }  # fmt: skip
    kept = {name for fields in FIELDS.values() for name in fields.readers} - elsewhere
    assert kept == set(NAMES)
