"""How files and functions look."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house import code

LINES_IN_A_FILE = 400
LINES_IN_A_FUNCTION = 40  # without signature and docstring
# Names that say nothing about what is inside.
NAMES_SAYING_NOTHING = {
    "utils", "util", "helpers", "helper", "common", "misc", "shared", "manager", "managers",
    "base", "core", "handlers", "handler", "process", "data", "constants", "types", "exceptions",
}  # fmt: skip
# Django loads a database backend's class from a module of this name.
NAMES_LIBRARIES_ASK_FOR = {"backoffice/embedded/postgresql/base.py"}
ROOMS = sorted(
    {
        path.parent
        for path in code.product()
        if len(path.parts) == 3 and path.parts[1] not in ("management", "templatetags")
    }
)


def test_no_file_is_longer_than_one_topic() -> None:
    readable = [path for path in code.tracked() if path.suffix in (".py", ".html", ".css", ".js")]
    assert [
        f"{path} has {lines} lines"
        for path in readable
        if (lines := code.text(path).count("\n")) > LINES_IN_A_FILE
    ] == []


def test_no_function_is_longer_than_a_screen() -> None:
    assert [
        f"{path}:{function.lineno} {function.name} has {length} lines"
        for path in code.product()
        for function in code.functions(path)
        if (length := _body_length(function)) > LINES_IN_A_FUNCTION
    ] == []


def test_every_file_has_a_name_that_says_what_is_inside() -> None:
    assert [
        str(path)
        for path in code.python(*code.APPS, "tests")
        if {path.stem, *path.parent.parts} & NAMES_SAYING_NOTHING
        and str(path) not in NAMES_LIBRARIES_ASK_FOR
    ] == []


@pytest.mark.parametrize("room", ROOMS, ids=str)
def test_every_room_says_what_it_owns_and_nothing_else_in_its_init(room: Path) -> None:
    module = code.tree(room / "__init__.py")
    assert len(ast.get_docstring(module) or "") >= 40
    assert len(module.body) == 1


def test_every_module_begins_with_a_sentence() -> None:
    boards = {"__init__", "models"}
    assert [
        str(path)
        for path in code.product()
        if path.stem not in boards and not ast.get_docstring(code.tree(path))
    ] == []


def test_public_services_take_keywords_only_and_return_something_named() -> None:
    """`queries` that feed one obvious thing may stay positional; writers never."""
    assert [
        f"{path}:{node.lineno} {node.name}"
        for path in code.product()
        if path.name == "services.py" and path.parts[0] != "backoffice"
        for node in code.tree(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and (node.args.args or node.returns is None)
    ] == []


def test_no_boolean_argument_switches_what_a_service_does() -> None:
    assert [
        f"{path}:{node.lineno} {node.name}({argument.arg})"
        for path in code.product()
        if path.name == "services.py"
        for node in code.tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if isinstance(default, ast.Constant) and isinstance(default.value, bool)
    ] == []


def _body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    statements = function.body
    if ast.get_docstring(function) is not None:
        statements = statements[1:]
    return (function.end_lineno or 0) - statements[0].lineno + 1 if statements else 0
