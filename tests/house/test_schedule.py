"""What happens by itself exists, is routed, and is safe to ask for by name."""

from __future__ import annotations

import ast

import pytest
from celery.schedules import crontab
from django.conf import settings

from backoffice.celery import app
from backoffice.schedule import SCHEDULE
from tests.house import code


@pytest.fixture(scope="module", autouse=True)
def tasks_are_loaded() -> None:
    app.loader.import_default_modules()


def ours() -> set[str]:
    return {name for name in app.tasks if name.split(".")[0] in code.APPS}


@pytest.mark.parametrize("title", SCHEDULE)
def test_a_scheduled_task_exists(title: str) -> None:
    assert SCHEDULE[title]["task"] in ours()


def test_a_nudged_task_exists() -> None:
    nudged = {
        ast.literal_eval(call.args[0])
        for path in code.product()
        for name, call in code.calls(code.tree(path))
        if name == "nudge"
    }
    assert len(nudged) >= 2
    assert nudged - ours() == set()


def test_whatever_is_nudged_is_also_swept_by_the_schedule() -> None:
    """A lost nudge delays and nothing more: each room that nudges has a scheduled task."""
    swept = {entry["task"].rpartition(".")[0] for entry in SCHEDULE.values()}
    nudging = {
        ".".join(path.parent.parts)
        for path in code.product()
        for name, _call in code.calls(code.tree(path))
        if name == "nudge"
    }
    assert nudging - swept == set()


def test_a_task_is_named_after_its_room_and_its_function() -> None:
    for name in ours():
        task = app.tasks[name]
        assert name.rpartition(".")[0] == task.run.__module__.removesuffix(".tasks"), name


def test_every_task_goes_to_the_one_queue_workers_listen_to() -> None:
    for name in ours():
        routed = app.amqp.router.route({}, name)
        queue = routed.get("queue")
        assert (queue.name if queue else settings.CELERY_TASK_DEFAULT_QUEUE) == "sluice", name


def test_no_entry_runs_more_often_than_every_five_seconds() -> None:
    for title, entry in SCHEDULE.items():
        when = entry["schedule"]
        assert isinstance(when, crontab) or when >= 5, title


def test_tasks_call_services_and_keep_no_rules_of_their_own() -> None:
    """Doors are thin: a task's function fits in a dozen lines."""
    long = [
        f"{path}:{function.lineno} {function.name}"
        for path in code.product()
        if path.name == "tasks.py" and len(path.parts) == 3
        for function in code.functions(path)
        if (function.end_lineno or 0) - function.lineno > 14
    ]
    assert long == []
