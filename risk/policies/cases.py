"""Unit cases: facts of one customer and the answer a policy must give. Pure.

Cases travel as JSON: `{"name", "facts": {signal: text or null}, "expected": {"state", "reasons",
"limit_cents", "annual_rate", "max_term_months"}}`. Facts not named are not known.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from accounts.access.facts import Product
from risk.policies.answers import evaluate
from risk.policies.facts import Case, CaseResult, Difference, Expected
from risk.signals.catalogue import COLUMNS
from risk.signals.facts import Signal, SignalType
from risk.tables.facts import HitPolicyViolation
from risk.tables.services import CompiledModel

CASES_AT_MOST = 200
NAME_AT_MOST = 120
_FACT_AT_MOST = 60
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,10})?")
_STATES = ("OPEN", "LIMITED", "CLOSED")
_TRUTHS = {"true": True, "false": False}
_WHOLE_AT_MOST = 10**18
# What is not named is not known; of yes and no it is no.
_UNKNOWN: dict[str, bool | None] = {
    name: False for name, signal in COLUMNS.items() if signal.type is SignalType.BOOLEAN
}


class MalformedCase(ValueError):
    """What was sent is no case; `path` is a JSON pointer, `code` says what is wrong there."""

    def __init__(self, path: str, code: str) -> None:
        super().__init__(f"{path}: {code}")
        self.path, self.code = path, code


def cases_from_json(value: Any) -> tuple[Case, ...]:
    """Raises: MalformedCase."""
    if not isinstance(value, list) or len(value) > CASES_AT_MOST:
        raise MalformedCase("/cases", "too_many_cases")
    found = tuple(_case(item, f"/cases/{index}") for index, item in enumerate(value))
    names = [case.name for case in found]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise MalformedCase(f"/cases/{index}/name", "case_name_twice")
    return found


def case_to_json(case: Case) -> dict[str, Any]:
    reasons = case.expected.reasons
    return {
        "name": case.name,
        "facts": dict(case.facts),
        "expected": {
            **dataclasses.asdict(case.expected),
            "reasons": None if reasons is None else list(reasons),
        },
    }


def case_from_stored(row: Mapping[str, Any]) -> Case:
    """The inverse of `case_to_json`, for what was read strictly when it was stored."""
    reasons = row["expected"]["reasons"]
    wanted = {**row["expected"], "reasons": None if reasons is None else tuple(reasons)}
    return Case(row["name"], row["facts"], Expected(**wanted))


def facts_from_json(value: Any, path: str = "/facts") -> dict[str, str | None]:
    """Texts as they were typed, each readable as its signal's type. Raises: MalformedCase."""
    if not isinstance(value, dict):
        raise MalformedCase(path, "case_malformed")
    for name, text in value.items():
        signal = COLUMNS.get(name)
        if signal is None:
            raise MalformedCase(path, "signal_unknown")
        if text is not None and not (isinstance(text, str) and _is_readable(signal, text)):
            raise MalformedCase(f"{path}/{name}", "fact_unreadable")
    return dict(value)


def signals_from(facts: Mapping[str, str | None]) -> dict[str, Any]:
    """Every column a policy may use; what is not named is not known, and not too old either."""
    return {
        name: _UNKNOWN.get(name) if facts.get(name) is None else _value(signal, str(facts[name]))
        for name, signal in COLUMNS.items()
    }


def facts_to_json(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The inverse of `signals_from`."""
    return {name: None if value is None else _text(value) for name, value in values.items()}


def results_of(
    cases: Sequence[Case], *, compiled: CompiledModel, product: Product, at: dt.datetime
) -> tuple[CaseResult, ...]:
    return tuple(
        CaseResult(case.name, tuple(_differences(case, compiled, product, at))) for case in cases
    )


def _differences(
    case: Case, compiled: CompiledModel, product: Product, at: dt.datetime
) -> Iterator[Difference]:
    wanted = case.expected
    try:
        found = evaluate(
            compiled=compiled, signals=signals_from(case.facts), product=product, at=at
        )
    except HitPolicyViolation:
        yield Difference("state", wanted.state, None)
        return
    terms, answer = found.terms, found.answer
    if answer["state"] != wanted.state:
        yield Difference("state", wanted.state, answer["state"])
    codes = answer["reason_codes"]
    if wanted.reasons is not None and sorted(wanted.reasons) != sorted(codes):
        yield Difference("reasons", list(wanted.reasons), codes)
    if wanted.limit_cents is not None and wanted.limit_cents != answer["limit_cents"]:
        yield Difference("limit_cents", wanted.limit_cents, answer["limit_cents"])
    rate = terms.annual_rate if terms else None
    if wanted.annual_rate is not None and Decimal(wanted.annual_rate) != rate:
        yield Difference("annual_rate", wanted.annual_rate, rate if rate is None else f"{rate:f}")
    months = terms.max_term_months if terms else None
    if wanted.max_term_months is not None and wanted.max_term_months != months:
        yield Difference("max_term_months", wanted.max_term_months, months)


def _case(value: Any, path: str) -> Case:
    if not isinstance(value, dict) or value.keys() != {"name", "facts", "expected"}:
        raise MalformedCase(path, "case_malformed")
    name = value["name"]
    if not isinstance(name, str) or not name.strip() or not _is_storable(name, NAME_AT_MOST):
        raise MalformedCase(f"{path}/name", "case_name_needed")
    facts = facts_from_json(value["facts"], f"{path}/facts")
    return Case(name.strip(), facts, _expected(value["expected"], f"{path}/expected"))


def _expected(value: Any, path: str) -> Expected:
    known = {field.name for field in dataclasses.fields(Expected)}
    if not isinstance(value, dict) or not value.keys() <= known:
        raise MalformedCase(path, "case_malformed")
    if value.get("state") not in _STATES:
        raise MalformedCase(f"{path}/state", "case_state_needed")
    reasons, rate = value.get("reasons"), value.get("annual_rate")
    if reasons is not None and not (
        isinstance(reasons, list)
        and len(reasons) <= CASES_AT_MOST
        and all(isinstance(code, str) and _is_storable(code, _FACT_AT_MOST) for code in reasons)
    ):
        raise MalformedCase(f"{path}/reasons", "case_malformed")
    if rate is not None and not (isinstance(rate, str) and _NUMBER.fullmatch(rate)):
        raise MalformedCase(f"{path}/annual_rate", "case_number")
    for name in ("limit_cents", "max_term_months"):
        number = value.get(name)
        if number is not None and (type(number) is not int or not 0 <= number <= _WHOLE_AT_MOST):
            raise MalformedCase(f"{path}/{name}", "case_number")
    return Expected(**{**value, "reasons": None if reasons is None else tuple(reasons)})


def _is_storable(text: str, at_most: int) -> bool:
    return len(text) <= at_most and not any(
        character < " " or "\ud800" <= character <= "\udfff" for character in text
    )


def _is_readable(signal: Signal, text: str) -> bool:
    if signal.type is SignalType.NUMBER:
        return _NUMBER.fullmatch(text) is not None
    if signal.type is SignalType.BOOLEAN:
        return text in _TRUTHS
    return _is_storable(text, _FACT_AT_MOST)


def _value(signal: Signal, text: str) -> Any:
    if signal.type is SignalType.NUMBER:
        return Decimal(text)
    return _TRUTHS[text] if signal.type is SignalType.BOOLEAN else text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
