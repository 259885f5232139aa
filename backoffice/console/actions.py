"""A transition in the console: a dialog with a required reason, one service call, one message.

    @reasoned_action(
        description=_("Lift"),
        permission="accounts.lift_restriction",
        blast_radius=lambda restriction: gettext("Access is derived again at once."),
        done=_("The restriction was lifted."),
    )
    def lift(self, request, restriction, answers):
        services.lift(public_id=restriction.public_id, note=answers["reason"], …)

Name the method in `actions_detail` (or in `actions_list`: then the object is None).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.lib.errors import Refused

REASON_LENGTH_AT_MOST = 500
Answers = Mapping[str, Any]
Verb = Callable[[Any, HttpRequest, Any, Answers], None]


class ReasonForm(BaseDialogForm):
    """The dialog: what will happen, then the questions, then why."""

    form_before_template = "console/blast_radius.html"
    blast_radius: Callable[[Any], Any] | None = None
    field_order: tuple[str, ...] | None = None

    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH_AT_MOST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept in the ledger. No personal data."),
    )

    def get_before_template_context(
        self, request: HttpRequest, object_id: int | str | None = None
    ) -> dict[str, Any]:
        if self.blast_radius is None:
            return {}
        screen = request.resolver_match.func.model_admin  # type: ignore[union-attr]
        subject = _subject(screen, request, object_id)
        return {"blast_radius": type(self).blast_radius(subject)}  # type: ignore[misc]


def reasoned_action(
    *,
    description: Any,
    permission: str,
    done: Any,
    blast_radius: Callable[[Any], Any] | None = None,
    fields: Mapping[str, forms.Field] | None = None,
    title: Any = None,
    icon: str | None = None,
    is_dangerous: bool = False,
) -> Callable[[Verb], Any]:
    """Turn `verb(admin, request, subject, answers)` into an Unfold dialog action.

    `permission` is `app.codename`. `fields` are asked before the reason. A `Refused` from the
    service becomes an error message; nothing else is caught.
    """
    asked = {**(fields or {}), "blast_radius": staticmethod(blast_radius) if blast_radius else None}
    form_class = type("AskedForm", (ReasonForm,), {**asked, "field_order": (*(fields or {}),)})

    def decorate(verb: Verb) -> Any:
        def run(
            screen: ModelAdmin,
            request: HttpRequest,
            form: ReasonForm,
            object_id: str | None = None,
        ) -> HttpResponse:
            subject = _subject(screen, request, object_id)
            try:
                verb(screen, request, subject, form.cleaned_data)
            except Refused as refusal:
                messages.error(request, _said(refusal))
            else:
                messages.success(request, str(done))
            return HttpResponse(headers={"HX-Redirect": _back(screen, request, subject)})

        run.__name__ = verb.__name__
        run.__doc__ = verb.__doc__
        return action(
            description=description,
            permissions=[permission],
            icon=icon,
            variant=ActionVariant.DANGER if is_dangerous else ActionVariant.DEFAULT,
            dialog={
                "title": title or description,
                "description": "",
                "form_class": form_class,
                "form_submit_text": description,
            },
        )(run)

    return decorate


def _subject(screen: ModelAdmin, request: HttpRequest, object_id: Any) -> Model | None:
    """Raises: PermissionDenied when there is no such object for this operator."""
    if object_id is None:
        return None
    subject = screen.get_object(request, str(object_id))
    if subject is None or not screen.has_view_permission(request, subject):
        raise PermissionDenied
    return subject


def _back(screen: ModelAdmin, request: HttpRequest, subject: Model | None) -> str:
    name = f"{screen.admin_site.name}:{screen.opts.app_label}_{screen.opts.model_name}"
    if subject is None:
        return reverse(f"{name}_changelist")
    return reverse(f"{name}_change", args=[subject.pk])


def _said(refusal: Refused) -> str:
    faults = " ".join(fault.detail for fault in refusal.faults)
    return f"{refusal.message} {faults}".strip() or gettext("This was refused.")
