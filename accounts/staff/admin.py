"""Staff users in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.staff import services, sessions
from accounts.staff.models import StaffUser
from compliance.ledger import services as ledger
from compliance.ledger.facts import staff

admin.site.unregister(Group)  # roles are kept in code, not edited


@admin.register(StaffUser)
class StaffUserAdmin(UserAdmin, ModelAdmin):
    """Only a superuser may make another one, or change one."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "display_name", "roles", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "display_name")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("display_name", "email", "language")}),
        (_("Roles"), {"fields": ("groups", "is_active", "is_staff")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "display_name", "language", "password1", "password2")}),
        (_("Roles"), {"fields": ("groups", "is_staff")}),
    )
    readonly_fields = ("last_login",)

    @display(description=_("roles"))
    def roles(self, user: StaffUser) -> str:
        return ", ".join(str(_(group.name)) for group in user.groups.all())

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # people leave; what they did keeps their name

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Roles go on record; a user who lost theirs, or was shut out, is signed out everywhere."""
        user = form.instance
        before = list(user.groups.values_list("name", flat=True)) if change else []
        super().save_related(request, form, formsets, change)
        if not change:
            ledger.record(
                actor=staff(request.user.pk),
                action="staff.created",
                subject=("staff", str(user.pk)),
            )
        services.record_roles(user=user, before=before, actor=staff(request.user.pk))
        if not user.is_active:
            sessions.end_all(user_id=user.pk)
