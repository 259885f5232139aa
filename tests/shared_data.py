"""The public data beside the checkout: a test marked `shared_data(NAME)` skips without it."""

from __future__ import annotations

from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2] / "shared" / "data"


def shared_file(name: str) -> Path:
    return _FOLDER / name


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("shared_data"):
        [name] = mark.args
        if not shared_file(name).is_file():
            pytest.skip(f"needs {name} in ../shared/data beside the checkout")
