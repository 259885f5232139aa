"""The policies Sluice ships with say what follows from every fact, and from not knowing it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.access.facts import State
from risk.decisions import rules
from risk.policies import starter
from risk.signals.catalogue import SIGNALS
from risk.tables.services import compile_model, model_from_json
from tests.lender import AT
from tests.risk.policies.test_rules import product

CONSUMER = compile_model(model_from_json(starter.consumer_credit()))
REPAYMENT = compile_model(model_from_json(starter.repayment_behaviour()))
KNOWN: dict[str, Any] = {
    **dict.fromkeys(SIGNALS),
    "identity_status": "verified", "name_comparison": "match", "id_number_comparison": "match",
    "phone_comparison": "match", "score": Decimal(720), "utilisation": Decimal("0.3"),
    "months_late_now": Decimal(0), "months_late_max_6m": Decimal(0),
    "payment_ratio_6m": Decimal("0.5"), "current_limit_cents": Decimal(30_000_000),
    "age_years": Decimal(35), "applications_30d": Decimal(1),
}  # fmt: skip

# More of any of these is worse, never better.
WORSE_IF_MORE = {
    "months_late_now": 4, "months_late_max_6m": 6, "applications_30d": 9, "utilisation": 2,
}  # fmt: skip
WORSE_IF_LESS = {"score": 1000}


def answered(compiled: Any, **given: Any) -> dict[str, Any]:
    found = rules.evaluate(compiled=compiled, signals={**KNOWN, **given}, product=product(), at=AT)
    return dict(found.answer)


def narrowness(answer: dict[str, Any]) -> tuple[int, int]:
    limit = answer["limit_cents"]
    return State(answer["state"]).severity, -(limit if limit is not None else 0)


facts = st.fixed_dictionaries(
    {name: st.integers(0, most).map(Decimal) for name, most in WORSE_IF_MORE.items()}
    | {"score": st.integers(500, 800).map(Decimal)}
)


@settings(max_examples=100, deadline=None)
@given(
    facts, st.sampled_from([CONSUMER, REPAYMENT]), st.data(),
    st.sampled_from([*WORSE_IF_MORE, *WORSE_IF_LESS]),
)  # fmt: skip
def test_a_worse_fact_never_widens_access(
    seen: dict[str, Decimal], compiled: Any, data: st.DataObject, name: str
) -> None:
    change = Decimal(data.draw(st.integers(1, 300 if name == "score" else 5)))
    worse = seen[name] - change if name in WORSE_IF_LESS else seen[name] + change
    before = answered(compiled, **seen)
    after = answered(compiled, **{**seen, name: worse})
    assert narrowness(after) >= narrowness(before)


@pytest.mark.parametrize("compiled", [CONSUMER, REPAYMENT], ids=["consumer", "repayment"])
def test_somebody_of_whom_everything_good_is_known_is_open(compiled: Any) -> None:
    assert answered(compiled)["state"] == "OPEN"


@pytest.mark.parametrize(
    ("compiled", "name", "reason"),
    [(CONSUMER, "score", "SCORE_UNKNOWN"), (CONSUMER, "months_late_now", "REPAYMENT_UNKNOWN"),
     (CONSUMER, "months_late_max_6m", "REPAYMENT_UNKNOWN"), (CONSUMER, "age_years", "AGE_UNKNOWN"),
     (REPAYMENT, "age_years", "AGE_UNKNOWN"),
     (REPAYMENT, "months_late_now", "REPAYMENT_UNKNOWN"),
     (REPAYMENT, "months_late_max_6m", "REPAYMENT_UNKNOWN")],
)  # fmt: skip
def test_not_knowing_what_a_policy_turns_on_is_a_reason_of_its_own(
    compiled: Any, name: str, reason: str
) -> None:
    answer = answered(compiled, **{name: None})
    assert reason in answer["reason_codes"]
    assert answer["state"] != "OPEN"


def test_somebody_late_now_is_limited_even_if_the_past_is_not_known() -> None:
    answer = answered(REPAYMENT, months_late_now=Decimal(1), months_late_max_6m=None)
    assert (answer["state"], answer["reason_codes"]) == ("LIMITED", ["PAYMENT_LATE"])


@pytest.mark.parametrize("compiled", [CONSUMER, REPAYMENT], ids=["consumer", "repayment"])
def test_of_whom_nothing_is_known_nothing_is_opened(compiled: Any) -> None:
    nothing = dict.fromkeys(SIGNALS) | {"identity_status": "unverified"}
    assert answered(compiled, **nothing)["state"] == "CLOSED"
