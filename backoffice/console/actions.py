"""A transition in the console: a dialog with a required reason, one service call, one message.

    @action(
        description=_("Lift"), permissions=["accounts.lift_restriction"],
        dialog={"title": …, "description": "", "form_class": LiftForm, "form_submit_text": …},
    )
    def lift(self, request, form, object_id):
        return carry_out(request, verb=lambda: services.lift(…), done=…, back_to=…)

Unfold checks the permission, shows the dialog on GET and calls the method on a valid POST only.
The method runs in no transaction: the service it calls is an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urldefrag

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.lib.errors import Refused

REASON_LENGTH_AT_MOST = 500


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
        return {"blast_radius": self.blast_radius()}


def carry_out(
    request: HttpRequest, *, verb: Callable[[], object], done: str, back_to: str
) -> HttpResponse:
    """Call the service once; say what became of it on the page the dialog was opened on.

    `back_to` is for browsers that do not say which page that was.

    Raises: nothing for a `Refused`, which becomes an error message; anything else passes.
    """
    try:
        verb()
    except Refused as refusal:
        messages.error(request, _said(refusal))
    else:
        messages.success(request, done)
    return HttpResponse(headers={"HX-Redirect": _opened_on(request) or back_to})


def _opened_on(request: HttpRequest) -> str:
    """The page htmx was on, when it is one of ours; without it the fallback is used."""
    page, _fragment = urldefrag(request.headers.get("HX-Current-URL", ""))  # would not reload
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return page if is_ours else ""


def _said(refusal: Refused) -> str:
    faults = " ".join(str(fault.detail) for fault in refusal.faults)
    return f"{refusal.message} {faults}".strip() or gettext("This was refused.")
