"""The tracked files of this project, as the house tests read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("backoffice", "compliance", "accounts", "risk")


@cache
def tracked() -> tuple[Path, ...]:
    """Relative paths; new files count before they are added, ignored ones never."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return tuple(
        Path(name) for name in sorted(listed.stdout.split("\0")) if (ROOT / name).is_file()
    )


def python(*tops: str) -> tuple[Path, ...]:
    """Python files under the named folders, generated migrations left out."""
    return tuple(
        path
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in tops and "migrations" not in path.parts
    )


def product() -> tuple[Path, ...]:
    return python(*APPS)


@cache
def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Shape: (`models.ForeignKey`, the call)."""
    for found in ast.walk(node):
        if isinstance(found, ast.Call):
            yield ast.unparse(found.func), found
