"""The standard's public test kit: its case files, and whether a model gives what they expect.

Source: github.com/dmn-tck/tck, `TestCases/testCases.xsd`. Numbers agree to eight decimals as the
kit asks; dates, times and durations when they are the same however they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from risk.dmn.facts import DmnError, Fault, Model, ModelRefused
from risk.dmn.markup import Element, read_elements
from risk.dmn.services import evaluate, json_from, json_text
from risk.dmn.temporal import date_and_time_from, date_from, duration_from, time_from

_NAMESPACE = "http://www.omg.org/spec/DMN/20160719/testcase"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance}"
_NUMBERS = ("decimal", "double", "float", "integer", "int", "long")
_CLOSE = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A decision and the value it should have; `is_error`: or an error."""

    decision: str
    value: Any
    is_error: bool


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    given: dict[str, Any]
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """`model` is the name of a file beside this one."""

    model: str
    cases: tuple[Case, ...]


def read_cases(raw: bytes) -> CaseFile:
    """Raises: ModelRefused for a file that holds no cases."""
    root = read_elements(raw, namespaces=(_NAMESPACE,), with_text=("value", "modelName"))
    model = root.first("modelName") if root else None
    if root is None or model is None:
        raise ModelRefused([Fault("the file", 0, "it names no model (modelName)")])
    return CaseFile(model.text.strip(), tuple(_case(one) for one in root.all("testCase")))


def misses(case: Case, *, model: Model) -> Iterator[str]:
    """What a model answers otherwise than expected, in words."""
    for wanted in case.wanted:
        try:
            value = evaluate(model=model, decision=wanted.decision, given=case.given)
        except DmnError as error:
            if not wanted.is_error:
                yield f"{wanted.decision}: {error}"
            continue
        # As JSON, since that is what others see.
        if not _agree(json_from(json_text(value)), wanted.value):
            yield f"{wanted.decision}: got {json_text(value)}, not {wanted.value}"


def _case(element: Element) -> Case:
    given = {one.attributes.get("name", ""): _value(one) for one in element.all("inputNode")}
    return Case(
        element.attributes.get("id", ""), given, tuple(map(_wanted, element.all("resultNode")))
    )


def _wanted(element: Element) -> Wanted:
    expected = element.first("expected")
    is_error = element.attributes.get("errorResult") == "true"
    value = None if expected is None else _value(expected)
    return Wanted(element.attributes.get("name", ""), value, is_error)


def _value(element: Element) -> Any:
    """A value, a list or a context, as `json_from` would read it."""
    simple, items = element.first("value"), element.first("list")
    if simple is not None:
        return _simple(simple)
    if items is not None:
        return None if _is_nil(items) else [_value(item) for item in items.all("item")]
    components = list(element.all("component"))
    return {one.attributes.get("name", ""): _value(one) for one in components} or None


def _simple(element: Element) -> Any:
    if _is_nil(element):
        return None
    kind = element.attributes.get(f"{_INSTANCE}type", "string").rpartition(":")[2]
    if kind in _NUMBERS:
        try:
            return json_from(str(Decimal(element.text.strip())))
        except InvalidOperation:
            fault = Fault(element.shown, element.line, "this is no number")
            raise ModelRefused([fault]) from None
    return element.text.strip() == "true" if kind == "boolean" else element.text


def _is_nil(element: Element) -> bool:
    return element.attributes.get(f"{_INSTANCE}nil") == "true"


def _agree(value: Any, expected: Any) -> bool:
    if isinstance(value, Decimal) and isinstance(expected, Decimal):
        return abs(value - expected) <= _CLOSE
    if isinstance(value, list) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(_agree, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(
            _agree(value[name], expected[name]) for name in value
        )
    if isinstance(value, str) and isinstance(expected, str):
        return value == expected or _is_same_moment(value, expected)
    return type(value) is type(expected) and bool(value == expected)


def _is_same_moment(value: str, expected: str) -> bool:
    readers: tuple[Callable[[str], Any], ...] = (
        date_from, time_from, date_and_time_from, duration_from,
    )  # fmt: skip
    try:
        return any(read(value) is not None and read(value) == read(expected) for read in readers)
    except DmnError:
        return False
