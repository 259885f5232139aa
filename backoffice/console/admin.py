"""The building blocks every room's screens are made of."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import BaseModelAdmin
from django.core import checks
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.checks import UnfoldModelAdminChecks


class ConsoleChecks(UnfoldModelAdminChecks):
    """Unfold looks permissions up in the database while checking: `migrate` could then never
    run on an empty one. A test holds the names to the roles' table instead."""

    def _check_unfold_action_permission_methods(self, obj: BaseModelAdmin) -> list[checks.Error]:
        return []


class ConsoleAdmin(ModelAdmin):
    """Unfold's screen with the console's habits: nothing is deleted, no bulk actions."""

    checks_class = ConsoleChecks
    actions = None
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = False
    list_fullwidth = False
    warn_unsaved_form = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ConsoleAdmin):
    """Shows, and asks through actions; whoever may view may open the page."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
