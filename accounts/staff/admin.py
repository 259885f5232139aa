"""Staff users in the console: made, given roles, shut out; each verb asks why."""

from __future__ import annotations

from typing import Any, TypedDict

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant

from accounts.staff import queries, services
from accounts.staff.facts import Role
from accounts.staff.forms import (
    NewStaffForm,
    PasswordForm,
    RolesForm,
    SecondFactorForm,
    SignOutForm,
)
from accounts.staff.models import StaffUser
from accounts.staff.roles import label
from backoffice.console.actions import Given, reasoned
from backoffice.console.lists import ReadOnlyAdmin
from compliance.ledger import queries as ledger
from compliance.ledger.callers import calling_staff
from compliance.ledger.facts import Actor

HISTORY_LENGTH = 20
CHANGE = "accounts.change_staffuser"

if admin.site.is_registered(Group):
    admin.site.unregister(Group)  # roles are kept in code, not edited


@admin.register(StaffUser)
class StaffUserAdmin(ReadOnlyAdmin):
    """Nobody is deleted: people leave, what they did keeps their name."""

    list_display = ("username", "display_name", "roles", "factor", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "display_name")
    ordering = ("username",)
    fieldsets = (
        (_("Person"), {"fields": ("username", "display_name", "email", "language")}),
        (_("Account"), {"fields": ("roles", "factor", "is_active", "last_login")}),
        (_("History"), {"fields": ("history",)}),
    )
    add_fieldsets = (
        (_("Person"), {"fields": ("username", "display_name", "email", "language")}),
        (_("Account"), {"fields": ("role", "password")}),
    )
    actions_detail = (
        "set_roles",
        {
            "title": _("Account"),
            "items": ["set_password", "reset_second_factor", "deactivate", "reactivate"],
        },
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffUser]:
        return queries.staff_users()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.add_staffuser")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_above = getattr(obj, "is_superuser", False) and not request.user.is_superuser
        return request.user.has_perm(CHANGE) and not is_above

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("username", "roles", "factor", "is_active", "last_login", "history")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any
    ) -> Any:
        if obj is None:
            given["form"] = NewStaffForm
        return super().get_form(request, obj, change, **given)

    def save_model(self, request: HttpRequest, obj: StaffUser, form: Any, change: bool) -> None:
        """Both verbs are steps: Django's form holds the transaction."""
        given, actor = form.cleaned_data, calling_staff(request)
        if change:
            profile = {name: given[name] for name in ("display_name", "email", "language")}
            services.change_profile(user_id=obj.pk, **profile, actor=actor)
            return
        made = services.create_staff(
            username=given["username"],
            password=given["password"],
            role=Role(given["role"]),
            display_name=given["display_name"],
            language=given["language"],
            email=given["email"],
            actor=actor,
        )
        obj.pk = made.pk

    @display(description=_("roles"))
    def roles(self, user: StaffUser) -> str:
        names = [label(group.name) for group in user.groups.all()]
        return ", ".join([gettext("superuser")] if user.is_superuser else names) or "—"

    @display(description=_("second factor"), boolean=True)
    def factor(self, user: Any) -> bool:
        return bool(user.has_second_factor)

    @display(description=_("what was done to this account"))
    def history(self, user: StaffUser) -> str:
        entries = ledger.about(subject=("staff", str(user.pk)), limit=HISTORY_LENGTH)
        names = ledger.actor_names(entry.actor for entry in entries)
        return render_to_string("account/history.html", {"entries": entries, "names": names})

    @reasoned(_("Set roles"), icon="badge", permission=CHANGE, form=RolesForm,
              done=_("The roles are set."))  # fmt: skip
    def set_roles(self, request: HttpRequest, user: StaffUser, given: Given) -> None:
        roles = [Role(name) for name in given["roles"]]
        services.set_roles(roles=roles, **_told(request, user, given))

    @reasoned(_("Set password"), icon="password", permission=CHANGE, form=PasswordForm,
              done=_("The password is set."))  # fmt: skip
    def set_password(self, request: HttpRequest, user: StaffUser, given: Given) -> None:
        services.set_password(password=given["password"], **_told(request, user, given))

    @reasoned(_("Reset second factor"), icon="phonelink_erase", permission=CHANGE,
              form=SecondFactorForm, done=_("The second factor is gone."))  # fmt: skip
    def reset_second_factor(self, request: HttpRequest, user: StaffUser, given: Given) -> None:
        services.reset_second_factor(**_told(request, user, given))

    @reasoned(_("Deactivate"), icon="person_off", permission=CHANGE, form=SignOutForm,
              variant=ActionVariant.DANGER, done=_("The account is closed."))  # fmt: skip
    def deactivate(self, request: HttpRequest, user: StaffUser, given: Given) -> None:
        services.deactivate(**_told(request, user, given))

    @reasoned(_("Reactivate"), icon="person_check", permission=CHANGE,
              done=_("The account is open again."))  # fmt: skip
    def reactivate(self, request: HttpRequest, user: StaffUser, given: Given) -> None:
        services.reactivate(**_told(request, user, given))


class _Told(TypedDict):
    user_id: int
    reason: str
    actor: Actor


def _told(request: HttpRequest, user: StaffUser, given: Given) -> _Told:
    """What every verb about an account asks."""
    return {"user_id": user.pk, "reason": given["reason"], "actor": calling_staff(request)}
