"""What the console asks about staff users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.staff.models import StaffUser
from accounts.staff.roles import ROLE_LABELS
from backoffice.console.actions import ReasonForm

ROLE_CHOICES = [(role.value, label) for role, label in ROLE_LABELS.items()]


class NewStaffForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only asks; the service writes."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLE_CHOICES, widget=UnfoldAdminSelectWidget)
    password = forms.CharField(
        label=_("First password"),
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
        strip=False,
    )

    class Meta:
        model = StaffUser
        fields = ("username", "display_name", "email", "language")

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.instance)
        return password


class _AboutStaffForm(ReasonForm):
    def person(self) -> StaffUser:
        return StaffUser.objects.get(pk=self.object_id)


class RolesForm(_AboutStaffForm):
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        choices=ROLE_CHOICES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    field_order = ("roles", "reason")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        now = self.person().groups.values_list("name", flat=True)
        self.fields["roles"].initial = list(now)

    def blast_radius(self) -> Sequence[str]:
        return [gettext("What they may see and do changes with their next click.")]


class PasswordForm(_AboutStaffForm):
    password = forms.CharField(
        label=_("New password"),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        strip=False,
    )
    field_order = ("password", "reason")

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.person())
        return password

    def blast_radius(self) -> Sequence[str]:
        return [gettext("They are signed out everywhere. Tell them the password in person.")]


class SignOutForm(_AboutStaffForm):
    def blast_radius(self) -> Sequence[str]:
        return [gettext("They are signed out everywhere.")]


class SecondFactorForm(_AboutStaffForm):
    def blast_radius(self) -> Sequence[str]:
        lost = gettext("Their authenticator app, passkeys and recovery codes stop working.")
        if settings.REQUIRE_SECOND_FACTOR:
            return [lost, gettext("They must set up a new one before they can go on.")]
        return [lost]
