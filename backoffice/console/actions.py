"""A transition in the console: a dialog with a required reason, one service call, one message.

    @reasoned(
        _("Lift"), icon="lock_open", permission="accounts.lift_restriction",
        title=_("Lift this restriction"), form=LiftForm, done=_("The restriction is lifted."),
    )
    def lift(self, request, row, given):
        services.lift(public_id=row.public_id, note=given["reason"], **signed(request))

Listed in `actions_detail` it is about a row, in `actions_list` about none, and its method is not
given one. The method runs in no transaction: the service it calls is an entry. What it returns is
the answer; without one people go back to the page they were on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any
from urllib.parse import urldefrag

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.lib.errors import Refused

REASON_LENGTH_AT_MOST = 500
LETTERS_WITHOUT_SCROLLING = 400  # beyond, the keyboard has to be able to scroll what is said
Given = Mapping[str, Any]  # what the dialog asked, cleaned
Verb = Callable[..., HttpResponse | None]


def reason_field(*, label: Any) -> forms.CharField:
    """Why: the question every change asks."""
    return forms.CharField(
        label=label,
        max_length=REASON_LENGTH_AT_MOST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept in the ledger. No personal data."),
    )


class ReasonForm(BaseDialogForm):
    """The dialog: what will happen, then the questions, then why."""

    form_before_template = "console/blast_radius.html"

    reason = reason_field(label=_("Reason"))

    def blast_radius(self) -> Sequence[str]:
        """What will be touched, a sentence each, said before anybody presses the button."""
        return ()

    def get_before_template_context(
        self, request: HttpRequest, object_id: int | str | None = None
    ) -> dict[str, Any]:
        said = self.blast_radius()
        return {"blast_radius": said, "is_long": sum(map(len, said)) > LETTERS_WITHOUT_SCROLLING}


def reasoned(
    label: Any,
    *,
    icon: str,
    permission: str,
    done: Any = "",
    title: Any = None,
    about: Any = "",
    form: type[BaseDialogForm] = ReasonForm,
    button: Any = None,
    variant: ActionVariant = ActionVariant.DEFAULT,
) -> Callable[[Verb], Any]:
    """Makes a method one action: checked, asked about in a dialog, carried out, answered.

    Unfold checks the permission, shows the dialog on GET and calls on with a valid POST only.
    `title` and `button` say the label again unless told otherwise; without `done` nothing is said.
    A row that is gone is not found; what the service refuses is said on the page they come back to.
    """
    dialog = {
        "title": title or label, "description": about, "form_class": form,
        "form_submit_text": button or label,
    }  # fmt: skip

    def declared(verb: Verb) -> Any:
        @action(
            description=label, icon=icon, permissions=[permission], variant=variant, dialog=dialog
        )
        @wraps(verb)
        def pressed(
            of: Any, request: HttpRequest, form: Any, *row: Any, object_id: str | None
        ) -> HttpResponse:
            return _carried_out(
                request,
                verb=lambda: verb(of, request, *row, form.cleaned_data),
                done=done,
                back_to=_page(of, object_id),
            )

        @wraps(pressed)
        def opened(of: Any, request: HttpRequest, object_id: str | None = None) -> HttpResponse:
            may_see = object_id is not None and request.user.has_perm(permission)
            row = (_found(of, request, object_id),) if may_see else ()
            answer: HttpResponse = pressed(of, request, *row, object_id=object_id)
            return answer

        return opened

    return declared


def shown_once(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """Personal data in the place of its dialog: kept by no cache."""
    answer = render(request, template, context)
    answer["Cache-Control"] = "no-store"
    return answer


def _found(of: Any, request: HttpRequest, object_id: str | None) -> Any:
    row = of.get_object(request, object_id)
    if row is None:
        raise Http404
    return row


def _page(of: Any, object_id: str | None) -> str:
    name = f"admin:{of.opts.app_label}_{of.opts.model_name}"
    if object_id is None:
        return reverse(f"{name}_changelist")
    return reverse(f"{name}_change", args=[quote(object_id)])


def _carried_out(
    request: HttpRequest, *, verb: Callable[[], HttpResponse | None], done: Any, back_to: str
) -> HttpResponse:
    """Call the service once; say what became of it on the page the dialog was opened on.

    `back_to` is for browsers that do not say which page that was.

    Raises: nothing for a `Refused`, which becomes an error message; anything else passes.
    """
    answer = None
    try:
        answer = verb()
    except Refused as refusal:
        messages.error(request, _said(refusal))
    else:
        if done:
            messages.success(request, str(done))
    return answer or HttpResponse(headers={"HX-Redirect": _opened_on(request) or back_to})


def _opened_on(request: HttpRequest) -> str:
    """The page htmx was on, when it is one of ours; without it the fallback is used."""
    page, _fragment = urldefrag(request.headers.get("HX-Current-URL", ""))  # would not reload
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return page if is_ours else ""


def _said(refusal: Refused) -> str:
    faults = " ".join(str(fault.detail) for fault in refusal.faults)
    return f"{refusal.message} {faults}".strip() or gettext("This was refused.")
