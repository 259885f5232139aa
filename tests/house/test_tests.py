"""A test that checks nothing is worse than none: it looks like a promise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house import code

TESTS = [path for path in code.python("tests") if path.name.startswith("test_")]
# A journal that reaches the disk once a second is a reason; "long enough for the worker" is not.
LONGEST_SLEEP_SECONDS = 1.5
# What counts as a check besides `assert`, called by its last name.
CHECKS = ("raises", "fail", "assert_", "django_assert_")
LEAVING_OUT = (
    "pytest.mark.skip", "pytest.mark.xfail", "pytest.skip", "pytest.xfail", "pytest.importorskip",
    "unittest.skip", "unittest.expectedFailure",
)  # fmt: skip
# Where a test may be left out, each time for what is not on this machine; under CI that fails.
LAWFUL_SKIPS = {
    "tests/browser.py": ["pytest.skip"],  # Chromium
    "tests/journeys/test_api_guide.py": ["pytest.skip"],  # curl
    "tests/packages.py": ["pytest.skip"],  # npm's programs
    "tests/shared_data.py": ["pytest.skip"],  # ../shared
}


def checks_something(node: ast.AST, checking: set[str]) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Assert):
            return True
        if isinstance(part, ast.Call):
            name = ast.unparse(part.func).split(".")[-1]
            if name in checking or name.startswith(CHECKS):
                return True
    return False


@pytest.fixture(scope="module")
def checking() -> set[str]:
    """Names of functions in tests/ that assert, so that a test may leave the checking to one."""
    return {
        function.name
        for path in code.python("tests")
        for function in code.functions(path)
        if any(isinstance(part, ast.Assert) for part in ast.walk(function))
    }


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_every_test_checks_something(path: object, checking: set[str]) -> None:
    assert [
        f"{path}:{function.lineno} {function.name}"
        for function in code.functions(path)  # type: ignore[arg-type]
        if function.name.startswith("test_") and not checks_something(function, checking)
    ] == []


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_a_test_name_finishes_the_sentence(path: object) -> None:
    assert [
        f"{path}:{function.lineno} {function.name}"
        for function in code.functions(path)  # type: ignore[arg-type]
        if function.name.startswith("test_") and function.name.count("_") < 3
    ] == []


def skips(node: ast.AST) -> Iterator[str]:
    """Every mark or call of pytest that leaves a test out or lets it fail, wherever it stands."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and ast.unparse(part).startswith(LEAVING_OUT):
            yield ast.unparse(part)


def test_a_test_is_left_out_only_where_something_is_missing_on_this_machine() -> None:
    """Anything else hides a broken promise; a build machine lacks none of these."""
    found = {
        str(path): said for path in code.python("tests") if (said := [*skips(code.tree(path))])
    }
    assert found == LAWFUL_SKIPS


@pytest.mark.parametrize(
    "text",
    ["@pytest.mark.skip\ndef test(): ...", "pytestmark = [pytest.mark.skipif(True, reason='')]",
     "def test(): pytest.skip('slow')", "@pytest.mark.xfail(strict=True)\ndef test(): ...",
     "def test(): pytest.xfail('one day')", "duckdb = pytest.importorskip('duckdb')",
     "@unittest.skip('slow')\ndef test(): ...", "case = pytest.param(1, marks=pytest.mark.skip)"],
)  # fmt: skip
def test_the_search_finds_every_way_of_leaving_out(text: str) -> None:
    assert len([*skips(ast.parse(text))]) == 1


def test_no_test_waits_for_a_fixed_time() -> None:
    """A long sleep is a race that is usually won: poll for what is expected, with a deadline."""
    assert [
        f"{path}:{call.lineno} sleep({call.args[0].value})"
        for path in TESTS
        for name, call in code.calls(code.tree(path))
        if name == "time.sleep"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value > LONGEST_SLEEP_SECONDS
    ] == []
