"""Logs are events with fields, one JSON object a line, ids only, never personal data."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import structlog
from structlog.typing import ExcInfo, Processor


def frames_and_kinds(exc_info: ExcInfo) -> str:
    """A traceback without the errors' own words, causes first.

    The database and every parser quote what they were given, which may be somebody's name.
    """
    error: BaseException | None = exc_info[1]
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        parts.append("".join(traceback.format_tb(error.__traceback__)) + kind)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nled to\n".join(reversed(parts))


class NameTheKind(logging.Filter):
    """Celery writes a failed task's error into its line, words and all: only its kind stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict) and "exc" in record.args:
            kind = str(record.args["exc"]).partition("(")[0]
            record.args = {**record.args, "exc": kind, "traceback": "", "args": "", "kwargs": ""}
        return True


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
]

_CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(frames_and_kinds),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "filters": {"name_the_kind": {"()": NameTheKind}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"]},
    "loggers": {
        "celery.app.trace": {"filters": ["name_the_kind"]},
        "django_structlog": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # its request lines carry whole URLs
    },
}


def configuration(*, level: str) -> dict[str, Any]:
    """For Django's LOGGING: everything from `level` up, to standard error."""
    return {**_CONFIGURATION, "root": {**_CONFIGURATION["root"], "level": level}}


def configure_structlog() -> None:
    """Effects: routes structlog through the standard logging configuration."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
