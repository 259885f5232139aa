"""From a policy's outcomes to the answer: nothing widens what a cause has narrowed, and the same
facts give the same bytes for ever."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.access.facts import Product, State
from risk.decisions import rules
from risk.policies import starter
from risk.signals.catalogue import SIGNALS, STORED, of_family
from risk.signals.facts import Facts, SignalFamily, SignalType
from risk.signals.rules import columns
from risk.tables.facts import Outcome, TableOutcome
from risk.tables.services import canonical, compile_model, model_from_json
from tests.lender import AT

PRODUCT = Product(
    id=7, code="flex-credit", name_zh="灵活借", name_en="Flex", currency="CNY",
    min_amount_cents=500_000, max_amount_cents=20_000_000, min_term_months=1, max_term_months=12,
    min_annual_rate=Decimal("0.03000"), max_annual_rate=Decimal("0.24000"), review_days=90,
    is_active=True,
)  # fmt: skip
GOOD_TERMS = {"limit_cents": Decimal(8_000_000), "annual_rate": Decimal("0.10"),
              "max_term_months": Decimal(12)}  # fmt: skip

rows = st.builds(
    lambda reason, effect, limit, days: {
        "reason": reason, "effect": effect,
        "limit_cents": limit if effect == "LIMITED" else None, "days": days,
    },
    st.sampled_from(["A_REASON", "B_REASON", "C_REASON"]),
    st.sampled_from(["LIMITED", "CLOSED"]),
    st.none() | st.integers(0, 9_000_000).map(Decimal),
    st.none() | st.integers(1, 3650).map(Decimal),
)  # fmt: skip
terms = st.none() | st.builds(
    lambda limit, rate, term: {
        "limit_cents": Decimal(limit), "annual_rate": rate, "max_term_months": Decimal(term),
    },
    st.integers(1, 10**10), st.decimals("0.001", "0.5", places=5), st.integers(1, 60),
)  # fmt: skip


def answered(restrictions: list[Any], given_terms: Any) -> tuple[Any, Any, dict[str, Any]]:
    outcomes = Outcome(
        restrictions=TableOutcome(tuple(restrictions), (), ()),
        terms=TableOutcome(given_terms, (), ()),
    )
    compiled: Any = SimpleNamespace(evaluate=lambda _signals: outcomes)
    found = rules.evaluate(compiled=compiled, signals={}, product=PRODUCT, at=AT)
    return found.causes, found.terms, dict(found.answer)


def narrowness(answer: dict[str, Any]) -> tuple[int, int]:
    limit = answer["limit_cents"]
    return State(answer["state"]).severity, -(limit if limit is not None else 0)


@given(st.lists(rows, max_size=6), terms, st.randoms())
def test_the_order_of_rows_decides_nothing(restrictions: Any, given: Any, random: Any) -> None:
    causes, _terms, answer = answered(restrictions, given)
    shuffled = random.sample(restrictions, len(restrictions))
    others, _terms, other = answered(shuffled, given)
    assert set(causes) == set(others)
    for name in ("state", "limit_cents", "reason_codes", "terms"):
        assert answer[name] == other[name]


@given(st.lists(rows, max_size=5), rows, terms)
def test_one_more_cause_never_widens_access(restrictions: Any, more: Any, given: Any) -> None:
    _causes, _terms, before = answered(restrictions, given)
    _causes, _terms, after = answered([*restrictions, more], given)
    assert narrowness(after) >= narrowness(before)
    assert set(before["reason_codes"]) - {"NO_TERMS"} <= set(after["reason_codes"])


@given(st.lists(rows, max_size=6), terms)
def test_an_answer_follows_from_its_causes_and_stays_within_the_product(
    restrictions: Any, given: Any
) -> None:
    causes, kept, answer = answered(restrictions, given)
    assert [cause.reason_code for cause in causes] == list(
        dict.fromkeys(cause.reason_code for cause in causes)
    )  # one cause a reason
    assert set(answer["reason_codes"]) == {cause.reason_code for cause in causes}
    is_closed = any(cause.effect is State.CLOSED for cause in causes)
    wanted = State.CLOSED if is_closed else State.LIMITED if causes else State.OPEN
    assert answer["state"] == wanted
    if kept is None:
        assert answer["state"] == "CLOSED"
        assert answer["terms"] is None
    else:
        assert 500_000 <= kept.limit_cents <= min(20_000_000, given["limit_cents"])
        assert 1 <= kept.max_term_months <= min(12, given["max_term_months"])
        assert max(Decimal("0.03"), given["annual_rate"]) == kept.annual_rate <= Decimal("0.24")
    if answer["state"] != "CLOSED":
        caps = [cause.limit_cents for cause in causes if cause.limit_cents is not None]
        assert answer["limit_cents"] == min([kept.limit_cents, *caps])


def cause(effect: str, limit: int | None = None, days: int | None = None) -> dict[str, Any]:
    return {"reason": "A_REASON", "effect": effect,
            "limit_cents": None if limit is None else Decimal(limit),
            "days": None if days is None else Decimal(days)}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "effect", "limit", "days"),
    [
        ([cause("LIMITED", 5), cause("LIMITED", 3)], "LIMITED", 3, None),
        ([cause("LIMITED", 5), cause("LIMITED")], "LIMITED", 5, None),
        ([cause("LIMITED", 5), cause("CLOSED")], "CLOSED", None, None),
        ([cause("LIMITED", 5), cause("CLOSED"), cause("LIMITED", 3)], "CLOSED", None, None),
        ([cause("CLOSED", days=30), cause("CLOSED", days=60)], "CLOSED", None, 60),
        # One of them has no date to end on, so neither has the two together.
        ([cause("CLOSED", days=30), cause("LIMITED", 3)], "CLOSED", None, None),
        ([cause("CLOSED"), cause("CLOSED", days=9), cause("CLOSED", days=8)], "CLOSED", None, None),
    ],
)
def test_rows_with_one_reason_are_one_cause_the_most_severe_and_longest(
    found: list[Any], effect: str, limit: int | None, days: int | None
) -> None:
    for order in itertools.permutations(found):
        [merged], _terms, _answer = answered(list(order), GOOD_TERMS)
        assert (merged.effect, merged.limit_cents) == (State(effect), limit)
        assert merged.ends_at == (None if days is None else AT + dt.timedelta(days=days))


def test_without_terms_nothing_is_usable_and_the_customer_is_told_so() -> None:
    [only], kept, answer = answered([], None)
    assert (only.reason_code, only.effect, kept) == ("NO_TERMS", State.CLOSED, None)
    assert answer["reason_codes"] == ["NO_TERMS"]
    below = {**GOOD_TERMS, "limit_cents": Decimal(499_999)}
    assert answered([], below)[2]["reason_codes"] == ["NO_TERMS"]
    # A graver cause says it already.
    assert answered([cause("CLOSED")], None)[2]["reason_codes"] == ["A_REASON"]


# ── replay ──────────────────────────────────────────────────────────────────────────────────


COUNTED = ("seen_applications_7d", "score_change_30d", "score_band", "windows_are_capped")
ALWAYS_SEEN = [*STORED, *of_family(SignalFamily.VERIFICATION)]


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    values: dict[str, Any] = {}
    for name in (*ALWAYS_SEEN, *COUNTED):
        signal = SIGNALS[name]
        if signal.type is not SignalType.NUMBER:
            values[name] = draw(st.sampled_from(signal.choices or (True, False)))
            continue
        assert signal.greatest is not None
        usual = min(int(signal.greatest), {"points": 1000, "ratio": 2}.get(signal.unit, 6))
        values[name] = draw(
            st.none()
            | st.decimals(0, usual, places=signal.decimal_places)
            | st.sampled_from([Decimal(0), signal.greatest, Decimal(18), Decimal(30_000_000)])
        )
    stale = draw(st.sets(st.sampled_from(sorted(STORED))))
    capped = draw(st.sampled_from([(), ("seen_applications_7d",)]))
    return Facts({**values, **dict.fromkeys(stale)}, tuple(sorted(stale)), capped)


def with_stale_score() -> dict[str, Any]:
    """The starter policy, where a score that is too old is a cause of its own."""
    content = starter.consumer_credit()
    table = content["tables"][0]
    table["inputs"].append({"name": "score_is_stale", "type": "boolean"})
    for rule in table["rules"]:
        rule["inputs"].append("-")
    table["rules"].append({
        "inputs": ["-"] * (len(table["inputs"]) - 1) + ["true"],
        "outputs": ['"DATA_STALE"', '"LIMITED"', "1000000", ""],
    })  # fmt: skip
    return content


def with_counted() -> dict[str, Any]:
    """The starter policy, with causes for what is counted over events and worked out."""
    content = starter.consumer_credit()
    table = content["tables"][0]
    tests = {"seen_applications_7d": "> 3", "score_change_30d": "< -20", "score_band": '"poor"',
             "windows_are_capped": "true"}  # fmt: skip
    table["inputs"] += [{"name": name, "type": SIGNALS[name].type.value} for name in tests]
    for rule in table["rules"]:
        rule["inputs"] += ["-"] * len(tests)
    for place, test in enumerate(tests.values()):
        cells = ["-"] * len(table["inputs"])
        cells[place - len(tests)] = test
        table["rules"].append(
            {"inputs": cells, "outputs": ['"DATA_STALE"', '"LIMITED"', str(place), ""]}
        )
    return content


@settings(max_examples=150, deadline=None)
@given(
    facts(),
    st.sampled_from(
        [starter.consumer_credit, starter.repayment_behaviour, with_stale_score, with_counted]
    ),
    st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1)),
    st.integers(-12, 14),
    st.sampled_from([Decimal("0.03"), Decimal("0.1"), Decimal("0.00000"), Decimal("0.14600")]),
)
def test_stored_facts_give_the_same_bytes_again(
    seen: Facts, make: Callable[[], Any], at: dt.datetime, offset: int, least_rate: Decimal
) -> None:
    at = at.replace(tzinfo=dt.timezone(dt.timedelta(hours=offset)))
    product = Product(**{
        **{name: getattr(PRODUCT, name) for name in Product.__dataclass_fields__},
        "min_annual_rate": least_rate,
    })  # fmt: skip
    compiled = compile_model(model_from_json(make()))
    stored = rules.evaluate(compiled=compiled, signals=columns(seen), product=product, at=at).text
    text = rules.facts_json(facts=seen, product=product, at=at)
    for written in (text, stored):
        assert canonical(json.loads(written, parse_float=refused)) == written

    signals, again, moment = rules.read_facts(text, columns=compiled.inputs)
    assert moment == at
    assert "_is_stale" not in text
    assert ('"capped"' in text) == bool(seen.capped)
    assert signals == {column.name: columns(seen)[column.name] for column in compiled.inputs}
    recomputed = rules.evaluate(compiled=compiled, signals=signals, product=again, at=moment)
    assert recomputed.text == stored


def refused(number: str) -> None:
    raise AssertionError(f"a reader would round {number}")


def test_what_the_catalogue_has_forgotten_can_still_be_replayed() -> None:
    compiled = compile_model(model_from_json(starter.consumer_credit()))
    values = dict.fromkeys(SIGNALS) | {"score": Decimal(640), "identity_status": "verified"}
    text = rules.facts_json(facts=Facts(values), product=PRODUCT, at=AT)
    with mock.patch.dict(SIGNALS, clear=True):  # it puts them back in their order
        signals, _product, _at = rules.read_facts(text, columns=compiled.inputs)
    assert (signals["score"], signals["identity_status"]) == (Decimal(640), "verified")
    assert "name_comparison" not in signals  # nobody asks for it


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9))
def test_no_number_is_written_with_an_exponent(number: Decimal) -> None:
    stored = json.loads(
        rules.facts_json(facts=Facts({"score": number}), product=PRODUCT, at=AT)
    )["signals"]["score"]  # fmt: skip
    assert "E" not in stored.upper()
    assert Decimal(stored) == number
