from __future__ import annotations

import pytest

from tests.accounts.access.conftest import Account, open_account
from tests.lender import Lender


@pytest.fixture
def account(lender: Lender) -> Account:
    return open_account()


@pytest.fixture
def account_on_disk(lender_on_disk: Lender) -> Account:
    return open_account()
