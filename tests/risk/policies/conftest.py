"""A draft, people who open it in a browser, and a signal of links between customers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from accounts.staff.facts import Role
from risk.policies.models import PolicyVersion
from risk.signals import catalogue
from risk.signals.facts import SignalSource
from tests.browser import Desk
from tests.lender import Lender
from tests.risk.policies.draft_page import open_draft
from tests.risk.policies.versions import draft


@pytest.fixture
def signal_of_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """`shared` tells of other people; whether it is too old is a column too."""
    for name in ("shared", "shared_is_stale"):
        alike = catalogue.COLUMNS[name.replace("shared", "applications_7d")]
        label = name.replace("_", " ")
        signal = dataclasses.replace(alike, name=name, label=label, source=SignalSource.LINKS)
        monkeypatch.setitem(catalogue.COLUMNS, name, signal)


@pytest.fixture
def version(lender_on_disk: Lender) -> PolicyVersion:
    return draft(lender_on_disk)


@pytest.fixture
def edit(desk: Callable[[], Desk], employ: Any, version: PolicyVersion) -> Callable[..., Desk]:
    """Opens the draft at a desk of its own."""

    def at_desk(username: str = "analyst") -> Desk:
        employ(Role.RISK_ANALYST, username)
        here = desk()
        here.sign_in(username)
        open_draft(here, version)
        return here

    return at_desk
