from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.lib import triggers
from compliance.switches import facts
from compliance.switches.words import scope_words


class SwitchKind(models.TextChoices):
    EMERGENCY = facts.Kind.EMERGENCY.value, _("emergency")
    REGULATOR = facts.Kind.REGULATOR.value, _("regulator")
    MAINTENANCE = facts.Kind.MAINTENANCE.value, _("maintenance")


class SwitchEffect(models.TextChoices):
    LIMITED = facts.Effect.LIMITED.value, _("limited")
    CLOSED = facts.Effect.CLOSED.value, _("closed")


class Switch(models.Model):
    """One row is one time a switch was on: from when, why, by whom, and until when."""

    public_id = models.CharField(_("switch"), max_length=40, unique=True, editable=False)
    scope = models.CharField(_("scope"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=SwitchKind.choices)
    effect = models.CharField(_("narrows to"), max_length=8, choices=SwitchEffect.choices)
    limit_cents = models.BigIntegerField(_("amount at most (cents)"), null=True, blank=True)
    reason = models.ForeignKey(
        "compliance.Reason",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("reason told to customers"),
    )
    note = models.TextField(_("why it was turned on"))
    turned_on_at = models.DateTimeField(_("on since"))
    turned_on_by = models.CharField(_("turned on by"), max_length=120)
    expected_end_at = models.DateTimeField(_("expected end"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.CharField(_("released by"), max_length=120, blank=True, default="")
    release_note = models.TextField(_("why it was released"), blank=True, default="")

    class Meta:
        verbose_name = _("switch")
        verbose_name_plural = _("switches")
        permissions = [
            ("turn_on_switch", "Can turn a switch on"),
            ("release_switch", "Can release a switch"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "kind"],
                condition=Q(released_at__isnull=True),
                name="switch_one_on_per_scope_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SwitchKind.values), name="switch_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(effect__in=SwitchEffect.values), name="switch_effect_known"
            ),
            models.CheckConstraint(
                condition=Q(limit_cents__isnull=True)
                | (Q(effect=SwitchEffect.LIMITED) & Q(limit_cents__gte=0)),
                name="switch_limit_only_when_limited",
            ),
            models.CheckConstraint(condition=~Q(note=""), name="switch_note_given"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True)
                | (Q(released_at__gte=F("turned_on_at")) & ~Q(release_note="")),
                name="switch_release_complete",
            ),
        ]
        triggers = [
            triggers.no_delete(),
            triggers.frozen_columns(
                "public_id", "scope", "kind", "effect", "limit_cents", "reason_id", "note",
                "turned_on_at", "turned_on_by",
            ),
            triggers.frozen_columns(
                "released_at", "released_by", "release_note",
                when="OLD.released_at IS NOT NULL", name="stays_released",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{scope_words(self.scope)} · {self.get_kind_display()}"
