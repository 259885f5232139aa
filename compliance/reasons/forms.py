"""What the console asks about a reason: complete words in both languages, and why it changes."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.console.actions import reason_field
from compliance.reasons.facts import FOR_ASSOCIATION
from compliance.reasons.models import Reason
from compliance.reasons.rules import tells_of_others

_CODE = re.compile(r"^[A-Z][A-Z0-9_]{2,39}$")
_TEXTS = ("text_zh", "text_en", "remedy_zh", "remedy_en")


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Says at the field what the database would refuse."""

    why = reason_field(label=_("Reason for the change"))

    class Meta:
        model = Reason
        fields = (
            "code", "level", "precedence", "text_zh", "text_en", "remedy_zh", "remedy_en",
            "ends_by", "is_appealable", "legal_basis", "is_active",
        )  # fmt: skip
        widgets = {name: UnfoldAdminTextareaWidget(attrs={"rows": 3}) for name in _TEXTS}
        help_texts = {
            "code": _("Policies and API clients know the reason by it; it never changes."),
            "precedence": _("Lower is said first."),
            "text_zh": _("Told to customers as it stands."),
            "remedy_zh": _("What the customer can do to get access back."),
            "legal_basis": _("Source and effective date, as published."),
        }

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if not _CODE.match(code):
            raise forms.ValidationError(_("Capital letters, digits and _, a letter first."))
        return code

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in _TEXTS:
            if name in given and not given[name].strip():
                self.add_error(name, _("Customers must be told this in both languages."))
        if self._code(given) in FOR_ASSOCIATION:
            self._say_nothing_of_others(given)
        return given

    def _code(self, given: dict[str, Any]) -> str:
        """A reason that is there keeps its code, and the form does not ask for it."""
        return str(self.instance.code or given.get("code", ""))

    def _say_nothing_of_others(self, given: dict[str, Any]) -> None:
        for name in _TEXTS:
            if words := tells_of_others(str(given.get(name, ""))):
                message = _(
                    "Given when links to other people narrow access, this reason must tell nothing "
                    "of them; here it says “%(words)s”."
                )
                self.add_error(name, forms.ValidationError(message, params={"words": words}))
