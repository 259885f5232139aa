"""The room's front desk: read a model, evaluate one of its decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from risk.dmn.conformance import Nonconforming, conform
from risk.dmn.facts import (
    Decision,
    DmnError,
    EvaluationFailed,
    InputRefused,
    ItemType,
    LimitExceeded,
    Model,
    ModelRefused,
    Service,
    UnknownDecision,
    hint,
    quoted,
)
from risk.dmn.interpreter import Frame, holds, typed, value_of
from risk.dmn.limits import Meter
from risk.dmn.markup import read_markup
from risk.dmn.order import needed
from risk.dmn.reading import read_model
from risk.dmn.scope import plain
from risk.dmn.temporal import TemporalUnsupported
from risk.dmn.wire import json_from, json_text, typed_input

__all__ = [
    "DmnError", "EvaluationFailed", "InputRefused", "LimitExceeded", "Model", "ModelRefused",
    "UnknownDecision", "evaluate", "json_from", "json_text", "load_model",
]  # fmt: skip


def load_model(*, raw: bytes) -> Model:
    """Raises: ModelRefused with every fault, each with its place and line."""
    return read_model(read_markup(raw))


def evaluate(*, model: Model, decision: str, given: Mapping[str, Any]) -> Any:
    """The value of a decision for inputs by name, as `json_from` reads them; one not given is null.

    Only what the decision requires, near or far, is evaluated, each once. A decision service is
    asked for by its name like a decision: several outputs come as {decision: value}.
    Raises: UnknownDecision, InputRefused, EvaluationFailed, LimitExceeded.
    """
    try:
        return _evaluated(model, plain(decision), given)
    except RecursionError:
        # Every depth is bounded; this is for callers who are deep in a stack themselves.
        raise LimitExceeded("The evaluation nests too deeply.") from None


def _evaluated(model: Model, name: str, given: Mapping[str, Any]) -> Any:
    frame = Frame({}, model.knowledge, Meter())
    if name in model.services:
        return _served(model, model.services[name], given, frame)
    if name not in model.decisions:
        raise UnknownDecision(name=name, known={**model.decisions, **model.services})
    return _values(model, (name,), (), given, frame)[name]


def _served(model: Model, service: Service, given: Mapping[str, Any], frame: Frame) -> Any:
    values = _values(model, service.outputs, service.given, given, frame)
    only, *others = service.outputs
    answer = {name: values[name] for name in service.outputs} if others else values[only]
    return typed(answer, service.type, service.place, frame)


def _values(
    model: Model,
    outputs: tuple[str, ...],
    supplied: tuple[str, ...],
    given: Mapping[str, Any],
    frame: Frame,
) -> dict[str, Any]:
    """Inputs, and decisions up to `outputs`; those `supplied` are given instead of evaluated.

    So may be a decision without an expression: what people decided is a fact like any other.
    """
    by_people = (name for name, found in model.decisions.items() if found.body is None)
    supplied = (*supplied, *(name for name in by_people if name in given))
    values = _inputs(model, supplied, given, frame)
    requires = {
        name: () if name in supplied else found.decisions for name, found in model.decisions.items()
    }
    wanted = needed(outputs, requires) - set(supplied)
    for name in model.order:
        if name in wanted:
            values[name] = _decided(model.decisions[name], values, frame)
    return values


def _inputs(
    model: Model, supplied: tuple[str, ...], given: Mapping[str, Any], frame: Frame
) -> dict[str, Any]:
    types = {name: data.type for name, data in model.inputs.items()}
    types |= {name: model.decisions[name].type for name in supplied}
    names = {plain(name): name for name in given}
    for name in names:
        if name in types:
            continue
        if name in model.decisions:
            raise InputRefused(path=quoted(name), message="this is a decision, it is not given")
        raise InputRefused(
            path=quoted(name), message=f"the model has no such input{hint(name, types)}"
        )
    return {
        name: _input(name, type_, given[names[name]] if name in names else None, frame)
        for name, type_ in types.items()
    }


def _input(name: str, type: ItemType, value: Any, frame: Frame) -> Any:  # noqa: A002
    read = typed_input(value, type, quoted(name))
    try:
        return conform(
            read, type, passes=lambda test, one: holds(test, one, frame), meter=frame.meter
        )
    except Nonconforming as error:
        raise InputRefused(path=f"{quoted(name)}{error.path}", message=error.message) from None


def _decided(decision: Decision, values: Mapping[str, Any], frame: Frame) -> Any:
    if decision.body is None:
        why = "it has no expression: people decide it, so give it as an input"
        raise EvaluationFailed(place=decision.place, message=why)
    seen = frame.having({name: values[name] for name in decision.names})
    try:
        return typed(value_of(decision.body, seen), decision.type, decision.place, seen)
    except TemporalUnsupported as error:
        raise EvaluationFailed(place=decision.place, message=str(error)) from None
    except LimitExceeded as error:
        raise LimitExceeded(f"{decision.place}: {error}") from None
