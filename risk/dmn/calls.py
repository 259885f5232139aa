"""Calls, checked when they are read: how many arguments, which parameters, dates that are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from risk.dmn.builtins import BUILT_IN, NOT_GIVEN, REFUSED
from risk.dmn.facts import hint, quoted
from risk.dmn.limits import Meter
from risk.dmn.scope import Entry, Scope
from risk.dmn.syntax import Invocation, Literal, Node
from risk.dmn.temporal import PROPERTIES, TemporalUnsupported

# Of constants these are constants: a malformed one is a slip of the pen, not a null.
_OF_CONSTANTS = (
    "date", "time", "date and time", "duration", "years and months duration", "number",
)  # fmt: skip


class CallRefused(Exception):
    """A call that cannot be right; its text says why."""


def built_in_scope() -> Scope:
    """The functions every expression may call, and those it is told it may not."""
    refused = [Entry(name, "refused") for name in REFUSED]
    scope = Scope(
        refused
        + [
            Entry(
                name,
                "built in",
                parameters=tuple(parameter for parameter, _kind in function.parameters),
                required=function.required,
                is_variadic=function.is_variadic,
            )
            for name, function in BUILT_IN.items()
        ]
    )
    scope.members.update(name for properties in PROPERTIES.values() for name in properties)
    return scope


def call_by_place(entry: Entry, arguments: Sequence[Node]) -> Node:
    """Raises: CallRefused."""
    if entry.is_variadic:
        if not arguments:
            raise CallRefused(f"{quoted(entry.name)} needs a list")
        return _call(entry, tuple(arguments))
    most = len(entry.parameters)
    if not entry.required <= len(arguments) <= most:
        wanted = str(most) if most == entry.required else f"{entry.required} to {most}"
        raise CallRefused(f"{quoted(entry.name)} takes {wanted} arguments, not {len(arguments)}")
    return _call(entry, (*arguments, *[None] * (most - len(arguments))))


def call_by_name(entry: Entry, given: Mapping[str, Node]) -> Node:
    """Raises: CallRefused."""
    for name in given:
        if name not in entry.parameters:
            raise CallRefused(
                f"{quoted(entry.name)} has no parameter {quoted(name)}"
                f"{hint(name, entry.parameters)}"
            )
    for name in entry.parameters[: entry.required]:
        if name not in given:
            raise CallRefused(f"{quoted(entry.name)} needs its parameter {quoted(name)}")
    return _call(entry, tuple(given.get(name) for name in entry.parameters))


def _call(entry: Entry, arguments: tuple[Node | None, ...]) -> Node:
    is_built_in = entry.kind == "built in"
    is_constant = all(one is None or isinstance(one, Literal) for one in arguments)
    if is_built_in and entry.name in _OF_CONSTANTS and is_constant:
        return _constant(entry.name, arguments)
    return Invocation(entry.name, arguments, is_built_in)


def _constant(name: str, arguments: tuple[Node | None, ...]) -> Literal:
    values = tuple(one.value if isinstance(one, Literal) else NOT_GIVEN for one in arguments)
    try:
        value = BUILT_IN[name].call(values, Meter())
    except TemporalUnsupported as error:
        raise CallRefused(str(error)) from None
    if value is None and None not in values:
        raise CallRefused(f"this is no {name}")
    return Literal(value)
