"""The reason catalogue in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from compliance.ledger import services as ledger
from compliance.ledger.callers import calling_staff
from compliance.reasons.models import Reason


@admin.register(Reason)
class ReasonAdmin(ModelAdmin):
    list_display = (
        "code",
        "level",
        "precedence",
        "text_zh",
        "text_en",
        "is_appealable",
        "is_active",
    )
    list_filter = ("level", "is_active")
    search_fields = ("code", "text_zh", "text_en")
    ordering = ("precedence", "code")
    fieldsets = (
        (None, {"fields": ("code", "level", "precedence", "is_active")}),
        (None, {"fields": ("text_zh", "text_en", "remedy_zh", "remedy_en")}),
        (None, {"fields": ("ends_by", "is_appealable", "legal_basis")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Reason, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        ledger.record(
            actor=calling_staff(request), action="reason.changed", subject=("reason", obj.code),
            detail={"fields": sorted(form.changed_data)},
        )  # fmt: skip
