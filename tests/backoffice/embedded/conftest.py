"""Servers of the tests' own, in project folders of their own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backoffice.embedded import services


@contextmanager
def a_project() -> Iterator[Path]:
    """Short, unlike `tmp_path`; a failing test leaves no server behind."""
    folder = Path(tempfile.mkdtemp(prefix="sluice-test-"))
    try:
        yield folder
    finally:
        services.reset(project_root=folder)
        shutil.rmtree(folder)


@pytest.fixture
def project() -> Iterator[Path]:
    with a_project() as folder:
        yield folder


@pytest.fixture(scope="module")
def lasting_project() -> Iterator[Path]:
    with a_project() as folder:
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
