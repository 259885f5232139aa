"""A nudge reaches our broker after commit, from any thread, and its loss harms nothing."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction

from backoffice.celery import app
from backoffice.embedded import services
from backoffice.lib import outbox
from backoffice.lib.outbox import nudge

QUEUE = f"nudges-{os.getpid()}"  # test processes share the broker
TASK = "tests.nothing_runs_this"


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not settings.ENVIRONMENT.broker_url:
        services.ensure_broker(project_root=Path(settings.ROOT))
    monkeypatch.setattr(app, "send_task", functools.partial(app.send_task, queue=QUEUE))
    waiting()
    yield
    waiting()


def waiting() -> list[str]:
    """The names of the tasks in the queue, which is empty afterwards."""
    found = []
    with app.connection_for_read() as connection:
        queue = connection.SimpleBuffer(QUEUE)
        while True:
            try:
                found.append(queue.get(block=False).headers["task"])
            except queue.Empty:
                return found


@pytest.mark.django_db(transaction=True)
def test_a_nudge_is_published_once_and_only_after_commit(broker: None) -> None:
    with transaction.atomic():
        nudge(TASK, "cam_1", 7)
        assert waiting() == []
    assert waiting() == [TASK]


@pytest.mark.django_db(transaction=True)
def test_a_batch_nudges_once_for_the_same_task(broker: None) -> None:
    with transaction.atomic():
        for _row in range(3):
            nudge(TASK, "cam_1")
        nudge(TASK, "cam_2")
    assert waiting() == [TASK, TASK]


@pytest.mark.django_db(transaction=True)
def test_a_nudge_taken_back_with_a_savepoint_does_not_silence_the_next(broker: None) -> None:
    with transaction.atomic():
        with transaction.atomic():
            nudge(TASK)
            transaction.set_rollback(True)
        nudge(TASK)
    assert waiting() == [TASK]


@pytest.mark.django_db(transaction=True)
def test_a_nudge_inside_a_savepoint_that_may_yet_go_is_not_relied_upon(broker: None) -> None:
    with transaction.atomic():
        with transaction.atomic():
            nudge(TASK)
        nudge(TASK)
        with transaction.atomic():
            nudge(TASK)
    assert waiting() == [TASK, TASK]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_nudges_nobody(broker: None) -> None:
    with transaction.atomic():
        nudge(TASK)
        transaction.set_rollback(True)
    assert waiting() == []


@pytest.mark.django_db(transaction=True)
def test_a_refusing_broker_is_passed_over_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError("no broker")

    monkeypatch.setattr(app, "send_task", refuse)
    done = []
    with transaction.atomic():
        nudge(TASK)
        transaction.on_commit(lambda: done.append("the rest of the work"))
    assert done == ["the rest of the work"]


def test_a_broker_that_is_away_is_asked_once_and_then_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, now = [], [1000.0]

    def refuse(task: str, *_arguments: object, **_options: object) -> None:
        asked.append(task)
        raise OSError("no broker")

    monkeypatch.setattr(app, "send_task", refuse)
    monkeypatch.setattr(outbox.time, "monotonic", lambda: now[0])
    for later in (0.0, 0.1, outbox.PAUSE_SECONDS - 0.2, 0.2):
        now[0] += later
        outbox._publish(TASK, ())
    assert asked == [TASK, TASK]


def test_publishing_gives_up_at_the_first_refusal_instead_of_retrying_for_seconds() -> None:
    with app.connection_for_write() as connection:
        assert connection._extract_failover_opts()["max_retries"] == 0


def test_every_thread_of_a_web_process_publishes_through_our_own_application() -> None:
    seen = []
    thread = threading.Thread(target=lambda: seen.append(current_app.main))
    thread.start()
    thread.join()
    assert seen == ["sluice"]
