"""JSON in and out. Numbers keep every digit; dates are ISO 8601 texts where the type says so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NoReturn

from risk.dmn.arithmetic import OutOfRange, TooManyDigits, number_from
from risk.dmn.builtins import number_text, text_value
from risk.dmn.facts import InputRefused, ItemType, Kind, LimitExceeded, hint, quoted
from risk.dmn.limits import DIGITS, Meter
from risk.dmn.temporal import (
    TemporalUnsupported,
    date_and_time_from,
    date_from,
    duration_from,
    time_from,
)

_TEMPORAL: Mapping[Kind, Callable[[str], Any]] = {
    Kind.DATE: date_from,
    Kind.TIME: time_from,
    Kind.DATE_AND_TIME: lambda text: date_and_time_from(text) or date_from(text),
    Kind.DAYS_DURATION: duration_from,
    Kind.MONTHS_DURATION: duration_from,
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_JSON = 16 * 1024 * 1024


def json_from(text: str) -> Any:
    """One JSON value: numbers as Decimal. Raises: InputRefused."""
    found = _parsed(text)
    try:
        Meter().keep(found)
    except LimitExceeded as error:
        raise InputRefused(path="", message=str(error)) from None
    return found


def is_broken(text: str) -> bool:
    """Half a surrogate pair: nothing said about such a text could be written out."""
    return _SURROGATE.search(text) is not None


def _parsed(text: str) -> Any:
    if len(text) > _LONGEST_JSON:
        raise InputRefused(path="", message="the JSON is longer than 16 MiB")
    try:
        return json.loads(
            text, parse_float=_number, parse_int=_number, parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, character {error.colno}"
        raise InputRefused(path="", message=f"no JSON: {error.msg} ({where})") from None
    except RecursionError:
        raise InputRefused(path="", message="the JSON nests too deeply") from None


def _number(text: str) -> Decimal:
    """Raises: InputRefused."""
    try:
        return number_from(text)
    except TooManyDigits:
        message = f"a number has more than {DIGITS} digits"
    except OutOfRange:
        message = "a number is out of range"
    raise InputRefused(path="", message=message)


def _refuse_constant(text: str) -> NoReturn:
    raise InputRefused(path="", message=f"{text} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if any(is_broken(name) for name in found):
        raise InputRefused(path="", message="a member's name is not valid Unicode")
    if len(found) < len(pairs):
        raise InputRefused(path="", message="an object names a member twice")
    return found


def typed_input(value: Any, type: ItemType, path: str) -> Any:  # noqa: A002
    """A JSON value as the FEEL value of `type`; what cannot be one stays for the type check.

    Members left out are null.

    Raises: InputRefused for members the type does not have and texts that are no date or time.
    """
    if isinstance(value, list):
        inner = type.element or type
        items = enumerate(value, start=1)
        return tuple(typed_input(item, inner, f"{path}[{place}]") for place, item in items)
    while type.element is not None:
        type = type.element  # noqa: A001 — one value where a list is asked for is a list of it
    if isinstance(value, dict):
        return _structure(value, type, path)
    if isinstance(value, str):
        return _text(value, type.kind, path)
    return value


def _structure(value: Mapping[str, Any], type: ItemType, path: str) -> dict[str, Any]:  # noqa: A002
    components = type.components
    if components is None:
        return {name: typed_input(item, _ANY, f"{path}.{name}") for name, item in value.items()}
    for name in value:
        if name not in components:
            raise InputRefused(
                path=path, message=f"{quoted(type.name)} has no {quoted(name)}"
                f"{hint(name, components)}",
            )  # fmt: skip
    return {
        name: typed_input(value.get(name), component, f"{path}.{name}")
        for name, component in components.items()
    }


_ANY = ItemType("Any")


def _text(value: str, kind: Kind, path: str) -> Any:
    if "\x00" in value or is_broken(value):
        raise InputRefused(path=path, message="the text is not valid Unicode")
    read = _TEMPORAL.get(kind)
    if read is None:
        return value
    try:
        found = read(value)
    except TemporalUnsupported as error:
        raise InputRefused(path=path, message=str(error)) from None
    if found is None:
        raise InputRefused(path=path, message=f"has to be a {kind.value} (ISO 8601)")
    return found


def json_text(value: Any) -> str:
    """Raises: LimitExceeded for an answer too large to write."""
    meter = Meter()
    return "".join(_written(value, meter))


def _written(value: Any, meter: Meter) -> Iterable[str]:
    meter.spend()
    if isinstance(value, bool) or value is None:
        yield json.dumps(value)
    elif isinstance(value, Decimal):
        yield number_text(value)
    elif isinstance(value, tuple):
        yield from _joined("[", ([_written(item, meter)] for item in value), "]")
    elif isinstance(value, dict):
        members = ([_quoted(name), [": "], _written(item, meter)] for name, item in value.items())
        yield from _joined("{", members, "}")
    else:
        yield json.dumps(_as_text(value), ensure_ascii=False)


def _joined(opening: str, parts: Iterable[Iterable[Iterable[str]]], closing: str) -> Iterable[str]:
    yield opening
    for index, part in enumerate(parts):
        if index:
            yield ", "
        for piece in part:
            yield from piece
    yield closing


def _quoted(name: str) -> list[str]:
    return [json.dumps(name, ensure_ascii=False)]


def _as_text(value: Any) -> str:
    text = text_value(value)
    if text is None:
        raise LimitExceeded("The answer is a range, which JSON cannot hold.")
    return text
