"""Imports in the console: which files came in, and how far a running one is."""

from __future__ import annotations

from django.contrib import admin

from backoffice.console.lists import KeysetAdmin
from risk.intake.models import ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(KeysetAdmin):
    list_display = (
        "file_name",
        "kind",
        "source",
        "state",
        "rows_written",
        "rows_rejected",
        "started_at",
        "finished_at",
    )
    list_filter = ("kind", "state")
