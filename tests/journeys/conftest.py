"""A broker of the test's own, to which this process's nudges go too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from backoffice.lib import outbox
from tests.processes import own_broker


@pytest.fixture(scope="module")
def broker_url() -> Iterator[str]:
    with own_broker() as url:
        yield url


@pytest.fixture
def broker(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Nudges of this process go to the module's broker."""
    with outbox.app.connection_for_write(broker_url) as line:
        send = partial(outbox.app.send_task, connection=line)
        monkeypatch.setattr(outbox.app, "send_task", send)
        yield broker_url
