"""Switches lie over access: the same account stands under them."""

from __future__ import annotations

from tests.accounts.access.conftest import account, account_on_disk

__all__ = ["account", "account_on_disk"]
