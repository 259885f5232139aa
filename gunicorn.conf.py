"""How the web process runs: `gunicorn`, in this folder. Options on its command line win.

A proxy in front ends TLS and buffers slow clients; then plain workers are the fastest kind.
"""

import os
from typing import Any

import backoffice.settings  # noqa: F401 — a wrong environment is refused before anything starts
from backoffice.memory import keep_what_is_loaded

wsgi_app = "backoffice.wsgi:application"
bind = os.environ.get("BIND") or "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY") or 4)
timeout = 30
# Each worker is renewed now and then, never all at once: what a library leaks stays small.
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True


def post_worker_init(_worker: Any) -> None:
    keep_what_is_loaded()
