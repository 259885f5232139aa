"""Colours of states, the same on every screen."""

from __future__ import annotations

STATE_COLOURS = {
    "OPEN": "success", "LIMITED": "warning", "CLOSED": "danger",
    "verified": "success", "mismatch": "danger", "failed": "danger", "unverified": "warning",
    "match": "success", "typo": "warning", "differs": "danger", "invalid": "danger",
    "sent": "success", "queued": "info", "sending": "info", "skipped": "default",
    "draft": "default", "submitted": "info", "approved": "primary", "live": "success",
    "retired": "default", "running": "info", "finished": "success",
}  # fmt: skip
# For charts: readable on white and on black.
CHART_COLOURS = {"OPEN": "#0d9488", "LIMITED": "#d97706", "CLOSED": "#dc2626"}
SERIES_COLOURS = (
    "#0d9488", "#d97706", "#dc2626", "#2563eb", "#7c3aed", "#64748b", "#db2777", "#65a30d",
)  # fmt: skip
