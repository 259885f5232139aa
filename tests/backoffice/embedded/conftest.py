"""Servers of the tests' own, in project folders of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.embedded import services
from tests.processes import project_folder


@pytest.fixture
def project() -> Iterator[Path]:
    with project_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def lasting_project() -> Iterator[Path]:
    with project_folder() as folder:
        yield folder


@pytest.fixture
def database(lasting_project: Path) -> Path:
    """Running, whatever the test before did to it; made once a module, which takes seconds."""
    services.ensure_database(project_root=lasting_project)
    return lasting_project


@pytest.fixture
def broker(lasting_project: Path) -> Path:
    services.ensure_broker(project_root=lasting_project)
    return lasting_project
