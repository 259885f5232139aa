"""What cannot be is refused before the database is asked, with its place and a reason."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given as given_by_chance
from hypothesis import settings
from hypothesis import strategies as st

from backoffice.lib.errors import FieldFault
from risk.events.facts import EventKind
from risk.signals.event_fields import FIELDS
from risk.signals.given import CheckedEvent, GivenEvent, checked
from tests.lender import AT

CUSTOMER = "cus_" + "a" * 26
EARLIEST = AT.replace(year=2023)


def given(
    event_id: object, kind: object, occurred_at: object, customer_id: object, **fields: Any
) -> GivenEvent:
    return GivenEvent(event_id, kind, occurred_at, customer_id, fields=fields.get("fields", fields))


def given_faults(event: GivenEvent) -> tuple[FieldFault, ...]:
    found = checked(event, at=AT, earliest=EARLIEST)
    return () if isinstance(found, CheckedEvent) else found


def faults(
    event_id: object, kind: object, occurred_at: object, customer_id: object, **fields: Any
) -> dict[str, str]:
    event = given(event_id, kind, occurred_at, customer_id, **fields)
    return {fault.pointer: fault.code for fault in given_faults(event)}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"event_id": None}, {"/event_id": "required"}),
        ({"event_id": ""}, {"/event_id": "malformed"}),
        ({"event_id": "a b"}, {"/event_id": "malformed"}),
        ({"event_id": "x" * 101}, {"/event_id": "malformed"}),
        ({"event_id": "\ud800"}, {"/event_id": "malformed"}),
        ({"event_id": 17}, {"/event_id": "wrong_type"}),
        ({"kind": None}, {"/kind": "required"}),
        ({"kind": "aplication"}, {"/kind": "unknown_choice"}),
        ({"kind": ["score"]}, {"/kind": "unknown_choice"}),
        ({"customer_id": None}, {"/customer_id": "required"}),
        ({"customer_id": "C-1"}, {"/customer_id": "not_an_id"}),
        ({"occurred_at": None}, {"/occurred_at": "required"}),
        ({"occurred_at": "yesterday"}, {"/occurred_at": "invalid"}),
        ({"occurred_at": "2026-06-01T04:00:00"}, {"/occurred_at": "naive"}),
        ({"occurred_at": "1899-06-01T04:00:00Z"}, {"/occurred_at": "far_away"}),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, {"/occurred_at": "far_away"}),
        ({"occurred_at": 1780286400}, {"/occurred_at": "invalid"}),
        ({"occurred_at": "2026-06-01T04:05:00.000001Z"}, {"/occurred_at": "time_in_future"}),
        ({"occurred_at": "2023-06-01T03:59:59Z"}, {"/occurred_at": "time_too_old"}),
        ({"amount_cents": None}, {"/amount_cents": "required"}),
        ({"amount_cents": -1}, {"/amount_cents": "too_small"}),
        ({"amount_cents": 10**15 + 1}, {"/amount_cents": "too_great"}),
        ({"amount_cents": "5"}, {"/amount_cents": "wrong_type"}),
        ({"amount_cents": True}, {"/amount_cents": "wrong_type"}),
        ({"amount_cents": 1.0}, {"/amount_cents": "wrong_type"}),
        ({"product": "a\x00"}, {"/product": "malformed"}),
        ({"phone": "12"}, {"/phone": "malformed"}),
        ({"phone": "  "}, {"/phone": "blank"}),
        ({"address": "-"}, {"/address": "malformed"}),
        ({"address": "x" * 301}, {"/address": "too_long"}),
        ({"employer": "\x07"}, {"/employer": "control_characters"}),
        ({"device": {}}, {"/device": "wrong_type"}),
        ({"device": "phone"}, {"/device": "wrong_type"}),
        ({"device": {"model": "P40"}}, {"/device": "not_identified"}),
        ({"device": {"android_id": 7}}, {"/device/android_id": "not_text"}),
        ({"score": 700}, {"/score": "unknown_field"}),
        ({"a~/b": 1}, {"/a~0~1b": "unknown_field"}),
        (
            {"phone": 1, "amount_cents": "x"},
            {"/amount_cents": "wrong_type", "/phone": "wrong_type"},
        ),
    ],
    ids=lambda value: json.dumps(value, default=str)[:40] if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(
    change: dict[str, Any], fault: dict[str, str]
) -> None:
    values = {
        "event_id": "E-1", "kind": "application", "customer_id": CUSTOMER, "occurred_at": AT,
        "amount_cents": 1, **change,
    }  # fmt: skip
    assert faults(**values) == fault


@pytest.mark.parametrize(
    ("kind", "fields", "fault"),
    [
        ("score", {"score": 1001}, {"/score": "too_great"}),
        ("score", {}, {"/score": "required"}),
        ("limit", {"limit_cents": 0.5}, {"/limit_cents": "wrong_type"}),
        ("login", {}, {"/device": "required"}),
        ("contact", {"changed": "fax"}, {"/changed": "unknown_choice"}),
        ("bureau", {}, {"/outside_debt_cents": "required"}),
        ("bureau", {"debt_to_income": "0.12345"}, {"/debt_to_income": "too_precise"}),
        ("bureau", {"debt_to_income": "1e3"}, {"/debt_to_income": "wrong_type"}),
        ("default", {"happened": "yes"}, {"/happened": "wrong_type"}),
        ("default", {"source": "x" * 41}, {"/source": "malformed"}),
        ("repayment_paid", {"amount_cents": 1, "days_late": -1}, {"/days_late": "too_small"}),
    ],
)
def test_each_kind_says_what_it_says(
    kind: str, fields: dict[str, Any], fault: dict[str, str]
) -> None:
    assert faults("E-1", kind, AT, CUSTOMER, **fields) == fault


def test_a_guess_is_offered_and_nothing_that_was_sent_is_repeated() -> None:
    found = [
        given_faults(given("E-1", "aplication", AT, CUSTOMER)),
        given_faults(given("E-2", "application", AT, CUSTOMER, amount_cents=1, fone="138123")),
        given_faults(given("E-3", "application", AT, CUSTOMER, amount_cents=1, phone="1x" * 13)),
    ]
    with translation.override("en"):
        details = [str(fault.detail) for faults in found for fault in faults]
    assert details == [
        "No such kind. Did you mean application?",
        "Unknown field. Did you mean phone?",
        "At most 24 characters.",
    ]


def test_many_unknown_fields_are_not_all_named() -> None:
    assert len(faults("E-1", "refusal", AT, CUSTOMER, **{f"x{n}": 1 for n in range(500)})) == 20


def test_what_is_kept_is_what_was_said_in_one_form() -> None:
    event = checked(
        given("E-1", "bureau", "2026-06-01T12:00:00+08:00", CUSTOMER, outside_debt_cents=10**15,
              debt_to_income=Decimal("0.5"), outside_lenders=None),
        at=AT, earliest=EARLIEST,
    )  # fmt: skip
    assert isinstance(event, CheckedEvent)
    assert (event.kind, event.occurred_at) == (EventKind.BUREAU, AT)
    assert event.said == {"outside_debt_cents": 10**15, "debt_to_income": "0.5000"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = sorted({name for fields in FIELDS.values() for name in fields.readers})


@settings(deadline=None)
@given_by_chance(
    common=st.tuples(JSON, st.sampled_from([*EventKind, "x", None]), JSON | st.just(AT), JSON),
    fields=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), JSON, max_size=6),
)
def test_whatever_comes_is_checked_or_refused(
    common: tuple[Any, Any, Any, Any], fields: dict[str, Any]
) -> None:
    """Whatever passes can be kept: as JSON, within its columns."""
    for event in (given(*common, fields=fields), given("E", common[1], AT, CUSTOMER)):
        found = checked(event, at=AT, earliest=EARLIEST)
        if isinstance(found, CheckedEvent):
            json.dumps(found.said, allow_nan=False).encode()
            numbers = [each for each in found.said.values() if isinstance(each, int)]
            assert all(0 <= each < 2**63 for each in numbers)
        else:
            assert all(fault.pointer.startswith("/") and fault.code for fault in found)
