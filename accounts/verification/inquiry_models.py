"""Questions to somebody outside."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.verification import facts
from backoffice.lib import triggers


class InquiryKindChoice(models.TextChoices):
    BUREAU = facts.InquiryKind.BUREAU.value, _("credit bureau")
    IDENTITY = facts.InquiryKind.IDENTITY.value, _("identity provider")


class InquiryStateChoice(models.TextChoices):
    QUEUED = facts.InquiryState.QUEUED.value, _("queued")
    ASKING = facts.InquiryState.ASKING.value, _("being asked")
    ANSWERED = facts.InquiryState.ANSWERED.value, _("answered")
    FAILED = facts.InquiryState.FAILED.value, _("failed")


class Inquiry(models.Model):
    """One row is one question about one customer to somebody outside, and how far it came."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("inquiry"), max_length=40, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    kind = models.CharField(_("asked"), max_length=8, choices=InquiryKindChoice.choices)
    state = models.CharField(_("state"), max_length=8, choices=InquiryStateChoice.choices)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    requested_at = models.DateTimeField(_("asked at"))
    # While it is asked: the end of the worker's lease.
    due_at = models.DateTimeField(_("due at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["queued", "asking"]), name="inquiry_due"
            ),
            models.Index(fields=["customer", "-id"], name="inquiry_customer_newest"),
            models.Index(fields=["state", "-id"], name="inquiry_state_newest"),
            models.Index(fields=["kind", "-id"], name="inquiry_kind_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"], condition=Q(state__in=["queued", "asking"]),
                name="inquiry_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=InquiryKindChoice.values), name="inquiry_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=InquiryStateChoice.values), name="inquiry_state_known"
            ),
        ]  # fmt: skip
        triggers = [
            triggers.frozen_columns("public_id", "customer_id", "kind", "requested_at"),
            triggers.no_delete(),
        ]

    def __str__(self) -> str:
        return self.public_id
