"""Other people's programs that tests load into a page, each under its own licence: `make test`
installs them beside the project, pinned and checked by hash; none is part of the repository.
"""

from __future__ import annotations

from pathlib import Path

import pytest

INSTALLED = Path(__file__).resolve().parents[1] / ".sluice/npm/node_modules"


def package(name: str) -> Path:
    """Its folder; without it the test is skipped."""
    folder = INSTALLED / name
    if not folder.is_dir():
        pytest.skip(f"no {name}: install npm and run `make test`, which fetches it")
    return folder
