"""What goes wrong is written down, and nobody's data with it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from backoffice import logs
from tests.house.code import ROOT

NAME = "张小明"
PROGRAM = """
import logging, logging.config
from backoffice import logs
logging.config.dictConfig(logs.configuration(level="INFO"))
logs.configure_structlog()
import structlog
{}
"""
CAUSE = f"""
try:
    try:
        int("{NAME}")
    except ValueError as error:
        raise KeyError("{NAME}") from error
except KeyError:
    structlog.get_logger("x").exception("went_wrong", thing="t_1")
    logging.getLogger("y").exception("and again")
"""
TASK = f"""
context = {{"id": "1", "name": "some.task", "description": "raised unexpected",
            "exc": "ValueError('{NAME}')", "traceback": "{NAME}", "args": "()", "kwargs": "{{}}"}}
logging.getLogger("celery.app.trace").error(
    "Task %(name)s[%(id)s] %(description)s: %(exc)s", context, extra={{"data": context}})
"""


def written(code: str) -> list[dict[str, Any]]:
    """The lines a process of its own writes with the real configuration."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(code)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_traceback_has_its_frames_and_kinds_but_not_the_errors_words() -> None:
    lines = written(CAUSE)
    assert [line["event"] for line in lines] == ["went_wrong", "and again"]
    for line in lines:
        cause, effect = line["exception"].split("led to")
        assert cause.strip().endswith("builtins.ValueError")
        assert effect.strip().endswith("builtins.KeyError")
        assert (cause.count("File "), effect.count("File ")) == (1, 1)
        assert NAME not in json.dumps(line, ensure_ascii=False)


def test_a_failed_task_is_logged_by_the_kind_of_its_error() -> None:
    [line] = written(TASK)
    assert line["event"] == "Task some.task[1] raised unexpected: ValueError"
    assert NAME not in json.dumps(line, ensure_ascii=False)


def test_an_endless_chain_of_causes_ends() -> None:
    one, two = ValueError(NAME), KeyError(NAME)
    one.__cause__, two.__cause__ = two, one
    assert logs.frames_and_kinds((ValueError, one, None)) == (
        "builtins.KeyError\nled to\nbuiltins.ValueError"
    )


@pytest.mark.parametrize("given", [(), ("plain",)])
def test_other_lines_of_the_worker_pass_as_they_are(given: tuple[str, ...]) -> None:
    record = logging.LogRecord("celery.app.trace", 20, "", 1, "ready %s" if given else "ready",
                               given, None)  # fmt: skip
    assert logs.NameTheKind().filter(record)
    assert record.getMessage() == " ".join(["ready", *given])
