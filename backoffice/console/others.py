"""Screens of the libraries we use, in this console's style; anything not needed is taken away."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results.models import GroupResult, TaskResult
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from backoffice.api.clients import new_secret, prepare_client
from backoffice.api.scopes import SCOPES
from backoffice.console.lists import KeysetAdmin

_UNUSED = (
    EmailAddress, SocialAccount, SocialApp, SocialToken, Authenticator, UserSession, Token,
    ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule, GroupResult, Client,
    PeriodicTask, TaskResult,
)  # fmt: skip
for model in _UNUSED:
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class ClientForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(
        label=_("Allowed to"),
        choices=list(SCOPES.items()),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Client
        fields = ("name",)
        labels = {"name": _("name")}
        widgets = {"name": UnfoldAdminTextInputWidget}

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.instance.pk:
            self.fields["scopes"].initial = self.instance.get_scopes()


@admin.register(Client)
class ClientAdmin(ModelAdmin):
    """The secret is shown once, when the client is made, and kept only hashed."""

    form = ClientForm
    list_display = ("id", "name", "allowed", "created_at")
    ordering = ("name",)

    @display(description=_("allowed to"))
    def allowed(self, client: Client) -> str:
        return ", ".join(client.get_scopes())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        secret = None if change else new_secret()
        prepare_client(obj, scopes=form.cleaned_data["scopes"], secret=secret)
        super().save_model(request, obj, form, change)
        if secret:
            text = _now("Client %(id)s has the secret %(secret)s. It is not shown again.")
            messages.warning(request, text % {"id": obj.pk, "secret": secret})


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ModelAdmin):
    """The schedule comes from the code; here a task can be paused."""

    list_display = ("name", "task", "enabled", "last_run_at", "total_run_count")
    fields = ("name", "task", "enabled", "last_run_at", "total_run_count")
    readonly_fields = ("name", "task", "last_run_at", "total_run_count")
    ordering = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TaskResult)
class TaskResultAdmin(KeysetAdmin):
    list_display = ("task_name", "status", "date_created", "date_done")
    fields = ("task_name", "task_id", "status", "date_created", "date_done", "result")
