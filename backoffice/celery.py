"""The Celery application. Tasks live in the rooms; the schedule in `backoffice.schedule`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready

from backoffice.memory import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("sluice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _begin(**_given: Any) -> None:
    keep_what_is_loaded()


worker_process_init.connect(_begin)  # every process of a pool
worker_ready.connect(_begin)  # a worker without a pool works itself
