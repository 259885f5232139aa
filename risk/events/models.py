from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers
from risk.events import facts


class EventKind(models.TextChoices):
    APPLICATION = facts.EventKind.APPLICATION.value, _("application")
    REFUSAL = facts.EventKind.REFUSAL.value, _("refusal")
    DRAWDOWN = facts.EventKind.DRAWDOWN.value, _("drawdown")
    REPAYMENT_DUE = facts.EventKind.REPAYMENT_DUE.value, _("repayment due")
    REPAYMENT_PAID = facts.EventKind.REPAYMENT_PAID.value, _("repayment paid")
    REPAYMENT_MISSED = facts.EventKind.REPAYMENT_MISSED.value, _("repayment missed")
    SCORE = facts.EventKind.SCORE.value, _("score update")
    LIMIT = facts.EventKind.LIMIT.value, _("limit change")
    LOGIN = facts.EventKind.LOGIN.value, _("login")
    CONTACT = facts.EventKind.CONTACT.value, _("contact change")
    EMPLOYMENT = facts.EventKind.EMPLOYMENT.value, _("employment change")
    BUREAU = facts.EventKind.BUREAU.value, _("bureau record update")
    DEFAULT = facts.EventKind.DEFAULT.value, _("default")
    CURE = facts.EventKind.CURE.value, _("cure")


class Event(models.Model):
    """One row is one thing that happened to one customer, at its own time.

    The table is partitioned by the month of `occurred_at`, which PostgreSQL makes part of every
    unique key: ids are unique because a sequence gives them, event ids because of `EventKey`.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.CharField(_("event"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind.choices)
    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("customer"),
    )  # fmt: skip
    occurred_at = models.DateTimeField(_("occurred at"))
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    amount_cents = models.BigIntegerField(_("amount (cents)"), null=True)
    device = models.ForeignKey(
        "risk.Device", on_delete=models.PROTECT, related_name="+", null=True, db_index=False,
        verbose_name=_("device"),
    )  # fmt: skip
    phone_key = models.BinaryField(null=True)
    address_key = models.BinaryField(null=True)
    detail = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind_known"),
        ]
        indexes = [
            models.Index(fields=["kind", "occurred_at"], name="event_by_kind"),
            models.Index(
                fields=["customer", "kind", "occurred_at"], include=["amount_cents"],
                name="event_of_customer",
            ),
            models.Index(
                fields=["device", "kind", "occurred_at"], include=["customer", "amount_cents"],
                condition=Q(device__isnull=False), name="event_of_device",
            ),
            models.Index(
                fields=["phone_key", "kind", "occurred_at"], include=["customer", "amount_cents"],
                condition=Q(phone_key__isnull=False), name="event_of_phone",
            ),
            models.Index(
                fields=["address_key", "kind", "occurred_at"],
                include=["customer", "amount_cents"],
                condition=Q(address_key__isnull=False), name="event_of_address",
            ),
            # The thing a customer uses: that of their newest event carrying one.
            models.Index(
                fields=["customer", "occurred_at", "device"],
                condition=Q(device__isnull=False), name="event_device_of_customer",
            ),
            models.Index(
                fields=["customer", "occurred_at", "phone_key"],
                condition=Q(phone_key__isnull=False), name="event_phone_of_customer",
            ),
            models.Index(
                fields=["customer", "occurred_at", "address_key"],
                condition=Q(address_key__isnull=False), name="event_address_of_customer",
            ),
        ]  # fmt: skip
        triggers = triggers.append_only()

    def __str__(self) -> str:
        return self.event_id


class EventKey(models.Model):
    """One row is an event id that is taken, by which event: the same event twice counts once."""

    event_id = models.CharField(primary_key=True, max_length=100)
    occurred_at = models.DateTimeField(db_index=False)
    digest = models.BinaryField()  # of everything the event says, 16 bytes

    class Meta:
        verbose_name = _("event id")
        verbose_name_plural = _("event ids")
        indexes = [models.Index(fields=["occurred_at"], name="event_key_by_time")]

    def __str__(self) -> str:
        return self.event_id
