"""The reason catalogue in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from compliance.ledger import queries as ledger
from compliance.ledger.callers import calling_staff
from compliance.reasons import queries, services
from compliance.reasons.forms import ReasonForm
from compliance.reasons.models import Reason

HISTORY_LENGTH = 20


@admin.register(Reason)
class ReasonAdmin(ModelAdmin):
    form = ReasonForm
    list_display = (
        "code", "text", "remedy", "level", "ends_by", "precedence", "is_appealable", "is_active",
    )  # fmt: skip
    list_filter = ("level", "ends_by", "is_active")
    search_fields = ("code", "text_zh", "text_en")
    search_help_text = _("Code, or words of the customer text")
    ordering = ("precedence", "code")
    readonly_fields = ("history",)
    fieldsets = (
        (_("What it is"), {"fields": ("code", "level", "precedence", "is_active")}),
        (_("What customers are told"), {
            "fields": ("text_zh", "text_en", "remedy_zh", "remedy_en")}),
        (_("How it ends"), {"fields": ("ends_by", "is_appealable", "legal_basis")}),
        (_("Why"), {"fields": ("why",)}),
        (_("History"), {"fields": ("history",)}),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        hidden = set() if self._may_write(request, obj) else {_("Why")}
        if obj is None:
            hidden = {_("History")}
        return tuple(part for part in self.fieldsets if part[0] not in hidden)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code", "history") if obj else ("history",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Reason, form: Any, change: bool) -> None:
        """A step: Django's form holds the transaction."""
        services.save_reason(
            reason=obj, note=form.cleaned_data["why"], actor=calling_staff(request)
        )

    @display(description=_("customer text"))
    def text(self, reason: Reason) -> str:
        return queries.in_language(reason, language=get_language() or "zh-hans").text

    @display(description=_("remedy"))
    def remedy(self, reason: Reason) -> str:
        return queries.in_language(reason, language=get_language() or "zh-hans").remedy

    @display(description=_("what was done to this reason"))
    def history(self, reason: Reason) -> str:
        entries = ledger.about(subject=("reason", reason.code), limit=HISTORY_LENGTH)
        names = ledger.actor_names(entry.actor for entry in entries)
        return render_to_string("account/history.html", {"entries": entries, "names": names})

    def _may_write(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj) if obj else True
