"""One client of the small test API."""

from __future__ import annotations

import pytest

from tests.api_client import LenderApp
from tests.backoffice.api import urls


@pytest.fixture(autouse=True)
def small_api(settings: object) -> None:
    settings.ROOT_URLCONF = "tests.backoffice.api.urls"  # type: ignore[attr-defined]
    urls.WORKED.clear()
    urls.STARTED.clear()
    urls.MAY_FINISH.clear()


@pytest.fixture
def app(db: None) -> LenderApp:
    return LenderApp()


@pytest.fixture
def app_on_disk(transactional_db: None) -> LenderApp:
    return LenderApp()
