"""Django looks here for `DatabaseWrapper`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from backoffice.embedded.services import ensure_database

ROOT = Path(__file__).resolve().parent.parent.parent.parent


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, made sure of before each new connection: it may have been stopped meanwhile."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        ensure_database(project_root=ROOT)
        return super().get_new_connection(conn_params)
