from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers


class Notice(models.Model):
    """One row is one thing one customer is told; their inbox is these rows."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.CharField(_("notice"), max_length=40, unique=True, editable=False)
    recipient = models.CharField(_("customer"), max_length=40)
    cause = models.CharField(_("cause"), max_length=80)
    template = models.CharField(_("template"), max_length=60)
    context = models.JSONField(_("content"), default=dict)
    queued_at = models.DateTimeField(_("queued at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "recipient", "template"], name="notice_once_per_cause"
            )
        ]
        indexes = [models.Index(fields=["recipient", "-id"], name="notice_recipient_newest")]
        triggers = [
            triggers.no_delete(),
            triggers.frozen_columns("recipient", "cause", "template", "context", "queued_at"),
        ]

    def __str__(self) -> str:
        return self.public_id


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    SKIPPED = "skipped", _("no address")


class DeliveryChannel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("webhook")
    SMS = "sms", _("SMS")


class Delivery(models.Model):
    """One row is one notice on its way through one channel."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(
        Notice, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("notice"),
    )  # fmt: skip
    channel = models.CharField(_("channel"), max_length=10, choices=DeliveryChannel.choices)
    state = models.CharField(
        _("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        permissions = [
            ("retry_delivery", "Can send a failed notice again"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_per_channel"),
            models.CheckConstraint(
                condition=Q(channel__in=DeliveryChannel.values), name="delivery_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="delivery_unfinished_due",
            ),
            models.Index(fields=["state", "-id"], name="delivery_state_newest"),
            models.Index(fields=["channel", "-id"], name="delivery_channel_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.get_state_display()}"
