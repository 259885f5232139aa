"""Every environment variable that is read is described, and the other way round."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house import code

DOCUMENT = code.ROOT / "docs" / "configuration.md"
# Read because others set them: the shell, Django, the service manager.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "PATH", "HOME", "CI"}
READERS = ("get", "setdefault", "pop", "getenv")


def read_by_the_code() -> set[str]:
    """Names in `environ[…]`, `environ.get(…)`, `values.get(…)` and the readers of `env.py`."""
    found = set()
    for path in (*code.product(), *code.python("manage.py", "gunicorn.conf.py")):
        for node in ast.walk(code.tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                continue
            if isinstance(node, ast.Subscript) and "environ" in ast.unparse(node.value):
                found |= _names([node.slice])
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                is_reader = name.split(".")[-1] in READERS and (
                    "environ" in name or name == "os.getenv"
                )
                is_ours = path.name == "env.py" and (name.startswith(("values.", "_")))
                if is_reader or is_ours:
                    found |= _names(node.args[:3])
    return found - NOT_OURS


def _names(nodes: list[ast.expr]) -> set[str]:
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[A-Z][A-Z0-9_]{2,}", node.value)
    }


def documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", DOCUMENT.read_text(), re.M))


def test_every_variable_the_code_reads_is_documented_and_no_other() -> None:
    # Read through a variable: `backoffice.embedded.demo` looks for these by a loop.
    assert documented() == read_by_the_code()


@pytest.mark.parametrize("name", ["SLUICE_MODE", "DATABASE_URL", "FIELD_KEYS", "LOG_LEVEL"])
def test_the_search_finds_what_is_surely_read(name: str) -> None:
    assert name in read_by_the_code()


def test_settings_read_no_environment_of_their_own() -> None:
    """Everything passes through `backoffice.env`, which validates it once and describes it."""
    settings = code.text(next(path for path in code.product() if path.name == "settings.py"))
    assert re.findall(r"environ\.get\(|environ\[", settings) == []
