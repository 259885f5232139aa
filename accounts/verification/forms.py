"""What the console asks before a difference of identity is decided or shown in clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminRadioSelectWidget

from accounts.verification import inquiries, queries
from accounts.verification.facts import Comparison, InquiryKind, Ruling
from accounts.verification.inquiry_models import InquiryKindChoice
from accounts.verification.models import IdentityCase
from backoffice.console.actions import ReasonForm

RULINGS = [
    (Ruling.SAME_PERSON.value, _("The same person: the difference is explained")),
    (Ruling.OTHER_PERSON.value, _("Another person: the mismatch stands")),
    (Ruling.ASK_CUSTOMER.value, _("Ask the customer to check their data")),
]


class AskForm(BaseDialogForm):
    """Offers only who can be asked now; of the others it says why not."""

    form_before_template = "console/blast_radius.html"

    kind = forms.ChoiceField(label=_("Whom to ask"), widget=UnfoldAdminRadioSelectWidget)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.obstacles = {
            kind: inquiries.obstacle(customer_id=int(self.object_id), kind=kind)
            for kind in InquiryKind
        }
        self.fields["kind"].choices = [
            (kind.value, InquiryKindChoice(kind.value).label)
            for kind, obstacle in self.obstacles.items()
            if obstacle is None
        ]

    def get_before_template_context(
        self, request: HttpRequest, object_id: int | str | None = None
    ) -> dict[str, Any]:
        refused = [
            _now("%(whom)s: %(why)s")
            % {"whom": InquiryKindChoice(kind.value).label, "why": obstacle.message}
            for kind, obstacle in self.obstacles.items()
            if obstacle
        ]
        return {"blast_radius": refused}


class RuleForm(ReasonForm):
    ruling = forms.ChoiceField(
        label=_("Decision"), choices=RULINGS, widget=UnfoldAdminRadioSelectWidget
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("ruling", "reason", "seen")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.case = IdentityCase.objects.select_related("customer", "verdict").get(
            pk=self.object_id
        )
        self.fields["seen"].initial = self.case.verdict_id

    def blast_radius(self) -> Sequence[str]:
        verdict = self.case.verdict
        standing = queries.standing(customer_id=self.case.customer_id)
        about = _now("Customer %(reference)s: %(finding)s, %(cause)s.") % {
            "reference": self.case.customer.reference,
            "finding": verdict.get_finding_display(),
            "cause": verdict.get_cause_display(),
        }
        held = _now(
            "A decision holds for exactly these values: when either side changes, they are "
            "compared anew."
        )
        impossible = _now(
            "The profile's ID number cannot be right: whatever is decided, the mismatch stands "
            "until the customer corrects it."
        )
        is_impossible = standing.id_number is Comparison.INVALID
        return [about, held, *([impossible] if is_impossible else [])]
