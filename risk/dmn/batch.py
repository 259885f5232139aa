"""Many cases, one a line, each answered in its turn: a bad line is an answer, never the end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from risk.dmn.facts import DmnError, InputRefused, Model, hint, quoted
from risk.dmn.services import evaluate, json_from, json_text
from risk.dmn.wire import is_broken

_MEMBERS = ("model", "decision", "input")
_MODELS_KEPT = 64

Load = Callable[[str], Model]


def answers(lines: Iterable[bytes], *, load: Load) -> Iterator[str]:
    """A line of JSON per line: {"output": …} or {"error": …}.

    `load` reads a model by the path a line names, or raises DmnError; it is asked once for each of
    the last paths.
    """
    models = _Models(load)
    for line in lines:
        try:
            answer = {"output": _answer(line, models)}
            yield json_text(answer)
        except DmnError as error:
            yield json_text({"error": str(error)})


def _answer(line: bytes, models: _Models) -> Any:
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputRefused(path="", message="the line is not UTF-8") from None
    case = json_from(text)
    if not isinstance(case, dict):
        raise InputRefused(path="", message="a case is a JSON object with model, decision, input")
    for name in case:
        if name not in _MEMBERS:
            raise InputRefused(
                path="", message=f"a case has no {quoted(name)}{hint(name, _MEMBERS)}"
            )
    given = case.get("input", {})
    if not isinstance(given, dict):
        raise InputRefused(path="", message="input is a JSON object of inputs by name")
    model = models.get(_text(case, "model"))
    return evaluate(model=model, decision=_text(case, "decision"), given=given)


def _text(case: dict[str, Any], name: str) -> str:
    value = case.get(name)
    if not isinstance(value, str):
        raise InputRefused(path="", message=f"a case needs {quoted(name)}, a text")
    if is_broken(value):
        raise InputRefused(path="", message=f"{quoted(name)} is not valid Unicode")
    return value


class _Models:
    """Models, and the refusals of those that cannot be read, by path."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._kept: OrderedDict[str, Model | DmnError] = OrderedDict()

    def get(self, path: str) -> Model:
        if path not in self._kept:
            try:
                self._kept[path] = self._load(path)
            except DmnError as error:
                self._kept[path] = error
            if len(self._kept) > _MODELS_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(path)
        found = self._kept[path]
        if isinstance(found, DmnError):
            raise found
        return found
