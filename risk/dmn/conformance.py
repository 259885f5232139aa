"""Whether a value is of a type, and the conversions the standard makes by itself.

Source: DMN 1.5, 10.3.2.9.4: one value where a list is asked for becomes a list of it, a list of one
where a value is asked for becomes its item, a date becomes midnight UTC where a date and time is
asked for. Null is of every type: unknown is not wrong. Where the standard turns what does not fit
into null, this engine stops and says so, because a null would be decided upon.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from risk.dmn.arithmetic import kind_of, midnight
from risk.dmn.facts import ItemType, Kind, quoted
from risk.dmn.limits import Meter

Passes = Callable[[Any, Any], bool | None]


class Nonconforming(Exception):
    """`path` is where in the value; the message never says the value: it may be personal."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


def conform(value: Any, wanted: ItemType, *, passes: Passes, meter: Meter, path: str = "") -> Any:
    """The value as one of `wanted`. `passes(test, value)` says what a test makes of a value.

    Raises: Nonconforming, LimitExceeded.
    """
    meter.spend()
    if value is None:
        return None
    if wanted.element is not None:
        converted: Any = _list(value, wanted.element, passes=passes, meter=meter, path=path)
    elif wanted.components is not None:
        converted = _structure(_single(value), wanted, passes=passes, meter=meter, path=path)
    else:
        converted = _simple(value, wanted.kind, path)
    for allowed in wanted.allowed:
        if passes(allowed.test, converted) is not True:
            raise Nonconforming(path, f"has to be one of {_cut(allowed.text)}")
    return converted


def _list(
    value: Any, element: ItemType, *, passes: Passes, meter: Meter, path: str
) -> tuple[Any, ...]:
    items = value if isinstance(value, tuple) else (value,)
    return tuple(
        conform(item, element, passes=passes, meter=meter, path=f"{path}[{place}]")
        for place, item in enumerate(items, start=1)
    )


def _structure(
    value: Any, wanted: ItemType, *, passes: Passes, meter: Meter, path: str
) -> dict[str, Any]:
    """Every component has to be there, null at least; others stay as they are."""
    if not isinstance(value, dict):
        raise Nonconforming(path, f"has to be a {quoted(wanted.name)}, not {_a(kind_of(value))}")
    components = wanted.components or {}
    for name in components:
        if name not in value:
            raise Nonconforming(
                path, f"has to be a {quoted(wanted.name)}: {quoted(name)} is missing"
            )
    return value | {
        name: conform(value[name], component, passes=passes, meter=meter, path=f"{path}.{name}")
        for name, component in components.items()
    }


def _simple(value: Any, kind: Kind, path: str) -> Any:
    if kind is Kind.ANY or kind is kind_of(value):
        return value
    single = _single(value)
    if kind is kind_of(single):
        return single
    if kind is Kind.LIST:
        return (value,)
    if kind is Kind.DATE_AND_TIME and kind_of(single) is Kind.DATE:
        return midnight(single)
    raise Nonconforming(path, f"has to be {_a(kind)}, not {_a(kind_of(value))}")


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def _a(kind: Kind) -> str:
    return f"a {kind.value}"


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 120 else plain[:119] + "…"
