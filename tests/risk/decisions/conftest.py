from __future__ import annotations

import pytest

from tests.lender import Lender


@pytest.fixture
def customer(lender_on_disk: Lender) -> str:
    """Open since AT, by request: decided once."""
    found = lender_on_disk.customer()
    lender_on_disk.decide(found)
    return found
